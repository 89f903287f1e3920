"""/api/stats"""

from __future__ import annotations

from fastapi import APIRouter

from users_api.api import problems
from users_api.api.dependencies import Users, signed_in
from users_api.api.schemas import DecadeCount, RoleCounts, StatsRead, UserRead
from users_api.domain.users import Role

router = APIRouter(prefix="/api", tags=["stats"])


@router.get(
    "/stats",
    dependencies=[signed_in],
    responses=problems.responses(problems.NOT_AUTHENTICATED, problems.TOKEN_EXPIRED),
)
def stats(users: Users) -> StatsRead:
    """All users in numbers: how many, by role, by decade of birth, and who came last."""
    numbers = users.statistics()
    return StatsRead(
        total=numbers.total,
        by_role=RoleCounts(admin=numbers.by_role.get(Role.ADMIN, 0), user=numbers.by_role.get(Role.USER, 0)),
        by_decade=[DecadeCount(decade=decade, count=count) for decade, count in numbers.by_decade.items()],
        newest=[UserRead.model_validate(user) for user in numbers.newest],
    )
