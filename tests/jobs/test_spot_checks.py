from typing import Any

import pytest
from ondol_runner.protocol import FinishRequest, decode

from jobs.models import Attempt, Benchmark, Job
from jobs.services.benchmarks import finalize, finish
from jobs.types import JobState, Verdict
from portal.accounts.models import AuditEvent
from portal.news.models import Notice
from repository.models import ArtifactFigure
from tests.cast import Cast
from tests.jobs.scene import Board, benchmark_job, connect, granted, publish, result, set_duration

STEADY = [[2.0, 2.1, 2.0, 2.1, 2.05]] * 3


@pytest.fixture
def boards(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> list[Board]:
    """Connect two equal boards of two owners, and have every measurement checked."""
    set_duration(monkeypatch, spot_check_share=1.0)
    return [connect(cast.olga, "board"), connect(cast.mark, "twin")]


def measured(job: Job, board: Board, launches: list[list[float]]) -> Benchmark:
    attempt = Attempt.objects.filter(job=job).first() or granted(job, board, started=True)[0]
    said: dict[str, Any] = {"epoch": 1, "outcome": "succeeded", "result": result(launches)}
    finish(attempt, decode(FinishRequest, {**said, "log_size": 0}), "key")
    finalize(job.pk)
    return Benchmark.objects.get(job=job)


def times(factor: float) -> list[list[float]]:
    return [[value * factor for value in launch] for launch in STEADY]


@pytest.fixture
def first(cast: Cast, boards: list[Board]) -> Benchmark:
    return measured(benchmark_job(cast.olga, boards[0], publish(cast.olga)), boards[0], STEADY)


def test_a_measurement_is_made_again_by_another_runner_of_the_same_board(
    first: Benchmark, boards: list[Board], cast: Cast
) -> None:
    check = Job.objects.exclude(pk=first.job_id).get()
    assert (check.device, check.created_by, check.state) == (
        boards[1].device,
        cast.olga,
        JobState.QUEUED,
    )
    assert check.priority < first.job.priority
    assert check.spec["artifact"] == first.job.spec["artifact"]


def test_what_is_told_alike_stays_as_it_is(first: Benchmark, boards: list[Board]) -> None:
    check = Job.objects.exclude(pk=first.job_id).get()
    measured(check, boards[1], times(1.2))
    assert set(Benchmark.objects.values_list("verdict", flat=True)) == {Verdict.COMPARABLE}
    assert not AuditEvent.objects.filter(action="benchmark.dispute").exists()
    # A check is not checked in its turn.
    assert Job.objects.count() == 2


def test_two_runners_that_tell_different_times_are_both_marked_and_told_of(
    first: Benchmark, boards: list[Board], cast: Cast
) -> None:
    check = Job.objects.exclude(pk=first.job_id).get()
    measured(check, boards[1], times(3.0))
    for row in Benchmark.objects.all():
        assert (row.verdict, row.verdict_reasons) == (Verdict.NOISY, ["disputed"])
        assert Job.objects.get(pk=row.job_id).result["reasons"] == ["disputed"]
    assert set(ArtifactFigure.objects.values_list("verdict", flat=True)) == {Verdict.NOISY}
    assert AuditEvent.objects.filter(action="benchmark.dispute").count() == 2
    told = Notice.objects.filter(user=cast.olga, data__reason="disputed")
    assert "6.15 ms" in told.earliest("pk").data["message"]


def test_an_unsteady_number_disputes_nothing(first: Benchmark, boards: list[Board]) -> None:
    check = Job.objects.exclude(pk=first.job_id).get()
    measured(check, boards[1], [[value * factor for value in STEADY[0]] for factor in (3, 4, 5)])
    first.refresh_from_db()
    assert first.verdict == Verdict.COMPARABLE


def test_nothing_is_repeated_where_no_other_runner_has_the_board(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_duration(monkeypatch, spot_check_share=1.0)
    board, other = connect(cast.olga, "board"), connect(cast.mark, "other")
    other.device.passport |= {"cpu": "Another CPU"}
    other.device.save()
    measured(benchmark_job(cast.olga, board), board, STEADY)
    assert Job.objects.count() == 1


def test_a_share_of_nothing_repeats_nothing(
    boards: list[Board], cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_duration(monkeypatch, spot_check_share=0.0)
    measured(benchmark_job(cast.olga, boards[0]), boards[0], STEADY)
    assert Job.objects.count() == 1
