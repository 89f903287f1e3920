"""Errors as problem details (RFC 9457): a stable type for programs, a sentence for people."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from users_api.domain import errors

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"


class FieldError(BaseModel):
    """What is wrong with one field of the request."""

    field: str
    message: str


class Problem(BaseModel):
    """Why a request was not granted."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldError] | None = None


@dataclass(frozen=True)
class Kind:
    """A kind of problem."""

    name: str
    status: int
    title: str


VALIDATION = Kind("validation", 422, "The request is not valid")
NOT_AUTHENTICATED = Kind("not-authenticated", 401, "Nobody is signed in")
TOKEN_EXPIRED = Kind("token-expired", 401, "The session has expired")
INVALID_CREDENTIALS = Kind("invalid-credentials", 401, "Wrong e-mail address or password")
FORBIDDEN = Kind("forbidden", 403, "Not allowed")
USER_NOT_FOUND = Kind("user-not-found", 404, "No such user")
NOT_FOUND = Kind("not-found", 404, "Nothing here")
METHOD_NOT_ALLOWED = Kind("method-not-allowed", 405, "Method not allowed")
EMAIL_TAKEN = Kind("email-taken", 409, "E-mail address taken")
LAST_ADMIN = Kind("last-admin", 409, "Last administrator")
BODY_TOO_LARGE = Kind("body-too-large", 413, "Request too large")
TOO_MANY_ATTEMPTS = Kind("too-many-attempts", 429, "Too many attempts")
INTERNAL = Kind("internal", 500, "Internal error")
UNAVAILABLE = Kind("unavailable", 503, "Not available for the moment")

_BY_ERROR: dict[type[errors.DomainError], Kind] = {
    errors.NotAuthenticated: NOT_AUTHENTICATED,
    errors.TokenExpired: TOKEN_EXPIRED,
    errors.InvalidCredentials: INVALID_CREDENTIALS,
    errors.Forbidden: FORBIDDEN,
    errors.UserNotFound: USER_NOT_FOUND,
    errors.EmailTaken: EMAIL_TAKEN,
    errors.LastAdmin: LAST_ADMIN,
    errors.TooManyAttempts: TOO_MANY_ATTEMPTS,
    errors.Unavailable: UNAVAILABLE,
}

# What the framework itself refuses.
_BY_STATUS = {
    404: (NOT_FOUND, "There is nothing at this address."),
    405: (METHOD_NOT_ALLOWED, "This address does not know this method."),
    413: (BODY_TOO_LARGE, "The request is larger than this server accepts."),
}


def problem(
    kind: Kind,
    detail: str,
    fields: Sequence[FieldError] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The response that says so."""
    body = Problem(
        type=f"/problems/{kind.name}",
        title=kind.title,
        status=kind.status,
        detail=detail,
        errors=list(fields) or None,
    )
    return JSONResponse(
        body.model_dump(exclude_none=True), status_code=kind.status, headers=headers, media_type=MEDIA_TYPE
    )


def body_too_large() -> Response:
    """What a request gets whose body is over the limit."""
    return problem(*_BY_STATUS[413])


def internal() -> Response:
    """What a request gets that met a mistake of ours; which one is in the log."""
    return problem(
        INTERNAL, "Something went wrong here. It is in the log, under this response's X-Request-ID."
    )


def responses(*kinds: Kind) -> dict[int | str, dict[str, object]]:
    """For a route's documentation: these problems, and those that every route shares."""
    documented: dict[int | str, dict[str, object]] = {}
    for kind in sorted((*kinds, VALIDATION, UNAVAILABLE), key=lambda kind: kind.status):
        described = documented.setdefault(kind.status, {"model": Problem, "description": ""})
        described["description"] = f"{described['description']}, {kind.title}".removeprefix(", ")
    return documented


def handle_errors(app: FastAPI) -> None:
    """Let every error that the application knows become a problem."""

    @app.exception_handler(errors.DomainError)
    def domain_error(_: Request, error: errors.DomainError) -> Response:
        kind = _BY_ERROR[type(error)]
        headers = {}
        if kind.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        if isinstance(error, errors.TooManyAttempts):
            headers["Retry-After"] = str(error.seconds)
        if kind is UNAVAILABLE:
            headers["Retry-After"] = "1"
        return problem(kind, str(error), headers=headers)

    @app.exception_handler(RequestValidationError)
    def not_valid(_: Request, error: RequestValidationError) -> Response:
        fields = [_field_error(mistake["loc"], mistake["msg"]) for mistake in error.errors()]
        sentence = "; ".join(f"{mistake.field}: {mistake.message}" for mistake in fields)
        return problem(VALIDATION, f"The request is not valid: {sentence}.", fields)

    @app.exception_handler(HTTPException)
    def http_error(_: Request, error: HTTPException) -> Response:
        # Left over is a body that cannot even be read as text.
        kind, detail = _BY_STATUS.get(error.status_code, (VALIDATION, "The request cannot be read."))
        return problem(kind, detail, headers=error.headers)


def _field_error(location: Sequence[int | str], message: str) -> FieldError:
    # Where in the request ("body", "query", "path"), then the field; for a body that is no JSON, its offset.
    named = [part for part in location[1:] if isinstance(part, str)]
    field = named[0] if named else str(location[0])
    return FieldError(field=field, message=message.removeprefix("Value error, "))
