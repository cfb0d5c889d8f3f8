"""What a model is fed: samples prepared as its usage says, or seeded random numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ondol_runner.backends.base import FREE, Array
from ondol_runner.faults import Fault, quoted
from ondol_runner.feeding import prepare
from ondol_runner.protocol import InputSpec, Reason, Usage, sentence
from ondol_runner.tensors import BadTensorFile, read_tensor

SAMPLES = "samples"
SEED = 20
RANDOM_FEEDS = 4
INTEGERS_BELOW = 2

Feeds = dict[str, Array]


def read_samples(path: Path, usage: Usage, count: int | None = None) -> Array:
    """Return the first samples of a file as the one input takes them, or raise Fault."""
    if len(usage.inputs) != 1:
        raise Fault(
            Reason.WRONG_INPUT,
            sentence(
                "samples_one_input",
                "A file of samples feeds one input; the usage names {inputs}.",
                inputs=len(usage.inputs),
            ),
        )
    try:
        return prepare_checked(read_tensor(path, SAMPLES, count), usage.inputs[0])
    except BadTensorFile as error:
        unreadable = sentence("samples_unreadable", "The samples cannot be read.")
        raise Fault(Reason.WRONG_INPUT, unreadable, error.sentence) from error


def prepare_checked(samples: Array, spec: InputSpec) -> Array:
    if len(samples) == 0:
        raise Fault(Reason.WRONG_INPUT, sentence("samples_empty", "The file of samples is empty."))
    try:
        return np.ascontiguousarray(prepare(samples, spec))
    except ValueError as error:
        unfit = sentence("samples_unfit", "The samples do not fit the model.")
        raise Fault(Reason.WRONG_INPUT, unfit, quoted(error)) from error


def benchmark_feeds(usage: Usage, samples: Path | None, count: int) -> list[Feeds]:
    """Return feeds of one sample each, to be used in turn; the same on every host."""
    if samples is not None:
        prepared = read_samples(samples, usage, count)
        name = usage.inputs[0].name
        return [{name: prepared[row : row + 1].copy()} for row in range(len(prepared))]
    generator = np.random.default_rng(SEED)
    return [
        {spec.name: _random(spec, generator) for spec in usage.inputs} for _ in range(RANDOM_FEEDS)
    ]


def feeds_sha256(feeds: Sequence[Mapping[str, Array]]) -> str:
    """Return a digest of everything fed: names, types, shapes and bytes, in order."""
    running = hashlib.sha256()
    for feed in feeds:
        for name, array in feed.items():
            running.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
            running.update(array.tobytes())
    return running.hexdigest()


def _random(spec: InputSpec, generator: np.random.Generator) -> Array:
    shape = [1, *spec.shape[1:]]
    if not spec.shape or FREE in shape:
        raise Fault(
            Reason.WRONG_INPUT,
            sentence(
                "free_shape",
                "Input '{input}' has the free shape {shape}: give samples, or all but the batch in "
                "numbers.",
                input=spec.name,
                shape=spec.shape,
            ),
        )
    try:
        dtype: np.dtype[Any] = np.dtype(spec.dtype)
    except TypeError as error:
        unknown = sentence(
            "no_dtype",
            "Input '{input}': there is no dtype '{dtype}'.",
            input=spec.name,
            dtype=spec.dtype,
        )
        raise Fault(Reason.WRONG_INPUT, unknown) from error
    if dtype.kind == "f":
        return generator.standard_normal(shape).astype(dtype)
    # Small numbers are valid as token ids, masks and pixels alike.
    return generator.integers(0, INTEGERS_BELOW, shape).astype(dtype)
