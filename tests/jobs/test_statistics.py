import numpy as np
import pytest
from numpy.typing import NDArray

from jobs import statistics
from jobs.statistics import Summary, summarize
from jobs.types import Verdict

STEADY = [1.0, 1.0, 1.0]
TRUE_MEDIAN = 10.0


def steady_launches(count: int = 3, at: float = TRUE_MEDIAN) -> list[list[float]]:
    return [[at + 0.01 * (index % 5) for index in range(40)] for _ in range(count)]


def simulate(random: np.random.Generator, launches: int, samples: int) -> list[list[float]]:
    """Draw launches whose own level varies about the true median, as on a real machine."""
    levels = TRUE_MEDIAN + random.normal(0, 0.2, launches)
    return [(level + random.laplace(0, 0.3, samples)).tolist() for level in levels]


def test_percentiles_are_those_of_all_samples_together() -> None:
    summary = summarize([[1.0, 2.0, 3.0], [4.0, 5.0], []], STEADY)
    assert (summary.p50, summary.sample_count) == (3.0, 5)
    assert summary.p90 == pytest.approx(4.6)
    assert summary.p99 == pytest.approx(4.96)


@pytest.mark.parametrize("seed", range(5))
def test_the_interval_contains_the_median(seed: int) -> None:
    summary = summarize(simulate(np.random.default_rng(seed), 3, 30), STEADY)
    assert summary.low <= summary.p50 <= summary.high


def test_the_interval_holds_the_median_even_of_two_far_launches() -> None:
    summary = summarize([[1.0] * 9, [100.0] * 10], STEADY)
    assert summary.low <= summary.p50 <= summary.high


def test_the_same_samples_give_the_same_interval() -> None:
    launches = simulate(np.random.default_rng(1), 3, 30)
    assert summarize(launches, STEADY) == summarize(launches, STEADY)


def test_the_interval_of_a_dozen_launches_covers_the_true_median(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(statistics, "RESAMPLES", 300)
    random = np.random.default_rng(7)
    covered = 0
    for _ in range(100):
        summary = summarize(simulate(random, 12, 30), STEADY)
        covered += summary.low <= TRUE_MEDIAN <= summary.high
    assert covered >= 90
    assert covered < 100


def width(summary: Summary) -> float:
    return summary.high - summary.low


def parts(values: NDArray[np.float64]) -> list[list[float]]:
    return [part.tolist() for part in np.split(values, 4)]


def test_launches_that_differ_widen_the_interval() -> None:
    random = np.random.default_rng(3)
    values = TRUE_MEDIAN + random.normal(0, 0.3, 120)
    mixed = summarize(parts(values), [1.0] * 4)
    # The same numbers, but each launch has a level of its own.
    sorted_apart = summarize(parts(np.sort(values)), [1.0] * 4)
    assert width(sorted_apart) > 2 * width(mixed)


def test_samples_that_drift_widen_the_interval() -> None:
    random = np.random.default_rng(4)
    values = TRUE_MEDIAN + random.normal(0, 0.3, 200)
    shuffled = summarize([values.tolist()], [1.0])
    drifting = summarize([np.sort(values).tolist()], [1.0])
    assert width(drifting) > 1.5 * width(shuffled)


def test_steady_samples_of_three_launches_are_comparable() -> None:
    summary = summarize(steady_launches(), STEADY)
    assert (summary.verdict, summary.reasons) == (Verdict.COMPARABLE, [])


def test_two_launches_are_too_few() -> None:
    summary = summarize(steady_launches(2), [1.0, 1.0])
    assert (summary.verdict, summary.reasons) == (Verdict.NOISY, ["few_launches"])


def test_a_launch_without_samples_does_not_count_as_one() -> None:
    assert summarize([*steady_launches(2), []], STEADY).reasons == ["few_launches"]


def test_a_starved_processor_is_told() -> None:
    assert summarize(steady_launches(), [1.0, 0.8, 1.0]).reasons == ["processor_shared"]


def test_launches_far_apart_are_told() -> None:
    launches = [*steady_launches(2), *steady_launches(1, at=12.0)]
    assert "launches_differ" in summarize(launches, STEADY).reasons


def test_scattered_samples_have_a_wide_interval() -> None:
    random = np.random.default_rng(5)
    launches = [random.permutation([5.0] * 10 + [15.0] * 10).tolist() for _ in range(3)]
    assert "wide_interval" in summarize(launches, STEADY).reasons
