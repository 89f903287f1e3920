"""http (Kargo: pkg/promotion/runner/builtin/http_requester.go)."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import urllib3
import yaml

from .. import clock
from ..expressions import ExpressionError, evaluate
from ..objects import Object
from .base import StepContext, StepError, StepResult

_TIMEOUT = 10.0
_POLL = 30.0
_LARGEST = 2 << 20
"""Bytes of an answer."""
_YAML = ("application/yaml", "text/yaml", "application/x-yaml")


def request(context: StepContext) -> StepResult:
    """Ask a URL, and judge the answer by an expression, or by its status alone.

    With expressions the step waits until one of them is true: it is called again and again, every ten seconds at
    best. Every request has a connection of its own.
    """
    config = context.config
    response = _ask(config)
    failed = _judge(config, "failure", response)
    succeeded = _judge(config, "success", response)
    status = response["status"]
    if failed:
        raise StepError(f"HTTP ({status}) response met failure criteria", terminal=True, status="Failed")
    if succeeded or (succeeded is None and failed is None and 200 <= status < 300):
        return StepResult(output=_outputs(config, response))
    if succeeded is None and failed is None:
        return StepResult(status="Failed")  # without an error: it is asked again until the time is over
    return StepResult(status="Running", retry_after=clock.parse_duration(config.get("pollInterval")) or _POLL)


def _ask(config: Object) -> Object:
    """One request; the answer as expressions see it."""
    method, url = config.get("method") or "GET", config["url"]
    http = urllib3.PoolManager(cert_reqs="CERT_NONE" if config.get("insecureSkipTLSVerify") else "CERT_REQUIRED")
    try:
        answer = http.request(
            method,
            _with_query(url, config.get("queryParams") or []),
            headers={header["name"]: header["value"] for header in config.get("headers") or []},
            body=config.get("body"),
            timeout=clock.parse_duration(config.get("timeout")) or _TIMEOUT,
            retries=urllib3.Retry(connect=0, read=0, other=0, status=0, redirect=10),
            preload_content=False,
        )
        content = answer.read(_LARGEST + 1, decode_content=True)
    except (urllib3.exceptions.HTTPError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise StepError(f'error sending HTTP request: {method.capitalize()} "{url}": {reason}') from error
    finally:
        http.clear()
    if len(content) > _LARGEST:
        raise StepError(
            "error building expression context from HTTP response: reading response body: "
            f"response body size exceeds limit of {_LARGEST} bytes"
        )
    headers = answer.headers
    return {
        "status": answer.status,
        "header": lambda name: headers.get(name, ""),
        "headers": {name: headers.getlist(name) for name in headers},
        "body": _body(content, config.get("responseContentType") or headers.get("Content-Type", "").split(";")[0]),
    }


def _with_query(url: str, parameters: list[dict[str, str]]) -> str:
    if not parameters:
        return url
    query = urlencode([(p["name"], p["value"]) for p in parameters])
    return f"{url}{'&' if '?' in url else '?'}{query}"


def _body(content: bytes, content_type: str) -> Any:
    """What the content says; of a type that is not known, what it says as JSON, or nothing."""
    text = content.decode(errors="replace")
    if not text:
        return {}
    if content_type == "text/plain":
        return text
    try:
        return yaml.safe_load(text) if content_type in _YAML else json.loads(text)
    except (ValueError, yaml.YAMLError) as error:
        if content_type not in ("application/json", *_YAML):
            return {}
        message = f"error building expression context from HTTP response: failed to parse response: {error}"
        raise StepError(message) from error


def _judge(config: Object, what: str, response: Object) -> bool | None:
    """The verdict of ``successExpression`` or ``failureExpression``; None where there is none."""
    expression = config.get(f"{what}Expression")
    if not expression:
        return None
    try:
        verdict = evaluate(expression, {"response": response})
    except ExpressionError as error:
        text = f'error evaluating {what} criteria: error evaluating {what} expression "{expression}": {error}'
        raise StepError(text) from error
    if not isinstance(verdict, bool):
        raise StepError(
            f'error evaluating {what} criteria: {what} expression "{expression}" did not evaluate to a boolean'
        )
    return verdict


def _outputs(config: Object, response: Object) -> Object:
    found = {}
    for output in config.get("outputs") or []:
        try:
            found[output["name"]] = evaluate(output["fromExpression"], {"response": response})
        except ExpressionError as error:
            text = f"error extracting outputs from HTTP response: error evaluating expression: {error}"
            raise StepError(text) from error
    return found
