"""Who is who: registration, login, and whom a token belongs to."""

from __future__ import annotations

from users_api.domain.errors import InvalidCredentials, NotAuthenticated
from users_api.domain.logins import LoginAttempts
from users_api.domain.users import NewUser, Role, User, UserStorage
from users_api.services.passwords import Passwords
from users_api.services.tokens import Tokens
from users_api.services.users import UserService


class AuthService:
    """The use cases, one method each."""

    def __init__(
        self,
        users: UserService,
        storage: UserStorage,
        attempts: LoginAttempts,
        passwords: Passwords,
        tokens: Tokens,
    ) -> None:
        self._users = users
        self._storage = storage
        self._attempts = attempts
        self._passwords = passwords
        self._tokens = tokens

    def register(self, user: NewUser, password: str) -> User:
        """Let somebody in. Only the very first can become an administrator this way."""
        return self._users.create(user, password, only_if_first=user.role is Role.ADMIN)

    def login(self, email: str, password: str) -> User:
        """The user with this address and password; the answer never tells which of both was wrong."""
        self._attempts.begin(email)
        credentials = self._storage.credentials(email)
        known = self._passwords.verify(credentials.password_hash if credentials else None, password)
        if credentials is None or not known:
            raise InvalidCredentials
        self._attempts.succeeded(email)
        return credentials.user

    def token(self, user: User) -> tuple[str, int]:
        """A token for this user, and for how many seconds it is valid."""
        return self._tokens.issue(user.id), self._tokens.seconds

    def authenticate(self, token: str) -> User:
        """Whom the token belongs to, as the database knows that user now."""
        user = self._storage.get(self._tokens.read(token))
        if user is None:
            raise NotAuthenticated
        return user
