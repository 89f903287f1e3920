"""/api/users"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from users_api.api import problems
from users_api.api.dependencies import SignedIn, Users, admin_only, signed_in
from users_api.api.schemas import Id, ListQuery, UserCreate, UserPageRead, UserRead, UserUpdate
from users_api.domain.users import User

router = APIRouter(prefix="/api/users", tags=["users"])

UserId = Annotated[Id, Path()]


@router.post(
    "",
    status_code=201,
    response_model=UserRead,
    dependencies=[admin_only],
    responses=problems.responses(
        problems.NOT_AUTHENTICATED, problems.TOKEN_EXPIRED, problems.FORBIDDEN, problems.EMAIL_TAKEN
    ),
)
def create_user(body: UserCreate, users: Users) -> User:
    """Create a user. For administrators."""
    return users.create(body.user(), body.password.get_secret_value())


@router.patch(
    "/{user_id}",
    response_model=UserRead,
    responses=problems.responses(
        problems.NOT_AUTHENTICATED,
        problems.TOKEN_EXPIRED,
        problems.FORBIDDEN,
        problems.USER_NOT_FOUND,
        problems.EMAIL_TAKEN,
        problems.LAST_ADMIN,
    ),
)
def update_user(user_id: UserId, body: UserUpdate, users: Users, actor: SignedIn) -> User:
    """Change some of a user's fields. Administrators change anybody, others only themselves."""
    return users.update(actor, user_id, body.changes())


@router.get(
    "",
    dependencies=[signed_in],
    responses=problems.responses(problems.NOT_AUTHENTICATED, problems.TOKEN_EXPIRED),
)
def list_users(query: Annotated[ListQuery, Query()], users: Users) -> UserPageRead:
    """The users that match, page by page."""
    found = users.search(query.query())
    return UserPageRead(
        items=[UserRead.model_validate(user) for user in found.items],
        total=found.total,
        page=query.page,
        page_size=query.page_size,
        pages=-(-found.total // query.page_size),
    )


@router.get(
    "/{user_id}",
    response_model=UserRead,
    dependencies=[signed_in],
    responses=problems.responses(problems.NOT_AUTHENTICATED, problems.TOKEN_EXPIRED, problems.USER_NOT_FOUND),
)
def view_user(user_id: UserId, users: Users) -> User:
    """One user."""
    return users.view(user_id)


@router.delete(
    "/{user_id}",
    status_code=204,
    dependencies=[admin_only],
    responses=problems.responses(
        problems.NOT_AUTHENTICATED,
        problems.TOKEN_EXPIRED,
        problems.FORBIDDEN,
        problems.USER_NOT_FOUND,
        problems.LAST_ADMIN,
    ),
)
def delete_user(user_id: UserId, users: Users) -> None:
    """Remove a user for good. For administrators."""
    users.delete(user_id)
