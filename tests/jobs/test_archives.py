"""A model leaves one site as an archive and comes to another: whole, or not at all."""

import json
import struct
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.core.management import call_command
from ondol_runner.protocol import FinishRequest, decode, encode

from jobs.models import Benchmark, Job
from jobs.services.archives import export_model, import_archive
from jobs.services.benchmarks import finalize, finish, seal_of
from portal.core.errors import Invalid, Refusal
from repository.blobs.store import blob_store
from repository.models import AiModel, Artifact, ArtifactFigure, Blob, UploadSession
from repository.services.ai_models import (
    ModelChanges,
    NameTaken,
    delete_model,
    register_model,
)
from repository.services.archives.restore import Target
from repository.services.artifacts import add_converted
from repository.services.collection import collect_blobs
from repository.services.commits import Change, commit
from repository.services.quota import set_limit
from repository.services.refs import create_ref
from repository.services.uploads import blob_of
from repository.types import ArtifactFormat, FigureOrigin, Precision, RefKind
from tests.cast import Cast
from tests.jobs.scene import USAGE, benchmark_job, connect, granted, result
from tests.repository.registry import onnx_bytes, received, upload

Bend = Callable[[dict[str, Any]], None]
CARD = b"---\nlicense: mit\n---\n# Tiny\n"


@pytest.fixture
def model(cast: Cast) -> AiModel:
    """Return a model with a version, a converted and measured device file, and its evidence."""
    entry: ModelChanges = {"service_type": "image-classification"}
    made = register_model(cast.olga, owner="olga", name="tiny", changes=entry)
    given = {"model.onnx": onnx_bytes(), "README.md": CARD, "labels.txt": b"weights"}
    new = {path: blob_of(received(cast.olga, path, text), path) for path, text in given.items()}
    usage = encode(USAGE)
    revision = commit(cast.olga, made, Change("first", new, usage=usage))
    artifact = revision.artifacts.get()
    create_ref(cast.olga, revision, RefKind.TAG, "1.0")
    create_ref(cast.olga, revision, RefKind.ALIAS, "stable")
    add_converted(
        artifact,
        format=ArtifactFormat.ONNX,
        precision=Precision.INT8,
        recipe={"tool": "quantize"},
        files={"model.onnx": new["model.onnx"], "labels.txt": new["labels.txt"]},
        checked=None,
    )
    board = connect(cast.olga)
    attempt, _ = granted(benchmark_job(cast.olga, board, artifact), board, started=True)
    said = result([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0], [2.0, 2.0, 12.0]])
    whole = {"epoch": 1, "outcome": "succeeded", "log_size": 0, "result": said}
    finish(attempt, decode(FinishRequest, whole), "key")
    finalize(attempt.job_id)
    return revision.ai_model


@pytest.fixture
def archive(model: AiModel, tmp_path: Path) -> Path:
    path = tmp_path / "tiny.ondol.zip"
    export_model(model, path)
    return path


