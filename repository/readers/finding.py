"""What a reader says of a file, and the refusals it says it with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from repository.readers.formats import Format

LONGEST_MESSAGE = 480
LONGEST_NAME = 80
MOST_DIMS = 64


class Status(StrEnum):
    """Fine; kept but never opened or given out; or refused."""

    ACCEPTED = "accepted"
    BLOCKED = "blocked"
    REJECTED = "rejected"


class Code(StrEnum):
    """Why a file is not accepted. These names are part of the API."""

    EMPTY = "empty_file"
    TRUNCATED = "truncated_file"
    MISLABELLED = "mislabelled_file"
    UNKNOWN = "unknown_format"
    UNREADABLE = "unreadable_file"
    INVALID = "invalid_file"
    EXTERNAL_DATA = "unsafe_external_data"
    BOMB = "archive_bomb"
    PICKLE = "holds_pickle"
    TORCHSCRIPT = "holds_torchscript"
    CODE = "holds_code"


@dataclass(frozen=True)
class Finding:
    """What a file is by its content. `code` is empty when it is accepted."""

    status: Status
    code: str
    message: str
    """A sentence that names the file and the cure, empty when it is accepted."""
    format: Format
    facts: dict[str, Any] = field(default_factory=dict)


class NotAccepted(Exception):
    """A file is not taken. `text` continues a sentence that begins with the file's name."""

    status = Status.REJECTED

    def __init__(self, code: Code, text: str, facts: Mapping[str, Any] | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.facts = dict(facts or {})


class Rejected(NotAccepted):
    """Refuse a file."""


class Blocked(NotAccepted):
    """Keep a file, never to be opened: opening it may run code."""

    status = Status.BLOCKED


def tensor_fact(name: str, dtype: str, shape: Sequence[int | str]) -> dict[str, Any]:
    """Return what is told of an input or output; sizes not fixed are -1 or have a name."""
    return {"name": printable(name), "dtype": dtype, "shape": list(shape[:MOST_DIMS])}


def truncated(text: str = "ends before its content does") -> Rejected:
    return Rejected(Code.TRUNCATED, f"{text}. Upload the whole file again.")


def invalid(what: str) -> Rejected:
    return Rejected(Code.INVALID, f"is damaged or not well-formed: {what}. Export it again.")


def sentence(name: str, text: str) -> str:
    """Return a sentence about a file, short and printable whatever its name is."""
    shown = name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}..."
    return printable(f"'{shown}' {text}", LONGEST_MESSAGE)


def printable(text: str, longest: int = 200) -> str:
    """Return what may be shown and stored of a text out of a file."""
    shown = "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )
    return shown[:longest]
