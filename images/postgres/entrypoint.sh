#!/bin/sh
# First start: make the data directory, ask for a password over TCP, make the database. Every start: run the
# server as postgres. A data directory that is there is used, whoever made it; nothing is ever deleted but what a first
# start of this script left half made.
set -eu

if [ "$(id -u)" = 0 ]; then
    if [ -n "${POSTGRES_PASSWORD_FILE:-}" ]; then
        POSTGRES_PASSWORD=$(cat "$POSTGRES_PASSWORD_FILE")
        export POSTGRES_PASSWORD
    fi
    # The official image has another number for the same user.
    find "$PGDATA" ! -user postgres -exec chown postgres:postgres {} +
    chmod 0700 "$PGDATA"
    exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi

refuse() {
    echo "$1 Nothing was changed." >&2
    exit 1
}

# A data directory is made beside its place, and PG_VERSION is the last file to get there: with it the directory is whole.
new="$PGDATA/.workshop-new"
whole="$new/.whole"
major=$(postgres --version | sed 's/.* \([0-9]*\)\..*/\1/')

make_new() {
    : "${POSTGRES_PASSWORD:?set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE}"
    others=$(find "$PGDATA" -mindepth 1 -maxdepth 1 ! -path "$new" ! -name lost+found)
    [ -z "$others" ] || refuse "$PGDATA has files, and none of them is PG_VERSION: it is no data directory of PostgreSQL."
    user=${POSTGRES_USER:-postgres}
    database=${POSTGRES_DB:-$user}
    rm -rf "$new"
    password_file=$(mktemp)
    printf '%s\n' "$POSTGRES_PASSWORD" > "$password_file"
    # shellcheck disable=SC2086 # the variable holds several options, as in the official image
    initdb --pgdata="$new" --username="$user" --pwfile="$password_file" \
        --auth-local=trust --auth-host=scram-sha-256 ${POSTGRES_INITDB_ARGS:-}
    rm -f "$password_file"
    echo "host all all all scram-sha-256" >> "$new/pg_hba.conf"
    if [ "$database" != postgres ]; then
        # A server in single-user mode needs no port and no wait.
        echo "CREATE DATABASE \"$database\"" | postgres --single -D "$new" postgres > /dev/null
    fi
    touch "$whole"
}

if [ ! -s "$PGDATA/PG_VERSION" ]; then
    [ -e "$whole" ] || make_new
    find "$new" -mindepth 1 -maxdepth 1 ! -name PG_VERSION ! -name .whole -exec mv {} "$PGDATA" \;
    mv "$new/PG_VERSION" "$PGDATA"
fi
rm -rf "$new"
found=$(cat "$PGDATA/PG_VERSION")
[ "$found" = "$major" ] || refuse "$PGDATA holds the data of PostgreSQL $found, and this is PostgreSQL $major."
unset POSTGRES_PASSWORD
exec "$@" -c listen_addresses='*'
