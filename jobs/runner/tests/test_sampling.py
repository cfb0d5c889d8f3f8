"""When a median is known well enough, and when time is over."""

from __future__ import annotations

import time

import numpy as np
import pytest

from ondol_runner.protocol import Sampling
from ondol_runner.sampling import relative_half_width, take_samples

FOREVER_S = 3600.0


def spin(number: int) -> None:
    until = time.perf_counter() + 0.0005
    while time.perf_counter() < until:
        pass


def test_steady_samples_end_at_the_wanted_interval() -> None:
    sampling = Sampling(launches=1, max_samples=20_000, interval=0.5, budget_s=FOREVER_S)

    taken = take_samples(spin, sampling)

    assert sampling.min_samples <= len(taken.samples_ms) < sampling.max_samples
    assert relative_half_width(taken.samples_ms) <= 0.5
    assert min(taken.samples_ms) >= 0.5


def test_unsteady_samples_end_at_the_most_allowed() -> None:
    sampling = Sampling(min_samples=10, max_samples=40, interval=0.0, budget_s=FOREVER_S)

    assert len(take_samples(lambda _: None, sampling).samples_ms) == 40


def test_the_least_samples_are_taken_even_without_a_budget() -> None:
    sampling = Sampling(min_samples=7, interval=0.0, budget_s=0.001)

    assert len(take_samples(spin, sampling).samples_ms) == 7


def test_warm_up_runs_are_not_counted() -> None:
    numbers: list[int] = []
    sampling = Sampling(warmup_runs=4, min_samples=5, max_samples=5)

    taken = take_samples(numbers.append, sampling)

    assert numbers == [0, 1, 2, 3, 0, 1, 2, 3, 4]
    assert len(taken.samples_ms) == 5


def test_a_busy_call_keeps_one_core_busy_and_a_sleeping_one_does_not() -> None:
    sampling = Sampling(warmup_runs=0, min_samples=40, max_samples=40)

    idle = take_samples(lambda _: time.sleep(0.002), sampling)
    busy = take_samples(spin, sampling)

    assert idle.cpu_share < busy.cpu_share <= 1.05


def test_the_interval_shrinks_with_the_count_and_grows_with_the_spread() -> None:
    generator = np.random.default_rng(3)
    narrow = generator.normal(10, 1, 2000)
    wide = generator.normal(10, 3, 2000)

    assert relative_half_width(narrow[:50]) > relative_half_width(narrow)
    assert relative_half_width(wide) > relative_half_width(narrow)
    assert relative_half_width([2.0] * 30) == 0.0


def test_drifting_samples_are_not_taken_for_independent_ones() -> None:
    generator = np.random.default_rng(4)
    drifting = 10 + np.cumsum(generator.normal(0, 0.1, 500))
    shuffled = generator.permutation(drifting)

    assert relative_half_width(drifting) > 1.5 * relative_half_width(shuffled)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_few_samples_have_an_interval_too(count: int) -> None:
    assert relative_half_width(list(range(1, count + 1))) >= 0.0
