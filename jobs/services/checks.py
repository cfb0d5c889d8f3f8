"""Checking what a conversion made: source and result run on the same samples, by their engines.

The engines run in sandboxed children over files (`ondol-runner exec`), never in this process.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ondol_runner.protocol import (
    InputSpec,
    Sentence,
    Usage,
    decode,
    encode,
    sentence,
    spelled,
)
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from jobs.services.keeper import Stopped
from portal.core.sandbox.run import Level, Limits, python_argv, run
from repository.types import ENGINES_OF, Metric

RANDOM_SAMPLES = 8
SEED = 7
LIMITS = Limits(wall_s=600)


class CheckFailed(Exception):
    """An engine could not load or run what was made; the reason is one of the closed list."""

    def __init__(self, reason: str, *sentences: Sentence) -> None:
        super().__init__(spelled(sentences))
        self.reason = reason
        self.sentences = sentences


@dataclass(frozen=True)
class Runnable:
    """An artifact's files in a folder, and the form they have."""

    format: str
    folder: Path


@dataclass(frozen=True)
class Comparison:
    """How far the result is from its source on the same samples, and how right both are.

    Differences are of the raw outputs; `agreement` is the share of samples with the same best
    class; accuracies are None where the samples carry no labels.
    """

    samples: int
    mean_difference: float
    largest_difference: float
    agreement: float
    accuracy: float | None
    source_accuracy: float | None


@dataclass(frozen=True)
class Terms:
    """How the engines run: in which sandbox, on how many threads, and until who says stop."""

    worst: Level
    threads: int
    cancelled: Callable[[], str]


@dataclass(frozen=True)
class Samples:
    path: Path
    metric: str
    labels: NDArray[np.int64] | None


def labelled_samples(path: Path, metric: str) -> Samples:
    """Read the labels of an evaluation set's blob; the samples go to the engines as they are."""
    try:
        tensors = load_file(path)
    except (SafetensorError, OSError) as error:
        unreadable = sentence("evaluation_unreadable", "The evaluation samples cannot be read.")
        raise CheckFailed("wrong_input", unreadable) from error
    return Samples(path, metric, tensors["labels"].astype(np.int64))


def random_samples(usage: Usage, folder: Path) -> Samples:
    """Make seeded inputs for a model without test data: differences still mean something."""
    spec = usage.inputs[0]
    shape = [RANDOM_SAMPLES, *_sizes(spec)]
    values = np.random.default_rng(SEED).random(shape, dtype=np.float32) * spec.divide_by
    path = folder / "random.safetensors"
    save_file({"samples": values}, path)
    return Samples(path, "", None)


def _sizes(spec: InputSpec) -> list[int]:
    sizes = spec.shape[1:]
    if not sizes or any(size < 1 for size in sizes):
        raise CheckFailed(
            "wrong_input_shape",
            sentence(
                "shape_not_whole",
                "The shape {shape} of input '{input}' is not whole.",
                shape=spec.shape,
                input=spec.name,
            ),
        )
    return sizes


def compare(
    source: Runnable, result: Runnable, usage: Usage, samples: Samples, terms: Terms
) -> Comparison:
    """Run both on the same samples and compare their first outputs; raise Stopped if told to."""
    before = _outputs(source, usage, samples, terms)
    after = _outputs(result, usage, samples, terms)
    if before.shape != after.shape:
        raise CheckFailed(
            "bad_result",
            sentence(
                "output_shape",
                "The output changed its shape from {before} to {after}.",
                before=before.shape,
                after=after.shape,
            ),
        )
    if not np.isfinite(after).all():
        raise CheckFailed(
            "bad_result",
            sentence(
                "output_no_numbers", "The converted model answers with values that are no numbers."
            ),
        )
    difference = np.abs(before - after)
    best = before.argmax(axis=-1) == after.argmax(axis=-1)
    return Comparison(
        samples=len(after),
        mean_difference=float(difference.mean()),
        largest_difference=float(difference.max()),
        agreement=float(best.mean()),
        accuracy=_accuracy(after, samples),
        source_accuracy=_accuracy(before, samples),
    )


def _accuracy(outputs: NDArray[np.float64], samples: Samples) -> float | None:
    if samples.labels is None or samples.metric != Metric.TOP1:
        return None
    if outputs.ndim != 2 or len(outputs) != len(samples.labels):  # noqa: PLR2004
        raise CheckFailed(
            "bad_result",
            sentence("output_no_scores", "The output is not one row of class scores a sample."),
        )
    return float((outputs.argmax(axis=1) == samples.labels).mean())


def _outputs(
    runnable: Runnable, usage: Usage, samples: Samples, terms: Terms
) -> NDArray[np.float64]:
    folder = runnable.folder.parent / f"check-{runnable.folder.name}"
    folder.mkdir(exist_ok=True)
    output = folder / "outputs.npz"
    request: dict[str, Any] = {
        "engine": ENGINES_OF[runnable.format][0],
        "model_dir": str(runnable.folder),
        "usage": encode(usage),
        "samples": str(samples.path),
        "threads": terms.threads,
        "batch": 1,
        "output": str(output),
    }
    asked = folder / "request.json"
    asked.write_text(json.dumps(request))
    lines: list[str] = []
    done = run(
        python_argv("ondol_runner", "exec", str(asked)),
        readable=[runnable.folder, samples.path],
        writable=[folder],
        limits=LIMITS,
        on_line=lines.append,
        cancelled=terms.cancelled,
        worst=terms.worst,
    )
    if done.cancelled:
        raise Stopped
    answer = _last_json(lines)
    if done.returncode != 0 or "error" in answer:
        raise _refusal(answer.get("error"), done.stderr_tail.strip().rpartition("\n")[2])
    with np.load(output, allow_pickle=False) as outputs:
        first: NDArray[np.float64] = outputs[outputs.files[0]].astype(np.float64)
    return first


def _refusal(error: dict[str, Any] | None, last_words: str) -> CheckFailed:
    """Say what an engine's process said of its end, or that it died without a word of its own."""
    if error is not None:
        return CheckFailed(error["reason"], *[decode(Sentence, one) for one in error["sentences"]])
    if last_words:
        return CheckFailed("crashed", Sentence(last_words))
    return CheckFailed("crashed", sentence("engine_silent", "The engine ended without a word."))


def _last_json(lines: list[str]) -> dict[str, Any]:
    for line in reversed(lines):
        if line.startswith("{"):
            try:
                found: dict[str, Any] = json.loads(line)
            except ValueError:
                continue
            return found
    return {}
