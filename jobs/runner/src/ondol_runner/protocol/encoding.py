"""Messages as JSON: what is unknown is ignored, what is wrong is named."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import Enum
from typing import Any, TypeVar

import dacite

T = TypeVar("T")

UNSIGNED = ("sentences",)
"""What came after signatures did: an older runner or server signs and checks without it."""


class ProtocolError(ValueError):
    """A message that does not have the agreed shape; the sentence names the field."""


def encode(message: object) -> dict[str, Any]:
    """Turn a message into what `json.dumps` takes."""
    return asdict(message)  # type: ignore[call-overload, no-any-return]


def decode(kind: type[T], data: object) -> T:
    """Read a message, ignoring unknown fields; raise ProtocolError naming the wrong one."""
    if not isinstance(data, dict):
        raise ProtocolError(f"{kind.__name__}: a JSON object is expected.")
    try:
        return dacite.from_dict(
            kind, data, config=dacite.Config(cast=[Enum], type_hooks={float: float})
        )
    except (dacite.DaciteError, TypeError, ValueError) as error:
        raise ProtocolError(f"{kind.__name__}: {error}") from error


def said(attempt_id: str, report: object) -> bytes:
    """Return what is signed of a report on an attempt: the same bytes on both sides of the line."""
    read = encode(decode(type(report), encode(report)))
    signed = {name: value for name, value in read.items() if name not in UNSIGNED}
    word = {"attempt": attempt_id, "report": signed}
    return json.dumps(word, sort_keys=True, separators=(",", ":")).encode()
