"""What every engine offers the runner, whatever it is called inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ondol_runner.faults import Fault
from ondol_runner.protocol import Reason, sentence

Array = npt.NDArray[Any]
FREE = -1


@dataclass(frozen=True)
class TensorInfo:
    """One input as the model declares it; -1 is a free dimension, None is not declared."""

    name: str
    shape: tuple[int, ...] | None = None
    dtype: str | None = None


class Session(Protocol):
    """One loaded model."""

    @property
    def inputs(self) -> Sequence[TensorInfo]: ...

    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        """Compute all outputs; raise Fault with `wrong_input` or `run_failed`."""
        ...


class Backend(Protocol):
    """One engine."""

    @property
    def version(self) -> str: ...

    def load(self, model_dir: Path, files: Sequence[str], *, threads: int) -> Session:
        """Make a model ready to run, or raise Fault with `load_failed`."""
        ...


def only_file(files: Sequence[str], *suffixes: str) -> str:
    """Return the one file with a suffix, or raise Fault where there is none or more than one."""
    found = [name for name in files if name.lower().endswith(suffixes)]
    if len(found) != 1:
        wanted = " / ".join(suffixes)
        have = ", ".join(found) or "-"
        raise Fault(
            Reason.LOAD_FAILED,
            sentence(
                "one_file",
                "The artifact needs exactly one {wanted} file, it has: {have}.",
                wanted=wanted,
                have=have,
            ),
        )
    return found[0]


def bind(feeds: Mapping[str, Array], inputs: Sequence[TensorInfo]) -> dict[str, Array]:
    """Give each array the name of the model's input, or raise Fault where they do not fit.

    A single array goes to a single input whatever the two are called.
    """
    if len(feeds) == len(inputs) == 1:
        feeds = {inputs[0].name: next(iter(feeds.values()))}
    wanted = {info.name for info in inputs}
    if wanted != feeds.keys():
        raise Fault(
            Reason.WRONG_INPUT,
            sentence(
                "input_names",
                "The model takes the inputs {wanted}; the usage names {given}.",
                wanted=_listed(wanted),
                given=_listed(feeds),
            ),
        )
    for info in inputs:
        _check_fit(info, feeds[info.name])
    return {info.name: feeds[info.name] for info in inputs}


def _check_fit(info: TensorInfo, array: Array) -> None:
    if info.dtype is not None and info.dtype != array.dtype.name:
        raise Fault(
            Reason.WRONG_INPUT,
            sentence(
                "input_dtype",
                "Input '{input}' takes {wanted}; the usage gives {given}.",
                input=info.name,
                wanted=info.dtype,
                given=array.dtype.name,
            ),
        )
    if info.shape is None:
        return
    fits = len(info.shape) == array.ndim and all(
        wanted in (FREE, given) for wanted, given in zip(info.shape, array.shape, strict=True)
    )
    if not fits:
        raise Fault(
            Reason.WRONG_INPUT,
            sentence(
                "input_shape",
                "Input '{input}' takes the shape {wanted}; the usage gives {given}.",
                input=info.name,
                wanted=list(info.shape),
                given=list(array.shape),
            ),
        )


def _listed(names: Mapping[str, Any] | set[str]) -> str:
    return ", ".join(sorted(names)) or "-"


def as_arrays(named: Mapping[str, Any]) -> dict[str, Array]:
    return {name: np.asarray(value) for name, value in named.items()}
