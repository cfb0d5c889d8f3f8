"""Secrets, and how they and control codes are kept out of logs."""

from __future__ import annotations

import re
from collections.abc import Iterable

MASK = "***"

ESCAPES = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # operating system command: titles, links
    r"|\x1b[PX^_][^\x1b]*(?:\x1b\\)?"  # device control and other strings
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # colours, cursor moves
    r"|\x1b[ -/]*[0-~]"
)
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
SECRET_SHAPES = re.compile(
    r"\b(?P<scheme>\w{1,20}://[^\s/:@]*:)[^\s/@]+(?=@)"
    r"|(?P<bearer>\bBearer\s+)[\w.~+/=-]+"
    r"|\bhf_\w{20,}",
    re.IGNORECASE,
)


class Secret:
    """A string that shows itself only when asked."""

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    __str__ = __repr__


def clean(line: str, secrets: Iterable[Secret] = ()) -> str:
    """Take terminal codes, control codes and secrets out of one line of text."""
    line = CONTROLS.sub("", ESCAPES.sub("", line))
    for secret in secrets:
        if secret.reveal():
            line = line.replace(secret.reveal(), MASK)
    return SECRET_SHAPES.sub(_mask_shape, line)


def _mask_shape(match: re.Match[str]) -> str:
    return (match["scheme"] or match["bearer"] or "") + MASK
