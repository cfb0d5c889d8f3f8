"""Rows for a device: its own figures, those of its class, and none of others."""

from typing import Any

import pytest
from django.utils import timezone

from portal.accounts.models import User
from repository.models import Artifact, ArtifactFigure
from repository.services.indexing import rebuild_index
from repository.types import FigureOrigin, Visibility
from tests.cast import Cast
from tests.jobs.scene import publish

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("vocabulary")]
CLASS, BOARD, OTHER = "rb3-gen-2", "gate-cam-02", "samsung-galaxy-s24"


def figure(artifact: Artifact, profile: str, device: str, p50_ms: float, origin: str) -> None:
    ArtifactFigure.objects.create(
        artifact=artifact,
        profile=profile,
        device=device,
        engine="onnxruntime",
        p50_ms=p50_ms,
        origin=origin,
        measured_at=timezone.now(),
    )


@pytest.fixture
def artifact(cast: Cast) -> Artifact:
    """Return what is fast on one device, slower on a class of boards, slowest on one of them."""
    made = publish(cast.olga)
    figure(made, OTHER, "Samsung Galaxy S24", 1.0, FigureOrigin.PUBLISHED)
    figure(made, CLASS, "RB3 Gen 2", 3.0, FigureOrigin.PUBLISHED)
    figure(made, CLASS, BOARD, 4.0, FigureOrigin.MEASURED)
    rebuild_index()
    return made


def ask(as_user: Any, user: User, question: str) -> list[Any]:
    answer = as_user(user).get(f"/api/v1/{question}")
    assert answer.status_code == 200, answer.content
    rows: list[Any] = answer.json()["results"]
    return rows


@pytest.mark.parametrize(
    ("devices", "p50_ms"),
    [
        (f"for_device={BOARD}&for_device={CLASS}", 4.0),
        (f"for_device=gate-cam-09&for_device={CLASS}", 4.0),
        (f"for_device={OTHER}", 1.0),
        ("", 4.0),
    ],
)
def test_a_row_shows_the_figure_of_the_first_device_that_has_one(
    cast: Cast, artifact: Artifact, as_user: Any, devices: str, p50_ms: float
) -> None:
    (row,) = ask(as_user, cast.olga, f"models?{devices}")
    assert row["best"]["latency"]["p50_ms"] == p50_ms
    (found,) = ask(as_user, cast.olga, f"search?q=&{devices}")
    assert found["model"]["best"]["latency"]["p50_ms"] == p50_ms


def test_a_device_without_figures_shows_none_of_another(
    cast: Cast, artifact: Artifact, as_user: Any
) -> None:
    (row,) = ask(as_user, cast.olga, "models?for_device=galaxy-s22")
    assert row["best"]["artifact_id"] == artifact.pk
    assert row["best"]["latency"] is None


def test_a_limit_holds_on_the_device_that_was_named(
    cast: Cast, artifact: Artifact, as_user: Any
) -> None:
    assert ask(as_user, cast.olga, f"models?max_latency_ms=2&for_device={OTHER}")
    assert not ask(as_user, cast.olga, f"models?max_latency_ms=2&for_device={CLASS}")


def test_boards_are_those_of_figures_one_may_see(
    cast: Cast, artifact: Artifact, as_user: Any
) -> None:
    mine = publish(cast.olga, "secret", visibility=Visibility.PRIVATE)
    figure(mine, "", "bench-7", 9.0, FigureOrigin.MEASURED)
    known = [("rb3-gen-2", "RB3 Gen 2"), ("samsung-galaxy-s24", "Samsung Galaxy S24")]
    boards = [(row["slug"], row["name"]) for row in ask(as_user, cast.mark, "boards")]
    assert boards == known
    boards = [(row["slug"], row["name"]) for row in ask(as_user, cast.olga, "boards")]
    assert boards == [*known, ("bench-7", "bench-7")]
