from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from jobs.models import Device, Runner
from portal.accounts.tokens import digest_of
from repository.models import Artifact
from repository.services.artifacts import put_figure
from repository.services.indexing import rebuild_index
from repository.types import ArtifactOrigin, FigureOrigin
from tests.cast import Cast
from tests.jobs.scene import publish

SEARCH = "/device/v1/search"
SECRET = "of-the-runner"


@pytest.fixture
def runner(cast: Cast, vocabulary: None) -> Runner:
    made = Runner.objects.create(
        name="r", owner=cast.rita, state="connected", token_digest=digest_of(SECRET)
    )
    for name in ("fits", "published", "huge", "other"):
        publish(cast.olga, name)
    figures = {
        "origin": FigureOrigin.MEASURED,
        "engine": "onnxruntime",
        "p50_ms": 1.0,
        "measured_at": timezone.now(),
    }
    huge = Artifact.objects.get(revision__ai_model__name="huge")
    put_figure(huge, profile="", device="b", peak_memory_bytes=10**12, **figures)
    Artifact.objects.filter(revision__ai_model__name="published").update(
        origin=ArtifactOrigin.PUBLISHED
    )
    Artifact.objects.filter(revision__ai_model__name="other").update(format="tflite")
    rebuild_index()
    return made


def board(runner: Runner, name: str = "board", engine: str = "onnxruntime") -> None:
    engines = [{"engine": engine, "version": "1"}]
    passport = {"engines": engines, "ram_bytes": 10**9}
    Device.objects.create(runner=runner, name=name, passport=passport)


def ask(secret: str = SECRET, **query: str) -> Any:
    return Client().get(SEARCH, query, headers={"Authorization": f"Bearer {secret}"})


def names(answer: Any) -> list[str]:
    return [row["model"]["name"] for row in answer.json()["results"]]


def test_a_device_finds_only_what_it_can_run(runner: Runner) -> None:
    board(runner)
    answer = ask()
    assert names(answer) == ["fits"]
    assert answer.json()["device"] == {
        "board": "board",
        "engines": ["onnxruntime"],
        "formats": ["onnx", "qnn_onnx"],
        "origins": ["uploaded", "converted"],
        "memory_bytes": 10**9,
        "left_out": 3,
    }
    assert names(ask(format="tflite")) == []


def test_a_board_without_an_engine_finds_nothing(runner: Runner) -> None:
    board(runner, engine="unheard-of")
    assert names(ask()) == []


def test_of_several_boards_one_says_that_it_asks(runner: Runner) -> None:
    assert ask().status_code == 404
    board(runner, "a")
    board(runner, "b", "litert")
    assert ask().status_code == 422
    assert "a, b" in ask().json()["message"]
    assert names(ask(board="b")) == ["other"]


def test_only_a_connected_runner_may_ask(runner: Runner) -> None:
    board(runner)
    assert ask("guess").status_code == 401
