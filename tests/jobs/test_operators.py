"""What a runner tells of single operators after a measurement."""

import hashlib

import pytest
from ondol_runner.protocol import FinishRequest, decode

from jobs.models import AttemptFile, Benchmark
from jobs.services.benchmarks import finalize, finish
from tests.cast import Cast
from tests.conftest import As
from tests.jobs.scene import benchmark_job, connect, granted, publish, result, stored

TABLE = b"""name,operator,milliseconds
/conv1/Conv_output_0_nchwc,Conv,0.75
"odd, name",Add,0.25
infinite,Add,inf
negative,Add,-1
short
"""


@pytest.fixture
def measured(cast: Cast) -> list[Benchmark]:
    """Return two measurements of one model on one device, each with a table."""
    board, artifact = connect(cast.olga), publish(cast.olga)
    for content in (b"name,operator,milliseconds\nold,Conv,9\n", TABLE):
        attempt = granted(benchmark_job(cast.olga, board, artifact), board, started=True)[0]
        AttemptFile.objects.create(
            attempt=attempt,
            name="operators.csv",
            size_bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            received=len(content),
            blob=stored(content),
        )
        said = {"outcome": "succeeded", "log_size": 0, "result": result([[2.0] * 5] * 3)}
        finish(attempt, decode(FinishRequest, {"epoch": 1, **said}), "key")
        finalize(attempt.job_id)
    return list(Benchmark.objects.order_by("id"))


def test_operators_are_told_of_the_newest_measurement(
    measured: list[Benchmark], cast: Cast, as_user: As
) -> None:
    found = as_user(cast.rita).get("/api/v1/models/olga/tiny/operator-times").json()["results"]
    assert [row["benchmark"] for row in found] == [measured[1].pk]
    assert (found[0]["device"], found[0]["engine"], found[0]["p50_ms"]) == (
        "board",
        "onnxruntime",
        2.0,
    )
    # What can be no time is left out: the table is a runner's word.
    assert found[0]["operators"] == [
        {"name": "/conv1/Conv_output_0_nchwc", "operator": "Conv", "ms": 0.75},
        {"name": "odd, name", "operator": "Add", "ms": 0.25},
    ]


def test_a_measurement_without_a_table_tells_of_no_operators(
    measured: list[Benchmark], cast: Cast, as_user: As
) -> None:
    AttemptFile.objects.all().delete()
    found = as_user(cast.rita).get("/api/v1/models/olga/tiny/operator-times").json()
    assert found == {"results": []}
    assert len(measured) == 2
