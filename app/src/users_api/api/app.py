"""The framework's application, made to say in its documentation what this API really answers."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from users_api.api import problems

# The contract's version: it stays while images come and go (those are at /api/version).
API_VERSION = "1.0.0"

_PROBLEM = {"$ref": "#/components/schemas/Problem"}


class Api(FastAPI):
    """FastAPI with routes' names as operation ids, and errors documented as problem details."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            title="Users",
            version=API_VERSION,
            docs_url=None,
            redoc_url=None,
            redirect_slashes=False,
            generate_unique_id_function=lambda route: route.name,
            **options,
        )

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        if not self.openapi_schema:
            document = super().openapi()
            for operations in document["paths"].values():
                for operation in operations.values():
                    _use_problem_media_type(operation["responses"].values())
        return super().openapi()


def _use_problem_media_type(responses: Any) -> None:
    for response in responses:
        content = response.get("content", {})
        if content.get("application/json", {}).get("schema") == _PROBLEM:
            content[problems.MEDIA_TYPE] = content.pop("application/json")
