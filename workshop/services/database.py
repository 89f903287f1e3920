"""PostgreSQL beside the cluster, as in the talk: one database per environment, and one for the forge."""

from __future__ import annotations

from workshop import secrets
from workshop import settings as config
from workshop.services import containers
from workshop.shell import docker

FORGE_DATABASE = "gitea"
_NAMES = (FORGE_DATABASE, *config.ENVIRONMENTS)


def ensure() -> None:
    """Have the server answer, with every role and database, each role with a password of its own."""
    containers.claim()
    containers.run(
        config.POSTGRES_CONTAINER,
        config.versions()["images"]["postgres"]["name"],
        dns_name=config.POSTGRES_NAME,
        ports=(config.settings().postgres_port, config.POSTGRES_PORT),
        options=[
            "--env", "POSTGRES_PASSWORD_FILE=/run/secrets/postgres",
            # The same order of letters whichever image it is, pulled or built.
            "--env", "POSTGRES_INITDB_ARGS=--locale=C.UTF-8",
            # z: where SELinux guards the files of this machine, a container may read this one.
            "--volume", f"{secrets.path('postgres')}:/run/secrets/postgres:ro,z",
            "--volume", f"{containers.volume(config.POSTGRES_CONTAINER)}:/var/lib/postgresql/data",
            "--shm-size", "128m",
        ],
    )  # fmt: skip
    containers.wait_until_answers(config.POSTGRES_CONTAINER, "resposta do PostgreSQL", answers, limit=60)
    _make_databases()
    _set_rights()


def answers() -> bool:
    """Whether the server takes queries over TCP, as its clients will (the first start has no TCP yet)."""
    return docker.ok("exec", config.POSTGRES_CONTAINER, "pg_isready", "--quiet", "--host=127.0.0.1", limit=10)


def role(name: str) -> str:
    """The role, and database, of an environment or of the forge."""
    return name if name == FORGE_DATABASE else f"app_{name}"


def password(name: str) -> str:
    """The password of that role."""
    return secrets.read(f"database-{name}")


def _make_databases() -> None:
    """The roles and databases that are missing, each role the owner of the database of its name."""
    there = query("SELECT 'role ' || rolname FROM pg_roles UNION SELECT 'database ' || datname FROM pg_database")
    found = set(there.splitlines())
    commands = [
        command
        for user in map(role, _NAMES)
        for kind, command in (
            ("role", f"CREATE ROLE {user} LOGIN"),
            ("database", f"CREATE DATABASE {user} OWNER {user}"),
        )
        if f"{kind} {user}" not in found
    ]
    if commands:
        # One by one: no database can be made within a transaction.
        options = [part for command in commands for part in ("--command", command)]
        docker.change(
            "exec",
            "--user",
            "postgres",
            config.POSTGRES_CONTAINER,
            "psql",
            "--no-psqlrc",
            "--set=ON_ERROR_STOP=1",
            *options,
        )


def _set_rights() -> None:
    """Each role has its password, and nobody else connects to its database."""
    # On standard input, so that no password shows in a process list.
    query("".join(_rights(role(name), password(name)) for name in _NAMES))


def _rights(user: str, secret: str) -> str:
    return f"ALTER ROLE {user} PASSWORD '{secret}';\nREVOKE CONNECT ON DATABASE {user} FROM PUBLIC;\n"


def query(sql: str, database: str = "postgres") -> str:
    """Run SQL as the superuser and return psql's unaligned output."""
    return docker.text(
        "exec", "--interactive", "--user", "postgres", config.POSTGRES_CONTAINER,
        "psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1",
        "--dbname", database, stdin=sql, limit=60,
    )  # fmt: skip


def forget_data(environment: str) -> None:
    """Empty the app's tables of one environment; its schema stays as the migrations made it."""
    query(
        """
        SELECT format('TRUNCATE TABLE %I.%I CASCADE', schemaname, tablename)
            FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' \\gexec
        """,
        database=role(environment),
    )
