"""The connection to the database: made, awaited, used, checked."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Set
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg2 import errorcodes
from sqlalchemy import Connection, Engine, create_engine, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoFreeConnection
from sqlalchemy.orm import Session

from users_api.domain.errors import Unavailable
from users_api.services.health import CheckFailed

log = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).parent.parent / "migrations"
# The exit code that asks for another try later (sysexits.h).
EX_TEMPFAIL = 75

# Who waits for somebody else's lock hears of it in time to ask again, and holds no connection for longer.
_OPTIONS = " -c ".join(
    (
        "-c timezone=UTC",
        "lock_timeout=2s",
        "statement_timeout=4s",
        "idle_in_transaction_session_timeout=10s",
    )
)
_NOT_MIGRATED = (errorcodes.UNDEFINED_TABLE, errorcodes.UNDEFINED_COLUMN)


class StorageError(Exception):
    """A statement that the database does not accept."""


def make_engine(url: str) -> Engine:
    """An engine that notices lost connections, and gives up on a silent database before a probe does."""
    return create_engine(
        make_url(url).set(drivername="postgresql+psycopg2"),
        pool_pre_ping=True,
        pool_timeout=2,
        # An error that ends up in the log says which statement failed, and not with whose data.
        hide_parameters=True,
        connect_args={"connect_timeout": 2, "tcp_user_timeout": 2000, "options": _OPTIONS},
    )


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """One transaction: all of it or nothing.

    Raises:
        Unavailable: The database does not answer, or its tables are not there yet.
        StorageError: The database refuses a statement.
    """
    try:
        with Session(engine) as session, session.begin():
            yield session
    except (OperationalError, InterfaceError, NoFreeConnection) as error:
        log.warning("the database does not answer: %s", why(error))
        raise Unavailable("The database does not answer: try again in a moment.") from error
    except DBAPIError as error:
        if code(error) in _NOT_MIGRATED:
            log.warning("the database is not migrated: %s", why(error))
            raise Unavailable("The database is being prepared: try again in a moment.") from error
        # A mistake of ours. It ends up in the log, where PostgreSQL's details (whole rows) do not belong.
        raise StorageError(why(error)).with_traceback(error.__traceback__) from None


def connect_when_up(engine: Engine, seconds: float) -> Connection:
    """Connect, waiting for the database to answer, and say once per reason what is waited for.

    Raises:
        SystemExit: The database did not answer in time.
    """
    deadline = time.monotonic() + seconds
    said = ""
    while True:
        try:
            return engine.connect()
        except OperationalError as error:
            reason = why(error)
            if time.monotonic() > deadline:
                log.error("no database after %.0f s: %s", seconds, reason)
                raise SystemExit(EX_TEMPFAIL) from None
            if reason != said:
                log.warning("waiting for the database: %s", reason)
                said = reason
            time.sleep(0.5)


def check_database(engine: Engine) -> None:
    """Readiness: the database answers and its tables are those that this version needs, or a later one's.

    Migrations only add: a version that was rolled back to serves with the tables of the next one.
    """
    try:
        with engine.connect() as connection:
            found = database_heads(connection)
    except (DBAPIError, NoFreeConnection) as error:
        raise CheckFailed(f"the database does not answer: {why(error)}") from error
    needed = _needed()
    if found != needed and not ahead(found):
        raise CheckFailed(
            f"the database is at migration {_names(found)}, this version needs {_names(needed)}:"
            " run 'alembic upgrade head'"
        )


def database_heads(connection: Connection) -> set[str]:
    """The migrations that the database is at."""
    return set(MigrationContext.configure(connection).get_current_heads())


def ahead(found: Set[str]) -> Set[str]:
    """Those of the database's migrations that this version does not know: a later one has made them."""
    return found - _known()


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    return frozenset(script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions())


@lru_cache(maxsize=1)
def _needed() -> frozenset[str]:
    """The migrations that this version ends with; read once, for readiness is asked every second."""
    return frozenset(ScriptDirectory(str(MIGRATIONS)).get_heads())


def code(error: DBAPIError) -> str:
    """PostgreSQL's name for the error (psycopg2.errorcodes), where it has one."""
    return getattr(error.orig, "pgcode", None) or ""


def why(error: Exception) -> str:
    """The driver's message in one line, without SQL and without the connection's secrets."""
    lines = str(error.orig if isinstance(error, DBAPIError) else error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _names(revisions: Set[str]) -> str:
    return ", ".join(sorted(revisions)) or "none"
