"""Releases signed by their publisher: what holds against who owns the server, and what does not."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from ondol import OndolError, cli
from ondol.releases import NotSigned, Release, Signed, make_key, read_key, read_signed, sign

from portal.accounts.models import AuditEvent
from repository.models import Blob, ModelFile, ReleaseSignature
from repository.services.blobs import adopt_file
from repository.services.signatures import MOST_SIGNATURES
from tests.client.conftest import Desk
from tests.jobs.tiny import tiny_model

pytestmark = pytest.mark.django_db(transaction=True)
MODEL = "olga/meter"


def run(*words: object) -> Result:
    return CliRunner().invoke(cli.cli, [str(word) for word in words], catch_exceptions=True)


@pytest.fixture
def work(desk: Desk, tmp_path: Path) -> Path:
    """Return the publisher's folder, which was pushed."""
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "model.onnx").write_bytes(tiny_model())
    (folder / "labels.txt").write_text("gate\n")
    done = run("push", MODEL, folder, "--service-type", "image-classification")
    assert done.exit_code == 0, done.output
    return folder


@pytest.fixture
def key(tmp_path: Path) -> tuple[Path, str]:
    path = tmp_path / "release.pem"
    public = run("keygen", path).output.strip()
    assert path.stat().st_mode & 0o077 == 0
    return path, public


def signed(work: Path, key: tuple[Path, str]) -> str:
    done = run("sign", MODEL, work, "--key", key[0])
    assert done.exit_code == 0, done.output
    return key[1]


def foreign(content: bytes, tmp_path: Path) -> Blob:
    path = tmp_path / "foreign"
    path.write_bytes(content)
    return adopt_file(path)


def pull(tmp_path: Path, *words: str) -> Result:
    return run("pull", MODEL, "--to", tmp_path / "device", *words)


def test_a_signed_version_is_pulled_by_who_pins_the_key(
    work: Path, key: tuple[Path, str], tmp_path: Path
) -> None:
    assert isinstance(pull(tmp_path, "--trust", key[1]).exception, NotSigned)
    public = signed(work, key)
    assert pull(tmp_path, "--trust", public).exit_code == 0
    assert (tmp_path / "device" / "model.onnx").read_bytes() == tiny_model()
    assert pull(tmp_path, "--trust", make_key(tmp_path / "other.pem")).exit_code == 1
    assert run("sign", MODEL, work, "--key", key[0]).exit_code == 0
    assert ReleaseSignature.objects.count() == 1
    assert AuditEvent.objects.filter(action="release.sign").count() == 1


def test_a_device_file_is_signed_for_itself_or_with_its_version(
    work: Path, key: tuple[Path, str], tmp_path: Path
) -> None:
    words = ("--artifact", "onnx", "--trust", key[1])
    assert isinstance(pull(tmp_path, *words).exception, NotSigned)
    assert run("sign", MODEL, work, "--key", key[0], "--artifact", "onnx").exit_code == 0
    assert pull(tmp_path, *words).exit_code == 0
    assert isinstance(pull(tmp_path, "--trust", key[1]).exception, NotSigned)
    ReleaseSignature.objects.all().delete()
    signed(work, key)
    assert pull(tmp_path, *words).exit_code == 0, "it is part of what was signed"


def test_who_holds_database_and_bytes_ships_nothing_to_who_pins_the_key(
    work: Path, key: tuple[Path, str], tmp_path: Path
) -> None:
    public = signed(work, key)
    version = ReleaseSignature.objects.get().revision
    bad = foreign(b"a bad model", tmp_path)
    forger = tmp_path / "forger.pem"
    make_key(forger)
    name = {"path": "labels.txt"}
    forged = sign(
        read_key(forger),
        Release(MODEL, version.oid, dict(version.files.values_list("path", "blob_id"))),
    )
    attacks: list[tuple[str, Any]] = [
        ("other bytes", lambda: version.files.filter(**name).update(blob=bad)),
        ("a file more", lambda: ModelFile.objects.create(revision=version, path="x", blob=bad)),
        ("a file less", lambda: version.files.filter(**name).delete()),
        ("another id", lambda: type(version).objects.filter(pk=version.pk).update(oid="0" * 40)),
        ("another name", lambda: type(version.ai_model).objects.update(name="other")),
        ("the text changed", lambda: version.signatures.update(statement=forged.statement + " ")),
        (
            "the word of another key under the name of this",
            lambda: version.signatures.update(signature=forged.signature),
        ),
    ]
    for what, attack in attacks:
        kept = _rows(version)
        attack()
        named = "olga/other" if what == "another name" else MODEL
        done = run("pull", named, "--to", tmp_path / "device", "--trust", public)
        assert isinstance(done.exception, NotSigned), what
        assert not (tmp_path / "device").exists(), what
        _put_back(version, kept)
    assert pull(tmp_path, "--trust", public).exit_code == 0


