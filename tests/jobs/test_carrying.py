"""What was made and measured of a model's files stays while these files stay."""

import pytest
from ondol_runner.protocol import FinishRequest, decode, encode

from jobs.models import Benchmark
from jobs.selectors.devices import list_benchmarks
from jobs.services.benchmarks import finalize, finish
from portal.accounts.models import User
from repository.models import AiModel, Artifact, Blob, Revision
from repository.services.ai_models import register_model
from repository.services.artifacts import add_converted
from repository.services.commits import Change, commit
from repository.services.revisions import delete_revision, restore_revision
from repository.services.uploads import blob_of
from repository.types import ArtifactFormat, Precision
from tests.cast import Cast
from tests.jobs.scene import USAGE, benchmark_job, connect, granted, result
from tests.repository.registry import onnx_bytes, received

SAMPLES = [[1.0, 2.0, 3.0], [1.0, 2.0, 3.0], [2.0, 2.0, 12.0]]
SLOWER = [[7.0, 8.0, 9.0], [7.0, 8.0, 9.0], [8.0, 8.0, 12.0]]


def keep(user: User, path: str, content: bytes) -> Blob:
    return blob_of(received(user, path, content), path)


def convert(source: Artifact) -> Artifact:
    """Keep a conversion of an artifact; its bytes are no matter here."""
    return add_converted(
        source,
        format=ArtifactFormat.ONNX,
        precision=Precision.INT8,
        recipe={"tool": "quantize"},
        files={"model.onnx": source.files.get().blob},
        checked=None,
    )


def measure(user: User, artifact: Artifact, samples: list[list[float]]) -> None:
    board = connect(user)
    attempt, _ = granted(benchmark_job(user, board, artifact), board, started=True)
    whole = {"epoch": 1, "outcome": "succeeded", "log_size": 0, "result": result(samples)}
    finish(attempt, decode(FinishRequest, whole), f"key {attempt.pk}")
    finalize(attempt.job_id)


@pytest.fixture
def model(cast: Cast) -> AiModel:
    return register_model(
        cast.olga, owner="olga", name="tiny", changes={"service_type": "image-classification"}
    )


@pytest.fixture
def first(model: AiModel, cast: Cast) -> Revision:
    """Return a version with a conversion that was measured."""
    files = {"model.onnx": keep(cast.olga, "model.onnx", onnx_bytes())}
    revision = commit(cast.olga, model, Change("first", files, usage=encode(USAGE)))
    measure(cast.olga, convert(revision.artifacts.get()), SAMPLES)
    return revision


def edit_card(user: User, model: AiModel, text: bytes = b"# Tiny") -> Revision:
    return commit(user, model, Change("words", {"README.md": keep(user, "README.md", text)}))


def seen(revision: Revision) -> list[tuple[str, float | None]]:
    """Return the device files of a revision, each with its time."""
    return [
        (row.precision, figure.p50_ms if (figure := row.figures.first()) else None)
        for row in revision.artifacts.order_by("id")
    ]


def test_a_new_card_loses_no_device_file_and_no_figure(
    model: AiModel, first: Revision, cast: Cast
) -> None:
    second = edit_card(cast.olga, model)

    assert seen(second) == seen(first) == [("fp32", None), ("int8", 2.0)]
    converted = second.artifacts.get(precision="int8")
    assert converted.source == second.artifacts.get(precision="fp32")
    assert converted.files.get().path == "model.onnx"
    assert list(list_benchmarks(second)) == [Benchmark.objects.get()]


def test_what_is_learned_of_one_version_counts_for_all_with_its_files(
    model: AiModel, first: Revision, cast: Cast
) -> None:
    second = edit_card(cast.olga, model)
    measure(cast.olga, first.artifacts.get(precision="int8"), SLOWER)
    first.artifacts.filter(precision="int8").delete()
    third = edit_card(cast.olga, model, b"# Tinier")
    convert(third.artifacts.get(precision="fp32"))

    assert seen(second) == seen(third) == [("fp32", None), ("int8", 8.0)]
    assert first.artifacts.get(precision="int8").source == first.artifacts.get(precision="fp32")


def test_other_files_or_another_way_of_feeding_begin_anew(
    model: AiModel, first: Revision, cast: Cast
) -> None:
    usage = {**encode(USAGE), "labels": ["cat", "dog"]}
    words = keep(cast.olga, "README.md", b"# Tiny")
    fed = commit(cast.olga, model, Change("labels", {"README.md": words}, usage=usage))
    other = keep(cast.olga, "model.onnx", onnx_bytes().replace(b"one", b"two"))
    changed = commit(cast.olga, model, Change("weights", {"model.onnx": other}))
    back = restore_revision(cast.olga, first)

    assert seen(fed) == seen(changed) == [("fp32", None)]
    assert seen(back) == seen(first)


def test_a_deleted_version_leaves_its_figures_to_the_one_with_its_files(
    model: AiModel, first: Revision, cast: Cast
) -> None:
    second = edit_card(cast.olga, model)

    delete_revision(cast.olga, first)

    assert seen(second) == [("fp32", None), ("int8", 2.0)]
