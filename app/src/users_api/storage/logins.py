"""Failed logins in the database, where every replica sees them."""

from __future__ import annotations

from datetime import timedelta
from math import ceil

from sqlalchemy import Engine, delete, extract, func, select
from sqlalchemy.dialects.postgresql import insert

from users_api.domain.errors import TooManyAttempts
from users_api.domain.logins import FORGOTTEN_AFTER, wait_after
from users_api.storage.database import transaction
from users_api.storage.tables import LoginFailureRow as Row

# The time of the statement, not of the transaction, which may have waited for another attempt to finish.
NOW = func.clock_timestamp()


class SqlLoginAttempts:
    """`LoginAttempts` in SQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, email: str) -> None:
        """Count an attempt as failed until it succeeds; raises `TooManyAttempts`.

        Counted before the password is looked at: however many attempts come at once, no more get through.
        """
        key = func.lower(email)
        forgotten = (
            select(Row.email)
            .where(Row.last_at < NOW - timedelta(seconds=FORGOTTEN_AFTER))
            .with_for_update(skip_locked=True)
        )
        with transaction(self._engine) as session:
            session.execute(delete(Row).where(Row.email.in_(forgotten)))
            # An update, even of nothing: then the row is ours, whoever else removes it meanwhile.
            first = insert(Row).values(email=key, failures=0, last_at=NOW)
            session.execute(first.on_conflict_do_update(index_elements=[Row.email], set_={"email": key}))
            row = session.scalars(select(Row).where(Row.email == key).with_for_update()).one()
            passed = session.execute(select(extract("epoch", NOW - row.last_at))).scalar_one()
            wait = wait_after(row.failures) - float(passed)
            if wait > 0:
                raise TooManyAttempts(ceil(wait))
            row.failures += 1
            row.last_at = NOW

    def succeeded(self, email: str) -> None:
        """Forget the failures."""
        with transaction(self._engine) as session:
            session.execute(delete(Row).where(Row.email == func.lower(email)))
