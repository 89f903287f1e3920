#!/bin/sh
# Brings the database to this version's tables, then serves. The migrations wait for the database and say so.
set -eu
alembic upgrade head
exec uvicorn --factory users_api.main:create_app --host 0.0.0.0 --port 8000 --no-access-log
