import csv
import io
from typing import Any

import pytest
from django.utils import timezone
from ondol_runner.protocol import FinishRequest, decode

from jobs.services.benchmarks import finalize, finish
from repository.models import Artifact, ArtifactFigure
from repository.types import FigureOrigin, Visibility
from tests.cast import Cast
from tests.conftest import As
from tests.jobs.scene import benchmark_job, connect, granted, publish, result

PAGE = "/api/v1/benchmarks"
MODELS = {"swift": (1.0, 1.5, 0.70), "middle": (2.0, None, 0.80), "slow": (9.0, 30.0, 0.90)}


def put(artifact: Artifact, **figure: Any) -> None:
    about = {"engine": "onnxruntime", "origin": FigureOrigin.MEASURED, **figure}
    ArtifactFigure.objects.create(artifact=artifact, measured_at=timezone.now(), **about)


@pytest.fixture
def models(cast: Cast) -> dict[str, Artifact]:
    """Publish models that a vendor and a board here have figures of."""
    made = {}
    for name, (p50, p95, accuracy) in MODELS.items():
        artifact = publish(cast.olga, name)
        Artifact.objects.filter(pk=artifact.pk).update(metric="top1", accuracy=accuracy)
        put(
            artifact,
            device="phone" if name == "slow" else "board",
            p50_ms=p50,
            p95_ms=p95,
            origin=FigureOrigin.MEASURED if name == "swift" else FigureOrigin.PUBLISHED,
        )
        made[name] = artifact
    return made


def names(body: dict[str, Any]) -> list[str]:
    return [row["model"].partition("/")[2] for row in body["results"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["swift", "middle", "slow"]),
        ("sort=-latency", ["slow", "middle", "swift"]),
        # What has no such figure comes last in either direction.
        ("sort=p95", ["swift", "slow", "middle"]),
        ("sort=-p95", ["slow", "swift", "middle"]),
        ("sort=model", ["middle", "slow", "swift"]),
        ("device=board", ["swift", "middle"]),
        ("device=board&device=phone&sort=-accuracy", ["slow", "middle", "swift"]),
        ("engine=litert", []),
        ("source=measured", ["swift"]),
        ("max_p95_ms=10", ["swift"]),
        ("max_p50_ms=2", ["swift", "middle"]),
        ("metric=top1&min_accuracy=0.75", ["middle", "slow"]),
        ("q=slo", ["slow"]),
        ("q=olga swi", ["swift"]),
        ("limit=1&cursor=1", ["middle"]),
    ],
)
def test_figures_of_all_models_are_narrowed_and_sorted(
    models: dict[str, Artifact], as_user: As, cast: Cast, query: str, found: list[str]
) -> None:
    assert names(as_user(cast.rita).get(f"{PAGE}?{query}").json()) == found


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("min_accuracy=0.5", "min_accuracy"),
        ("min_accuracy=0.5&metric=top1&metric=PSNR", "min_accuracy"),
        ("sort=beauty", "sort"),
        ("precision=int3", "precision"),
        ("max_p95_ms=-1", "max_p95_ms"),
        ("limit=100000", "limit"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused_by_its_field(
    as_user: As, cast: Cast, query: str, field: str
) -> None:
    answer = as_user(cast.rita).get(f"{PAGE}?{query}")
    assert (answer.status_code, list(answer.json()["details"])) == (422, [field])


def test_each_facet_is_counted_as_if_it_were_not_narrowed(
    models: dict[str, Artifact], as_user: As, cast: Cast
) -> None:
    body = as_user(cast.rita).get(f"{PAGE}?device=phone").json()
    counts = {
        facet["name"]: {row["value"]: row["count"] for row in facet["values"]}
        for facet in body["facets"]
    }
    assert (body["total"], body["next"]) == (1, None)
    assert counts["device"] == {"board": 2, "phone": 1}
    assert counts["source"] == {"published": 1}


def test_strangers_see_no_figure_of_a_private_model(as_user: As, cast: Cast) -> None:
    secret = publish(cast.olga, "secret", visibility=Visibility.PRIVATE)
    put(secret, device="board", p50_ms=1.0)
    seen = as_user(cast.stella).get(PAGE).json()
    assert (seen["results"], seen["total"], seen["facets"][0]["values"]) == ([], 0, [])
    assert "secret" not in as_user(cast.stella).get(f"{PAGE}/export").content.decode()
    assert names(as_user(cast.olga).get(PAGE).json()) == ["secret"]


def test_a_number_measured_here_comes_with_its_conditions_and_its_job(
    as_user: As, cast: Cast
) -> None:
    board = connect(cast.olga)
    job = benchmark_job(cast.olga, board)
    attempt = granted(job, board, started=True)[0]
    said = {"epoch": 1, "outcome": "succeeded", "log_size": 0, "result": result([[2.0, 2.1]] * 3)}
    finish(attempt, decode(FinishRequest, said), "key")
    finalize(job.pk)
    (row,) = as_user(cast.rita).get(PAGE).json()["results"]
    assert row["conditions"]["job"] == job.pk
    assert (row["conditions"]["sample_count"], row["low_ms"] <= row["p50_ms"]) == (6, True)


def test_the_export_holds_what_the_filters_leave_and_runs_as_no_formula(
    models: dict[str, Artifact], as_user: As, cast: Cast
) -> None:
    ArtifactFigure.objects.filter(artifact=models["middle"]).update(device='=HYPERLINK("x")')
    answer = as_user(cast.rita).get(f"{PAGE}/export?max_p50_ms=2")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [(row["model"], row["p50_ms"]) for row in rows] == [
        ("olga/swift", "1.0"),
        ("olga/middle", "2.0"),
    ]
    assert rows[1]["device"] == '\'=HYPERLINK("x")'
