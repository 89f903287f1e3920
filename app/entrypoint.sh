#!/bin/sh
# Brings the database to this version's tables, then serves. Where the database stays away (exit code 75), it serves
# all the same: readiness says so, and the application migrates once the database is there.
set -eu
alembic upgrade head || [ $? -eq 75 ]

# Nothing here depends on a client's address or scheme, so no header is believed that speaks of them.
exec uvicorn --factory users_api.main:create_app --host 0.0.0.0 --port "${PORT:-8000}" \
    --no-access-log --no-server-header --no-proxy-headers --timeout-graceful-shutdown 10
