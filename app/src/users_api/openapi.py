"""The OpenAPI document, from which the page's API client is generated.

python -m users_api.openapi > openapi.json
"""

from __future__ import annotations

import json
import sys

from fastapi import FastAPI

from users_api.main import build_app
from users_api.settings import Settings
from users_api.storage.database import make_engine


def document(app: FastAPI) -> str:
    """The document as it is kept in git."""
    return json.dumps(app.openapi(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    settings = Settings()
    sys.stdout.write(document(build_app(settings, make_engine(settings.database_url), {})))
