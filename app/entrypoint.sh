#!/bin/sh
# Serves at once. The application itself brings the database to this version's tables, when the database is there
# (src/users_api/storage/migration.py); until then readiness says what is missing. A process of its own for that would
# double the time of a start.
set -eu

# Nothing here depends on a client's address or scheme, so no header is believed that speaks of them.
exec uvicorn --factory users_api.main:create_app --host 0.0.0.0 --port "${PORT:-8000}" \
    --no-access-log --no-server-header --no-proxy-headers --timeout-graceful-shutdown 10
