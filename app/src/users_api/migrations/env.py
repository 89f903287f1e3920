"""Runs the migrations: waits for the database a little, and lets one instance at a time migrate."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, text

from users_api.logs import configure_logs
from users_api.settings import load_settings
from users_api.storage.database import connect_when_up, make_engine
from users_api.storage.tables import Base

# Any number will do, as long as every instance takes the same one.
MIGRATION_LOCK = 7_310_551_402
PATIENCE_SECONDS = 2


def migrate(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        # A change of the tables may take longer than an answer to somebody may.
        connection.execute(text("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0"))
        # Replicas start together. The second waits here until the first has committed, then finds nothing to do.
        connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    settings = load_settings()
    configure_logs(settings.log_level)
    engine = make_engine(settings.database_url)
    with connect_when_up(engine, PATIENCE_SECONDS) as own:
        migrate(own)
    engine.dispose()
