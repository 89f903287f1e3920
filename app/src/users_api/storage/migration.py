"""Migrations, when the application starts: at once, or as soon as the database is there."""

from __future__ import annotations

import logging
from threading import Event, Thread

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from users_api.storage.database import MIGRATIONS, ahead, database_heads, why

log = logging.getLogger(__name__)

PAUSE_SECONDS = 1.0


def upgrade(engine: Engine) -> None:
    """Bring the tables to this version; does nothing where they are, or are a later version's."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.connect() as connection:
        if later := ahead(database_heads(connection)):
            log.warning(
                "the database is at migration %s, of a later version: left as it is", ", ".join(sorted(later))
            )
            return
        # Only to look: the migration has a transaction of its own.
        connection.rollback()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


class BackgroundMigration:
    """Tries to upgrade until it succeeds; where nothing is to be done, that is at once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="migration", daemon=True)

    def start(self) -> None:
        """Begin, without waiting for the end."""
        self._thread.start()

    def stop(self) -> None:
        """Try no more."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        said = ""
        while not self._stopped.is_set():
            try:
                upgrade(self._engine)
                return
            except (SQLAlchemyError, CommandError) as error:
                reason = why(error)
            if reason != said:
                log.warning("the tables cannot be brought to this version yet: %s", reason)
                said = reason
            self._stopped.wait(PAUSE_SECONDS)
