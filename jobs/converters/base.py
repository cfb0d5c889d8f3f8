"""What a conversion is: forms, converters between them, and how one refuses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from ondol_runner.protocol import Sentence, Usage, sentence, spelled

LONGEST_QUOTE = 300
OUT_OF_MEMORY = ("can't allocate memory", "bad_alloc", "Failed to allocate memory")

Progress = Callable[[str, float, str], None]
"""Takes the name of what is being done, how much of the step is done from 0 to 1, and a detail."""


@dataclass(frozen=True)
class Form:
    """What an artifact is: a file format and the precision of its weights."""

    format: str
    precision: str

    def __str__(self) -> str:
        return f"{self.format} {self.precision}"


class RefusalCode(StrEnum):
    """Why a conversion cannot be made; a closed list."""

    UNSUPPORTED_OPERATOR = "unsupported_operator"
    WRONG_INPUT_SHAPE = "wrong_input_shape"
    UNKNOWN_ARCHITECTURE = "unknown_architecture"
    WEIGHTS_DO_NOT_FIT = "weights_do_not_fit"
    CALIBRATION_MISSING = "calibration_missing"
    TOOL_FAILED = "tool_failed"


class ConversionRefused(Exception):
    """A conversion that cannot be made of these files; the sentences are for the job's owner."""

    def __init__(self, code: RefusalCode, *sentences: Sentence) -> None:
        super().__init__(spelled(sentences))
        self.code = code
        self.message = spelled(sentences)
        self.sentences = sentences


@dataclass(frozen=True)
class Inputs:
    """What a step starts from: a folder of files, how the model is fed, samples to calibrate by.

    `calibration` is a safetensors file with a tensor `samples`, or None.
    """

    folder: Path
    usage: Usage
    calibration: Path | None = None
    threads: int = 1


class Conversion(Protocol):
    """What the file of a converter offers as CONVERSION; importing it imports its tools."""

    @property
    def options(self) -> type:
        """The dataclass of what a person may choose; every field has a default."""
        ...

    def tools(self) -> dict[str, str]:
        """Return the version of each tool that has a part in the result."""
        ...

    def convert(self, inputs: Inputs, outdir: Path, options: Any, progress: Progress, /) -> None:
        """Write the target's files into an empty folder, or raise ConversionRefused."""
        ...


@dataclass(frozen=True)
class Converter:
    """One way from a form to another; `name` is that of its file in this package."""

    name: str
    source: Form
    target: Form
    needs_calibration: bool = False


def tool_failed(tool: str, error: Exception) -> ConversionRefused:
    """Return the refusal that quotes a tool, or raise MemoryError where memory ran out."""
    said = sentence(
        "tool_failed",
        "{tool} could not convert the model. It says: {why}",
        tool=tool,
        why=quote(error),
    )
    return ConversionRefused(RefusalCode.TOOL_FAILED, said)


def quote(error: Exception) -> str:
    """Return the first line of what a tool says, or raise MemoryError where memory ran out.

    Lack of memory is nothing the files are to blame for, so it never becomes a refusal.
    """
    if isinstance(error, MemoryError) or any(words in str(error) for words in OUT_OF_MEMORY):
        raise MemoryError(str(error)) from error
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__)[:LONGEST_QUOTE]
