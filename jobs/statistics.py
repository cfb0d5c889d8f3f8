"""What a set of samples says: median with an interval, percentiles, and whether to trust it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jobs.types import Verdict

RESAMPLES = 2000
SEED = 20_240
BLOCK = 10
WIDEST = 0.05
"""Half-width of the interval, relative to the median, above which a number is unsteady."""
FARTHEST = 0.10
"""How far, relative to the median, the medians of two launches may lie apart."""
STARVED = 0.85
"""Share of the promised processor time below which something else was running."""


@dataclass(frozen=True)
class Summary:
    """Times in milliseconds. `reasons` are codes that the portal words."""

    p50: float
    low: float
    high: float
    p90: float
    p95: float
    p99: float
    sample_count: int
    verdict: Verdict
    reasons: list[str]


def summarize(launches: Sequence[Sequence[float]], cpu_shares: Sequence[float]) -> Summary:
    """Summarize samples of several process launches, in milliseconds.

    The interval is a 95 % percentile bootstrap of the median that resamples launches first and
    blocks of samples within them after: samples in a row are not independent, so resampling them
    singly would promise more than was measured (Kunsch 1989; Kalibera and Jones 2013).
    """
    arrays = [np.asarray(launch, dtype=np.float64) for launch in launches if len(launch)]
    pooled = np.concatenate(arrays)
    p50, p90, p95, p99 = (float(value) for value in np.percentile(pooled, [50, 90, 95, 99]))
    medians = _bootstrap(arrays)
    low, high = (float(value) for value in np.percentile(medians, [2.5, 97.5]))
    low, high = min(low, p50), max(high, p50)
    reasons = _doubts(arrays, (low, p50, high), cpu_shares)
    verdict = Verdict.NOISY if reasons else Verdict.COMPARABLE
    return Summary(p50, low, high, p90, p95, p99, len(pooled), verdict, reasons)


def _bootstrap(arrays: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    random = np.random.default_rng(SEED)
    medians = np.empty(RESAMPLES)
    for index in range(RESAMPLES):
        chosen = random.integers(len(arrays), size=len(arrays))
        medians[index] = np.median(np.concatenate([_blocks(arrays[at], random) for at in chosen]))
    return medians


def _blocks(samples: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    length = min(BLOCK, len(samples))
    starts = random.integers(len(samples) - length + 1, size=-(-len(samples) // length))
    at = (starts[:, None] + np.arange(length)).ravel()[: len(samples)]
    chosen: NDArray[np.float64] = samples[at]
    return chosen


def _doubts(
    arrays: list[NDArray[np.float64]],
    interval: tuple[float, float, float],
    cpu_shares: Sequence[float],
) -> list[str]:
    low, p50, high = interval
    each = [float(np.median(array)) for array in arrays]
    doubts = []
    if (high - low) / 2 > WIDEST * p50:
        doubts.append("wide_interval")
    if max(each) - min(each) > FARTHEST * p50:
        doubts.append("launches_differ")
    if len(arrays) < 3:  # noqa: PLR2004
        doubts.append("few_launches")
    if cpu_shares and min(cpu_shares) < STARVED:
        doubts.append("processor_shared")
    return doubts
