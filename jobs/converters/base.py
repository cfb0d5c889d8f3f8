"""What a converter is: one step from one form of a model to another."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ondol_runner.protocol import Usage

Progress = Callable[[float, str], None]
"""Told how much of a step is done, 0 to 1, and what it does at the moment."""


@dataclass(frozen=True)
class Form:
    """A format with its precision: what an artifact is, seen by an engine."""

    format: str
    precision: str

    def __str__(self) -> str:
        return f"{self.format} {self.precision}"


class ConversionRefused(Exception):
    """A model that a step cannot take. `code` is one of the reasons a job may fail for."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Step:
    """What a converter works with: folders of source and result, and how the model is fed.

    `calibration` is a safetensors file with the tensor `samples`, raw as people handed them in.
    """

    source: Path
    result: Path
    usage: Usage
    calibration: Path | None
    threads: int


class Converter(Protocol):
    """One step of the conversion graph. `tools` names the packages whose versions are recorded."""

    name: str
    source: Form
    target: Form
    needs_calibration: bool
    tools: tuple[str, ...]

    def convert(self, step: Step, progress: Progress) -> None:
        """Write the result into `step.result`; raise ConversionRefused for a model it cannot take."""
        ...


def single_file(folder: Path, suffix: str) -> Path:
    """Return the one file of a kind in a folder, or refuse naming what was expected."""
    found = sorted(folder.rglob(f"*{suffix}"))
    if len(found) != 1:
        raise ConversionRefused(
            "load_failed", f"One *{suffix} file is expected among the files, there are {len(found)}."
        )
    return found[0]
