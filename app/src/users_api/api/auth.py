"""/api/auth"""

from __future__ import annotations

from fastapi import APIRouter

from users_api.api import problems
from users_api.api.dependencies import Auth, SignedIn
from users_api.api.schemas import LoginRead, LoginRequest, UserRead, UserRegister
from users_api.domain.users import User

router = APIRouter(prefix="/api/auth", tags=["auth"])


@router.post(
    "/register",
    status_code=201,
    response_model=UserRead,
    responses=problems.responses(problems.FORBIDDEN, problems.EMAIL_TAKEN),
)
def register(body: UserRegister, auth: Auth) -> User:
    """Register oneself. The very first user may register as an administrator."""
    return auth.register(body.user(), body.password.get_secret_value())


@router.post("/login", responses=problems.responses(problems.INVALID_CREDENTIALS, problems.TOO_MANY_ATTEMPTS))
def login(body: LoginRequest, auth: Auth) -> LoginRead:
    """Exchange e-mail address and password for a token."""
    user = auth.login(body.email, body.password.get_secret_value())
    token, seconds = auth.token(user)
    return LoginRead(access_token=token, expires_in=seconds, user=UserRead.model_validate(user))


@router.get(
    "/me",
    response_model=UserRead,
    responses=problems.responses(problems.NOT_AUTHENTICATED, problems.TOKEN_EXPIRED),
)
def me(user: SignedIn) -> User:
    """Who is signed in."""
    return user
