"""Timing a call until its median is known well enough, or the time for it is over."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from ondol_runner.protocol import Sampling

RESAMPLES = 200
GROWTH = 1.5
LEAST_S = 0.4
TICK_S = 1e-6
INTERVAL_PERCENT = (2.5, 97.5)
NS_PER_MS = 1e6


@dataclass(frozen=True)
class Samples:
    """Every sample in the order taken, and how busy the processor was meanwhile."""

    samples_ms: list[float]
    cpu_share: float


def take_samples(
    call: Callable[[int], object],
    sampling: Sampling,
    progress: Callable[[int, float], None] = lambda _count, _part: None,
) -> Samples:
    """Warm `call` up, then time it; it is given a running number.

    At least `min_samples` are taken even where that outlasts the budget, which the launches share
    evenly; after that the interval is looked at each time the count has grown by half. No interval
    counts before LEAST_S is over: a short burst is narrow by chance.
    """
    for number in range(sampling.warmup_runs):
        call(number)
        progress(0, 0.0)
    budget_s = max(sampling.budget_s / max(sampling.launches, 1), TICK_S)
    series = _Series(call, sampling, budget_s, progress)
    target = max(sampling.min_samples, 1)
    with _no_garbage_collection():
        series.extend(target)
        while not series.is_enough():
            target = min(math.ceil(len(series.samples_ms) * GROWTH), sampling.max_samples)
            series.extend(target)
    return Samples(series.samples_ms, series.busy_s / series.wall_s)


class _Series:
    """Samples as they are taken."""

    def __init__(
        self,
        call: Callable[[int], object],
        sampling: Sampling,
        budget_s: float,
        progress: Callable[[int, float], None],
    ) -> None:
        self._call = call
        self._sampling = sampling
        self._progress = progress
        self._started = time.perf_counter()
        self._budget_s = budget_s
        self.samples_ms: list[float] = []
        self.busy_s = 0.0
        self.wall_s = 0.0

    def extend(self, target: int) -> None:
        """Take samples up to a count, or until the budget is over and the least are taken."""
        clock, call, samples = time.perf_counter_ns, self._call, self.samples_ms
        busy_from, wall_from = time.process_time(), time.perf_counter()
        while len(samples) < target:
            started = clock()
            call(len(samples))
            samples.append((clock() - started) / NS_PER_MS)
            self._progress(len(samples), self._spent_s() / self._budget_s)
            if len(samples) >= self._sampling.min_samples and self._spent_s() > self._budget_s:
                break
        self.busy_s += time.process_time() - busy_from
        self.wall_s += time.perf_counter() - wall_from

    def is_enough(self) -> bool:
        spent_s = self._spent_s()
        if len(self.samples_ms) >= self._sampling.max_samples or spent_s > self._budget_s:
            return True
        return spent_s > min(self._budget_s, LEAST_S) and (
            relative_half_width(self.samples_ms) <= self._sampling.interval
        )

    def _spent_s(self) -> float:
        return time.perf_counter() - self._started


def relative_half_width(samples: Sequence[float]) -> float:
    """Return half the 95 % interval of the median over the median, by a moving-block bootstrap.

    Samples in a row are not independent, so blocks of them are drawn, not single ones.
    """
    data = np.asarray(samples)
    length = max(1, round(len(data) ** (1 / 3)))
    blocks = math.ceil(len(data) / length)
    generator = np.random.default_rng(len(data))
    starts = generator.integers(0, len(data) - length + 1, (RESAMPLES, blocks, 1))
    drawn = (starts + np.arange(length)).reshape(RESAMPLES, -1)[:, : len(data)]
    low, high = np.percentile(np.median(data[drawn], axis=1), INTERVAL_PERCENT)
    return float((high - low) / 2 / np.median(data))


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
