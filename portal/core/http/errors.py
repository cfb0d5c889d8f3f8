"""One shape for every refusal of the API: `{code, message, details}`.

Where the message holds names or numbers, `values` has them apart.
"""

import logging
import math
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response

from portal.core import errors
from portal.core.faults import told

logger = logging.getLogger(__name__)

STATUS: dict[type[errors.Refusal], int] = {
    errors.Moved: status.HTTP_308_PERMANENT_REDIRECT,
    errors.NotFound: status.HTTP_404_NOT_FOUND,
    errors.Forbidden: status.HTTP_403_FORBIDDEN,
    errors.Conflict: status.HTTP_409_CONFLICT,
    errors.Gone: status.HTTP_410_GONE,
    errors.TooLarge: status.HTTP_413_REQUEST_ENTITY_TOO_LARGE,
    errors.TooMany: status.HTTP_429_TOO_MANY_REQUESTS,
    errors.NotNow: status.HTTP_503_SERVICE_UNAVAILABLE,
    errors.Full: status.HTTP_507_INSUFFICIENT_STORAGE,
    errors.Invalid: status.HTTP_422_UNPROCESSABLE_ENTITY,
}


def status_of(refusal: errors.Refusal) -> int:
    return next(code for kind, code in STATUS.items() if isinstance(refusal, kind))


def body_of(refusal: errors.Refusal) -> dict[str, Any]:
    said: dict[str, Any] = {
        "code": refusal.code,
        "message": refusal.message,
        "details": {field: list(lines) for field, lines in refusal.details.items()},
    }
    return said | {"values": dict(refusal.values)} if refusal.values else said


def wait_of(refusal: errors.Refusal) -> dict[str, str]:
    """Return the header that says when to try again, where a refusal says it."""
    if isinstance(refusal, errors.NotNow):
        return {"Retry-After": str(math.ceil(refusal.retry_after_s))}
    return {}


def headers_of(refusal: errors.Refusal, asked: str) -> dict[str, str]:
    """Return what an answer to the path and query `asked` says beside its body."""
    if not isinstance(refusal, errors.Moved):
        return wait_of(refusal)
    # Another thing may take the old address one day: nobody should remember the way.
    return {"Location": refusal.address(asked), "Cache-Control": "no-store"}


def _hides_from_nobody(error: Exception, request: Any) -> bool:
    """Say whether nobody asked for a model that is not there for them: signing in may help."""
    hidden = isinstance(error, errors.NotFound) and error.code == "no_such_model"
    return hidden and request.user is None


def answer_refusal(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Turn a refusal of ours or of the framework into an answer; faults pass through as a 500."""
    error = _as_known(error)
    if _hides_from_nobody(error, context["request"]):
        error = exceptions.NotAuthenticated()
    if isinstance(error, errors.Refusal):
        headers = headers_of(error, context["request"].get_full_path())
        return Response(body_of(error), status=status_of(error), headers=headers)
    if isinstance(error, exceptions.ValidationError):
        return Response(_invalid(error.detail), status=status.HTTP_422_UNPROCESSABLE_ENTITY)
    if isinstance(error, exceptions.APIException):
        headers = {}
        if challenge := getattr(error, "auth_header", None):
            headers["WWW-Authenticate"] = challenge
        if wait := getattr(error, "wait", None):
            headers["Retry-After"] = str(int(wait) + 1)
        body = {"code": str(error.default_code), "message": str(error.detail), "details": {}}
        return Response(body, status=error.status_code, headers=headers)
    return None


def _as_known(error: Exception) -> Exception:
    if isinstance(error, Http404):
        return exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied()
    return told(error) or error


def _invalid(detail: Any) -> dict[str, Any]:
    details = _flatten(detail)
    first = next(iter(details.items()), ("", ["The request is not valid."]))
    field, lines = first
    message = f"{field}: {lines[0]}" if field else lines[0]
    return {"code": "invalid", "message": message, "details": details}


def _flatten(detail: Any, prefix: str = "") -> dict[str, list[str]]:
    """Name nested fields by path: `files.0.path`."""
    if isinstance(detail, dict):
        found: dict[str, list[str]] = {}
        for key, value in detail.items():
            name = "" if key == "non_field_errors" else str(key)
            found |= _flatten(value, ".".join(part for part in (prefix, name) if part))
        return found
    if isinstance(detail, list) and any(isinstance(item, dict | list) for item in detail):
        found = {}
        for index, item in enumerate(detail):
            found |= _flatten(item, f"{prefix}.{index}" if prefix else str(index))
        return found
    lines = detail if isinstance(detail, list) else [detail]
    return {prefix: [str(line) for line in lines]} if lines else {}
