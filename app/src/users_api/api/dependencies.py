"""What routes need: the services, and who asks."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from users_api.domain.access import check_admin
from users_api.domain.errors import NotAuthenticated
from users_api.domain.users import User
from users_api.services.auth import AuthService
from users_api.services.users import UserService

_bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", scheme_name="token")


def _users(request: Request) -> UserService:
    return request.app.state.users


def _auth(request: Request) -> AuthService:
    return request.app.state.auth


Users = Annotated[UserService, Depends(_users)]
Auth = Annotated[AuthService, Depends(_auth)]
Token = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


def _signed_in(auth: Auth, token: Token) -> User:
    if token is None:
        raise NotAuthenticated
    return auth.authenticate(token.credentials)


SignedIn = Annotated[User, Depends(_signed_in)]


def _admin(user: SignedIn) -> User:
    check_admin(user)
    return user


signed_in = Depends(_signed_in)
admin_only = Depends(_admin)
