"""Requests made up from the OpenAPI document: each gets an answer that the document promises."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from users_api.domain.users import User

DOCUMENT = json.loads((Path(__file__).parent.parent / "openapi.json").read_text(encoding="utf-8"))
OPERATIONS = [(method, path) for path, methods in DOCUMENT["paths"].items() for method in methods]
# With all of Unicode the first example takes seconds; what is beyond ASCII has tests of its own.
CONFIG = SchemathesisConfig.from_dict({"generation": {"codec": "ascii"}})
SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_answer_is_one_that_the_document_promises(
    app: FastAPI, root: User, method: str, path: str
) -> None:
    operation = schemathesis.openapi.from_asgi("/openapi.json", app, config=CONFIG)[path][method]
    token, _ = app.state.auth.token(root)

    # Without the phases that shrink an example: the first one that fails tells enough.
    @settings(max_examples=6, phases=[Phase.generate], suppress_health_check=SLOW)
    @given(operation.as_strategy())
    def ask(case: schemathesis.Case) -> None:
        case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=CHECKS)

    ask()  # pylint: disable=no-value-for-parameter