def forget(cast: Cast, model: AiModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make this site one that has never seen the model: neither its rows nor its bytes."""
    monkeypatch.setattr(settings, "ENV", settings.ENV.model_copy(update={"blob_grace_s": 0}))
    Job.objects.all().delete()
    delete_model(cast.ada, model)
    UploadSession.objects.all().delete()
    collect_blobs()


def bent(archive: Path, bend: Bend | None = None, extra: str = "") -> Path:
    """Return another archive: its document bent, an entry added."""
    other = archive.with_name("bent.zip")
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(other, "w") as target:
        for entry in source.infolist():
            content = source.read(entry)
            if bend is not None and entry.filename == "ondol-archive.json":
                document = json.loads(content)
                bend(document)
                content = json.dumps(document).encode()
            target.writestr(entry.filename, content)
        if extra:
            target.writestr(extra, b"x")
    return other


def refused(cast: Cast, path: Path) -> str:
    with pytest.raises(Refusal) as refusal:
        import_archive(cast.olga, path, Target("olga", "again"))
    assert not AiModel.objects.filter(name="again").exists()
    assert [*settings.ENV.home.glob("incoming/*")] == []
    return refusal.value.message


def test_all_of_a_model_comes_to_a_site_that_never_saw_it(
    cast: Cast, model: AiModel, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {row.path: row.blob_id for row in model.revisions.get().files.all()}
    oid = model.revisions.get().oid
    forget(cast, model, monkeypatch)
    assert not Blob.objects.filter(pk__in=before.values()).exists()

    made = import_archive(cast.stella, archive, Target("stella", "tiny")).ai_model

    revision = made.revisions.get()
    assert (revision.oid, revision.author) == (oid, cast.stella)
    assert {row.path: row.blob_id for row in revision.files.all()} == before
    assert all(blob_store().exists(sha256) for sha256 in before.values())
    assert revision.readme.front_matter == {"license": "mit"}
    assert revision.lineage.source.endswith("/models/olga/tiny")
    assert {ref.name: ref.kind for ref in made.refs.all()} == {
        "main": "branch",
        "1.0": "tag",
        "stable": "alias",
    }
    source, converted = revision.artifacts.order_by("id")
    assert (converted.source, converted.recipe) == (source, {"tool": "quantize"})
    assert converted.files.count() == 2


def test_numbers_are_counted_anew_and_say_that_they_are_from_elsewhere(
    cast: Cast, archive: Path
) -> None:
    made = import_archive(cast.stella, archive, Target("stella", "tiny")).ai_model

    here = Benchmark.objects.get(artifact__revision__ai_model=made)
    there = Benchmark.objects.exclude(pk=here.pk).get()
    figure = ArtifactFigure.objects.get(artifact__revision__ai_model=made)
    assert (here.p50_ms, here.p95_ms, here.sample_count) == (2.0, there.p95_ms, 9)
    assert here.evidence.sha256 == there.evidence.sha256 == seal_of(here.evidence.document)
    assert (here.device_name, here.device) == ("board (imported)", None)
    assert (figure.origin, figure.p50_ms) == (FigureOrigin.IMPORTED, 2.0)


def test_an_archive_goes_from_one_archive_to_the_next(
    cast: Cast, archive: Path, tmp_path: Path
) -> None:
    made = import_archive(cast.stella, archive, Target("stella", "tiny")).ai_model
    export_model(made, tmp_path / "second.zip")

    again = import_archive(cast.olga, tmp_path / "second.zip", Target("olga", "again")).ai_model

    assert again.revisions.get().artifacts.count() == 2
    shown = Benchmark.objects.get(artifact__revision__ai_model=again).device_name
    assert shown == "board (imported)"


def test_a_taken_name_and_a_full_account_are_said_before_the_bytes(
    cast: Cast, model: AiModel, archive: Path
) -> None:
    with pytest.raises(NameTaken):
        import_archive(cast.olga, archive, Target("olga", "tiny"))
    set_limit(cast.ada, cast.stella.namespace, 10)
    with pytest.raises(Invalid, match="may hold 10 bytes"):
        import_archive(cast.stella, archive, Target("stella", "tiny"))


BENT: list[tuple[Bend, str]] = [
    (lambda d: d["versions"][0]["files"].update({"../x": "0" * 64}), "not allowed"),
    (lambda d: d["versions"][0]["files"].update({"x": "0" * 64}), "not in the archive"),
    (lambda d: d["versions"][0].update(parent="0" * 40), "before that"),
    (lambda d: d["versions"].append(d["versions"][0]), "twice"),
    (lambda d: d["names"][0].update(moves=["0" * 40]), "before that"),
    (lambda d: d["names"].append(d["names"][0]), "contradict"),
    (lambda d: d["names"][0].update(name="refs/../x"), "not allowed"),
    (lambda d: d["model"].update(service_type="none"), "no service type"),
    (lambda d: d["model"].update(surprise=1), "surprise"),
    (lambda d: d["model"].update(summary="\0"), "NUL"),
    (lambda d: d.update(version=2), "version"),
    (lambda d: d["blobs"].update({"1" * 64: 5}), "missing"),
    (lambda d: d["blobs"].update(dict.fromkeys(d["blobs"], 5)), "another size"),
    (lambda d: d["benchmarks"][0]["document"]["spec"].update(threads=2), "changed"),
    (lambda d: d["forms"][0]["figures"][0].update(p50_ms=-1), "p50_ms"),
    (lambda d: d["forms"][0]["figures"][0].update(p50_high_ms=0.1), "contradict"),
]


def test_what_the_document_should_not_say_is_refused(cast: Cast, archive: Path) -> None:
    for bend, said in BENT:
        assert said in refused(cast, bent(archive, bend))


def test_samples_that_cannot_be_are_no_number_even_under_a_right_seal(
    cast: Cast, archive: Path
) -> None:
    def bend(document: dict[str, Any]) -> None:
        row = document["benchmarks"][0]
        row["document"]["result"]["launches"][0]["samples_ms"][0] = -1.0
        row["sha256"] = seal_of(row["document"])

    assert "cannot be used" in refused(cast, bent(archive, bend))


def test_bytes_of_another_digest_are_refused(cast: Cast, archive: Path) -> None:
    content = archive.read_bytes()
    at = content.index(b"weights")
    archive.write_bytes(content[:at] + b"WEIGHTS" + content[at + 7 :])
    assert "broken" in refused(cast, archive)

    archive.write_bytes(content)
    with zipfile.ZipFile(archive) as source:
        kept = {name: source.read(name) for name in source.namelist()}
    with zipfile.ZipFile(archive, "w") as target:
        for name, text in kept.items():
            target.writestr(name, text.replace(b"weights", b"WEIGHTS"))
    assert "another digest" in refused(cast, archive)


def test_a_cut_archive_is_none_wherever_it_was_cut(cast: Cast, archive: Path) -> None:
    content = archive.read_bytes()
    for length in (0, 21, 100, len(content) // 2, len(content) - 1):
        archive.write_bytes(content[:length])
        assert "no whole archive" in refused(cast, archive)


def test_bombs_and_strangers_are_refused_before_anything_is_unpacked(
    cast: Cast, archive: Path, tmp_path: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "packed.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("ondol-archive.json", bytes(2**24))
    long = BytesIO(b"PK\5\6" + struct.pack("<4H2LH", 0, 0, 9, 9, 2**30, 0, 0))
    (tmp_path / "long.zip").write_bytes(long.getvalue())
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as other:
        other.writestr("hello.txt", b"hello")

    assert "neither packed" in refused(cast, tmp_path / "packed.zip")
    assert "more entries" in refused(cast, tmp_path / "long.zip")
    assert "no model that Ondol exported" in refused(cast, tmp_path / "other.zip")
    assert "missing, too much" in refused(cast, bent(archive, extra="blobs/../../x"))


def test_a_person_moves_a_model_by_rest(
    api: Callable[..., httpx.Client], cast: Cast, vocabulary: None
) -> None:
    olga, client = api(cast.olga), api(cast.stella)
    entry = {
        "owner": "olga",
        "name": "entry",
        "service_type": "image-classification",
        "license": "mit",
    }
    assert olga.post("/models", json=entry).status_code == 201
    card = [{"path": "README.md", "upload_id": upload(olga, "README.md", CARD)["id"]}]
    olga.post("/models/olga/entry/commits", json={"message": "card", "files": card})
    content = client.get("/models/olga/entry/archive", params={"of": "model"}).content
    sent = upload(client, "entry.ondol.zip", content)

    made = client.post("/archives", json={"upload_id": sent["id"], "name": "mine"})

    assert made.status_code == 201, made.text
    told = made.json()
    assert (told["model"], told["has_files"], told["versions"]) == ("stella/mine", False, 1)
    assert client.get("/models/stella/mine").json()["license"] == "mit"
    assert client.get("/models/olga/entry/archive?of=all").status_code == 422


def test_an_administrator_moves_a_model_by_files(
    cast: Cast, model: AiModel, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("export_model", "olga/tiny", str(tmp_path / "a.zip"))
    call_command("import_model", str(tmp_path / "a.zip"), "stella/copy", **{"as": "stella"})

    assert "1 versions, 2 device files, 1 benchmarks" in capsys.readouterr().out
    assert Artifact.objects.filter(revision__ai_model__name="copy").count() == 2


def test_what_nobody_is_given_stays_and_is_named(cast: Cast, model: AiModel, archive: Path) -> None:
    Blob.objects.filter(model_files__path="model.onnx").update(damaged_at="2026-01-01T00:00Z")

    document = export_model(model, archive)

    assert next((row.path, row.why) for row in document.left_out) == ("model.onnx", "damaged")
    made = import_archive(cast.stella, archive, Target("stella", "tiny")).ai_model
    assert [file.path for file in made.revisions.get().files.all()] == ["README.md", "labels.txt"]
