"""The connection to the database: made, awaited, checked."""

from __future__ import annotations

import logging
import time
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from users_api.services.health import CheckFailed

log = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).parent.parent / "migrations"


def make_engine(url: str) -> Engine:
    """An engine that notices lost connections, and gives up on a silent database before a probe does."""
    parsed = make_url(url)
    if parsed.drivername in ("postgres", "postgresql"):
        parsed = parsed.set(drivername="postgresql+psycopg2")
    if parsed.get_backend_name() != "postgresql":
        return create_engine(parsed)
    return create_engine(parsed, pool_pre_ping=True, connect_args={"connect_timeout": 2})


def connect_when_up(engine: Engine, seconds: float = 60) -> Connection:
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
                raise SystemExit(f"no database after {seconds:.0f} s: {reason}") from None
            if reason != said:
                log.warning("waiting for the database: %s", reason)
                said = reason
            time.sleep(0.5)


def check_database(engine: Engine) -> None:
    """Readiness: the database answers and its tables are those that this version needs."""
    try:
        with engine.connect() as connection:
            found = set(MigrationContext.configure(connection).get_current_heads())
    except DBAPIError as error:
        raise CheckFailed(f"the database does not answer: {why(error)}") from error
    needed = set(ScriptDirectory(str(MIGRATIONS)).get_heads())
    if found != needed:
        raise CheckFailed(
            f"the database is at migration {_names(found)}, this version needs {_names(needed)}:"
            " run 'alembic upgrade head'"
        )


def why(error: DBAPIError) -> str:
    """The driver's message in one line, without SQL and without the connection's secrets."""
    lines = str(error.orig).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _names(revisions: set[str]) -> str:
    return ", ".join(sorted(revisions)) or "none"
