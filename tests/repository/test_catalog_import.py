import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from portal.accounts.models import User
from portal.accounts.services.people import create_user
from portal.accounts.types import Role
from repository.catalog.reading import (
    ACCURACY,
    BENCHMARKS,
    MODELS,
    UnreadableCatalog,
    read_catalog,
)
from repository.catalog.rules import contexts_of, runtime_of, service_type_of
from repository.models import AiModel, Artifact, Revision
from repository.services.catalog_import import SAMPLE, import_catalog, import_sample
from repository.services.commits import Change, commit
from repository.services.uploads import blob_of
from tests.cast import Cast
from tests.repository.registry import onnx_bytes, received

pytestmark = pytest.mark.django_db
WANTED = {"easyocr", "yolov8_det", "ffnet_40s", "albert_base_v2_hf"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a catalog of four models: one is two networks, one has accuracies."""
    lines = (SAMPLE / MODELS).read_text("utf-8").splitlines()
    kept = [line for line in lines if json.loads(line)["id"] in WANTED]
    (tmp_path / MODELS).write_text("\n".join(kept), "utf-8")
    for name in (BENCHMARKS, ACCURACY):
        head, *rows = (SAMPLE / name).read_text("utf-8").splitlines()
        kept = [row for row in rows if row.split(",")[0] in WANTED]
        (tmp_path / name).write_text("\n".join([head, *kept]), "utf-8")
    return tmp_path


@pytest.fixture
def admin(vocabulary: None) -> User:
    return create_user("curator", None, role=Role.ADMIN)


def test_the_sample_is_partitioned_into_the_shipped_service_types() -> None:
    entries = read_catalog(SAMPLE)
    counts = Counter(service_type_of(entry) for entry in entries)
    assert sum(counts.values()) == 167
    assert len(counts) == 13
    assert (counts["image-classification"], counts["worker-safety"]) == (35, 1)


def test_a_memory_of_zero_was_not_measured() -> None:
    found = [row.memory_bytes for entry in read_catalog(SAMPLE) for row in entry.latencies]
    assert 0 not in found
    assert found.count(None) >= 86


def test_scenarios_are_cleaned_of_spelling(vocabulary: None) -> None:
    words = {word for entry in read_catalog(SAMPLE) for word in contexts_of(entry)}
    assert len(words) == 54
    assert "autonomous driving" in words
    assert not {"self driving cars", "and building access control"} & words


def test_every_published_runtime_has_a_format_and_an_engine() -> None:
    names = {row.runtime for entry in read_catalog(SAMPLE) for row in entry.latencies}
    assert {runtime_of(name)[1] for name in names} == {"litert", "onnxruntime", "qnn"}


def test_an_entry_comes_with_its_card_contexts_and_figures(admin: User, folder: Path) -> None:
    done = import_catalog(admin, folder)
    assert done.models == 4
    made = AiModel.objects.get(namespace__slug="catalog", name="ffnet_40s")
    assert made.service_type.slug == "autonomous-driving"
    contexts = sorted(made.contexts.values_list("slug", flat=True))
    assert contexts == ["automotive", "autonomous-driving", "camera", "real-time"]
    artifact = Artifact.objects.get(
        revision__ai_model=made, format="tflite", precision="float", origin="published"
    )
    assert not artifact.files.exists()
    assert artifact.metric == "mIoU"
    assert artifact.accuracy_device == "Samsung Galaxy S25"
    figure = artifact.figures.get(device="Samsung Galaxy S24")
    assert (figure.origin, figure.engine, figure.compute_unit) == ("published", "litert", "NPU")
    assert figure.p50_ms > 0


def test_importing_again_changes_nothing(admin: User, folder: Path) -> None:
    def found() -> tuple[object, ...]:
        filed = AiModel.contexts.through.objects.values_list("aimodel__name", "context__slug")
        return AiModel.objects.count(), Artifact.objects.count(), sorted(filed)

    import_catalog(admin, folder)
    before = found()
    import_catalog(admin, folder)
    assert found() == before
    assert ("albert_base_v2_hf", "edge-backbone") in before[2]
    assert AiModel.objects.get(name="easyocr").refs.get(name="main").moves.count() == 1


def test_figures_of_one_network_are_not_the_latency_of_the_whole(
    admin: User, folder: Path, as_user: Any
) -> None:
    import_catalog(admin, folder)
    rows = as_user(admin).get("/api/v1/models?q=easyocr").json()["results"]
    assert rows[0]["best"]["latency"] is None
    rows = as_user(admin).get("/api/v1/models?q=yolov8").json()["results"]
    assert rows[0]["best"]["latency"]["source"] == "published"
    assert not as_user(admin).get("/api/v1/models?q=easyocr&max_latency_ms=9999").json()["results"]


def test_a_published_artifact_cannot_be_run_or_converted(
    admin: User, folder: Path, as_user: Any
) -> None:
    import_catalog(admin, folder)
    artifact = Artifact.objects.filter(format="onnx").first()
    assert artifact is not None
    answer = as_user(admin).post(
        "/api/v1/jobs",
        {
            "kind": "convert",
            "artifact": artifact.pk,
            "target": {"format": "openvino", "precision": "fp32"},
        },
        content_type="application/json",
    )
    assert answer.status_code == 422
    assert "not its files" in answer.json()["message"]


@pytest.mark.parametrize(
    ("name", "line", "words"),
    [
        (MODELS, '{"id": 7}', "line 5"),
        (BENCHMARKS, "nobody,X,float,Board,tflite,1,0,1,NPU,5", "no model 'nobody'"),
        (BENCHMARKS, "easyocr,X,float,Board,tflite,fast,0,1,NPU,5", "could not convert"),
        (BENCHMARKS, "easyocr,X,float,Board,tflite,-1,0,1,NPU,5", "above zero"),
        (ACCURACY, "easyocr,set,metric,,Board,float,tflite,", "accuracy.csv, line"),
    ],
)
def test_a_malformed_line_is_named_and_nothing_is_imported(
    admin: User, folder: Path, name: str, line: str, words: str
) -> None:
    path = folder / name
    path.write_text(path.read_text("utf-8").rstrip("\n") + f"\n{line}\n", "utf-8")
    with pytest.raises(UnreadableCatalog, match=words):
        import_catalog(admin, folder)
    assert not AiModel.objects.exists()


def test_a_folder_without_a_catalog_is_one_clear_line(admin: User, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="A catalog folder holds"):
        call_command("import_catalog", str(tmp_path))


def test_the_sample_is_loaded_in_the_background_for_maintainers_only(
    admin: User, cast: Cast, as_user: Any
) -> None:
    answer = as_user(cast.stella).post("/api/v1/sample-catalog")
    assert (answer.status_code, answer.json()["code"]) == (403, "role_too_low")
    client: Client = as_user(admin)
    answer = client.post("/api/v1/sample-catalog")
    assert (answer.status_code, answer.json()["loading"]) == (202, True)
    import_sample(admin.pk)
    assert client.get("/api/v1/sample-catalog").json()["models"] == 167


def test_published_figures_stay_until_a_file_of_the_model_comes(folder: Path, admin: User) -> None:
    import_catalog(admin, folder)
    model = AiModel.objects.get(name="yolov8_det")

    def times(revision: Revision) -> list[float]:
        return sorted(revision.artifacts.values_list("figures__p50_ms", flat=True))

    def add(name: str, content: bytes) -> Revision:
        blob = blob_of(received(admin, name, content), name)
        return commit(admin, model, Change("ours", {name: blob}))

    before = times(model.revisions.get())

    assert times(add("README.md", b"# In our words")) == before != []
    assert times(add("model.onnx", onnx_bytes())) == [None]