def _rows(version: Any) -> Any:
    return (
        list(version.files.values("path", "blob_id")),
        list(version.signatures.values("id", "statement", "signature")),
    )


def _put_back(version: Any, kept: Any) -> None:
    type(version).objects.filter(pk=version.pk).update(oid=version.oid)
    type(version.ai_model).objects.update(name="meter")
    version.files.all().delete()
    for row in kept[0]:
        ModelFile.objects.create(revision=version, **row)
    for row in kept[1]:
        version.signatures.filter(pk=row["id"]).update(**row)


def test_what_lies_on_the_server_is_signed_only_where_it_is_what_lies_here(
    work: Path, key: tuple[Path, str], tmp_path: Path
) -> None:
    ModelFile.objects.filter(path="labels.txt").update(blob=foreign(b"not ours", tmp_path))
    refused = run("sign", MODEL, work, "--key", key[0])
    assert "labels.txt: the server has other bytes" in str(refused.exception)
    (work / "labels.txt").unlink()
    assert "is not in" in str(run("sign", MODEL, work, "--key", key[0]).exception)
    assert not ReleaseSignature.objects.exists()


def test_a_key_is_never_written_over_and_no_other_file_is_taken_for_one(
    key: tuple[Path, str], tmp_path: Path
) -> None:
    before = key[0].read_bytes()
    assert "exists already" in str(run("keygen", key[0]).exception)
    assert key[0].read_bytes() == before
    (tmp_path / "other").write_text("nothing")
    with pytest.raises(OndolError, match="no key"):
        read_key(tmp_path / "other")


def test_a_text_that_is_no_release_is_none_though_it_is_signed(key: tuple[Path, str]) -> None:
    private = read_key(key[0])
    for text in ("", "[]", "{}", '"x"', '{"files": 1}', "[" * 9_000, '{"files": {"a": 1}}'):
        release = type("Other", (Release,), {"text": lambda _self, text=text: text})
        with pytest.raises(NotSigned):
            read_signed(sign(private, release("a/b", "0" * 40, {})))


def test_an_archive_bears_its_signatures_to_another_site(
    work: Path, key: tuple[Path, str], tmp_path: Path
) -> None:
    path = tmp_path / "meter.zip"
    unsigned = run("export", MODEL, "--to", path, "--trust", key[1])
    assert isinstance(unsigned.exception, NotSigned)
    assert not path.exists()
    public = signed(work, key)
    assert run("export", MODEL, "--to", path, "--trust", public).exit_code == 0
    assert run("import", path, "olga/there", "--trust", public).exit_code == 0

    there = ("pull", "olga/there", "--to", tmp_path / "device", "--trust", public)
    assert isinstance(run(*there).exception, NotSigned)
    assert run(*there, "--signed-as", MODEL).exit_code == 0

    bent = tmp_path / "bent.zip"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(bent, "w") as target:
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename == "ondol-archive.json":
                document = json.loads(content)
                document["versions"][0]["files"]["more.txt"] = next(iter(document["blobs"]))
                content = json.dumps(document).encode()
            target.writestr(entry, content)
    assert isinstance(run("import", bent, "olga/bent", "--trust", public).exception, NotSigned)
    assert run("import", bent, "olga/bent").exit_code == 0, "who pins nothing takes it"
    assert not ReleaseSignature.objects.filter(revision__ai_model__name="bent").filter(
        statement__contains="more.txt"
    )


def test_the_server_takes_only_what_is_signed_of_this_version(
    desk: Desk, work: Path, key: tuple[Path, str]
) -> None:
    private = read_key(key[0])
    row = desk.client.model(MODEL)["head"]["id"]
    files = {
        file["path"]: file["sha256"]
        for file in desk.client.server.get(f"/models/{MODEL}/files")["results"]
    }
    good = sign(private, Release(MODEL, row, files))
    other = sign(private, Release("olga/other", row, files))
    refused = [
        (Signed(good.key, other.statement, good.signature), "signature"),
        (other, "statement"),
        (sign(private, Release(MODEL, "0" * 40, files)), "statement"),
        (sign(private, Release(MODEL, row, {**files, "x": "0" * 64})), "statement"),
    ]
    address = f"/models/{MODEL}/revisions/{row}/signatures"
    for given, _field in refused:
        with pytest.raises(OndolError) as raised:
            desk.client.server.post(address, vars(given))
        assert raised.value.status == 422
    assert not ReleaseSignature.objects.exists()
    for at in range(MOST_SIGNATURES):
        ReleaseSignature.objects.create(
            revision_id=ModelFile.objects.first().revision_id,  # type: ignore[union-attr]
            key=good.key,
            statement="",
            statement_sha256=str(at),
            signature="",
        )
    with pytest.raises(OndolError) as full:
        desk.client.server.post(address, vars(good))
    assert full.value.code == "too_many_signatures"
