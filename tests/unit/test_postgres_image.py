"""The entrypoint of our PostgreSQL image: what it finds in a data directory stays, whoever put it there."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from workshop import paths

ENTRYPOINT = paths.ROOT / "images" / "postgres" / "entrypoint.sh"
INITDB = """
for argument; do case $argument in --pgdata=*) data=${argument#--pgdata=} ;; esac; done
mkdir "$data"; echo 17 > "$data/PG_VERSION"; mkdir "$data/base"; touch "$data/pg_hba.conf"
echo "$*" > "$data/initdb-options"
"""
POSTGRES = """
case $1 in
    --version) echo "postgres (PostgreSQL) 17.12 (Debian 17.12-0+deb13u1)" ;;
    --single) cat > "$3/created" ;;
    *) echo "serving $*" ;;
esac
"""


@pytest.fixture(name="data")
def fixture_data(tmp_path: Path) -> Path:
    """An empty data directory, beside a folder of programs."""
    for name, body in {"initdb": INITDB, "postgres": POSTGRES, "id": "echo 999"}.items():
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\nset -eu\n{body}", encoding="utf-8")
        program.chmod(0o755)
    data = tmp_path / "data"
    data.mkdir()
    return data


def start(data: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{data.parent / 'bin'}:/usr/bin:/bin", "PGDATA": str(data), "POSTGRES_PASSWORD": "x"}
    return subprocess.run(
        ["sh", ENTRYPOINT, "postgres"],
        env=environment | variables,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def held(data: Path) -> dict[str, str]:
    return {str(path.relative_to(data)): path.read_text() for path in sorted(data.rglob("*")) if path.is_file()}


def test_an_empty_directory_becomes_a_database_with_the_options_that_were_asked_for(data: Path) -> None:
    done = start(data, POSTGRES_DB="users_db", POSTGRES_INITDB_ARGS="--locale=C.UTF-8 --no-sync")
    assert "serving -c listen_addresses=*" in done.stdout, done.stderr
    assert "--locale=C.UTF-8 --no-sync" in held(data)["initdb-options"]
    assert held(data)["created"] == 'CREATE DATABASE "users_db"\n'
    assert "scram-sha-256" in held(data)["pg_hba.conf"]
    assert not list(data.glob(".workshop*"))


def test_what_the_official_image_has_filled_is_used_as_it_is(data: Path) -> None:
    (data / "PG_VERSION").write_text("17\n", encoding="ascii")
    (data / "base").mkdir()
    (data / "base" / "users").write_text("Ana", encoding="utf-8")
    before = held(data)
    assert "serving" in start(data).stdout
    assert held(data) == before


def test_data_of_another_version_is_refused_and_stays(data: Path) -> None:
    (data / "PG_VERSION").write_text("16\n", encoding="ascii")
    (data / "users").write_text("Ana", encoding="utf-8")
    before = held(data)
    done = start(data)
    assert done.returncode == 1
    assert "PostgreSQL 16, and this is PostgreSQL 17" in done.stderr
    assert held(data) == before


def test_files_of_something_else_are_refused_and_stay(data: Path) -> None:
    (data / "letters.txt").write_text("dear Ana", encoding="utf-8")
    done = start(data)
    assert done.returncode == 1
    assert "no data directory" in done.stderr
    assert held(data) == {"letters.txt": "dear Ana"}


@pytest.mark.parametrize("program", ["initdb", "postgres"])
def test_a_first_start_that_was_interrupted_is_begun_anew(data: Path, program: str) -> None:
    file = data.parent / "bin" / program
    whole = file.read_text(encoding="utf-8")
    breaks = "case $* in --version) ;; *) exit 1 ;; esac\n"
    file.write_text(whole.replace("set -eu\n", f"set -eu\n{breaks}"), encoding="utf-8")
    assert start(data, POSTGRES_DB="users_db").returncode != 0
    assert not (data / "PG_VERSION").exists()
    file.write_text(whole, encoding="utf-8")
    assert "serving" in start(data, POSTGRES_DB="users_db").stdout
    assert held(data)["created"] == 'CREATE DATABASE "users_db"\n'


def test_one_that_was_interrupted_while_it_was_put_in_place_is_finished(data: Path) -> None:
    new = data / ".workshop-new"
    new.mkdir()
    for name in ("PG_VERSION", ".whole", "pg_hba.conf"):
        (new / name).write_text("17\n" if name == "PG_VERSION" else "", encoding="ascii")
    (data / "base").mkdir()  # the part that was there already
    assert "serving" in start(data).stdout
    assert sorted(path.name for path in data.iterdir()) == ["PG_VERSION", "base", "pg_hba.conf"]


def test_a_second_start_changes_nothing(data: Path) -> None:
    start(data)
    before = held(data)
    assert "serving" in start(data).stdout
    assert held(data) == before
