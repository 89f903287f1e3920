"""/api/users"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from users_api.api.schemas import UserCreate, UserRead, UserUpdate
from users_api.domain.users import NewUser, User
from users_api.services.users import UserService

router = APIRouter(prefix="/api/users", tags=["users"])


def _service(request: Request) -> UserService:
    return request.app.state.users


Users = Annotated[UserService, Depends(_service)]


@router.post("", status_code=201, response_model=UserRead)
def create_user(body: UserCreate, users: Users) -> User:
    """Create a user."""
    return users.create(NewUser(**body.model_dump()))


@router.patch("/{user_id}", response_model=UserRead)
def update_user(user_id: int, body: UserUpdate, users: Users) -> User:
    """Change some of a user's fields."""
    return users.update(user_id, body.model_dump(exclude_unset=True))


@router.get("", response_model=list[UserRead])
def list_users(users: Users) -> list[User]:
    """All users, by name."""
    return users.all()


@router.get("/{user_id}", response_model=UserRead)
def view_user(user_id: int, users: Users) -> User:
    """One user."""
    return users.view(user_id)


@router.delete("/{user_id}", status_code=204)
def delete_user(user_id: int, users: Users) -> None:
    """Remove a user for good."""
    users.delete(user_id)
