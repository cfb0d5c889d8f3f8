import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.test import override_settings

from jobs.models import Attempt, Job
from portal.accounts.models import AuditEvent, User
from portal.accounts.services.audit import record
from portal.core.models import JanitorTick
from portal.operation.backups import MANIFEST, ROWS, back_up
from portal.operation.restores import CannotRestore, restore
from portal.operation.sealing import make_key, read_key
from portal.settings import base
from repository.blobs.store import blob_store
from repository.models import AiModel, Context, UploadSession
from repository.search.backend import search_index
from repository.selectors.search import Question, search_models
from repository.services.indexing import rebuild_index
from repository.services.uploads import start_upload
from tests.cast import PASSWORD, Cast
from tests.jobs.scene import benchmark_job, connect, granted, publish
from tests.operation.elsewhere import manage

CONTENT = b"the weights of a gate that knows people"
KEPT = (User, AiModel, Context, Job, Attempt, AuditEvent)


@pytest.fixture
def lived_in(transactional_db: None, vocabulary: None, cast: Cast) -> Cast:
    """Fill the server with people, a model, and a device at work on it."""
    artifact = publish(cast.olga, "gate", {"gate.onnx": CONTENT})
    board = connect(cast.olga)
    granted(benchmark_job(cast.olga, board, artifact), board, started=True)
    record(cast.ada, "model.delete", "olga/old", allowed=True)
    start_upload(cast.olga, filename="half.onnx", size_bytes=1_000)
    rebuild_index()
    return cast


@pytest.fixture
def move_out(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], None]:
    """Return what makes the server an empty one: no rows, no blobs, no index."""

    def move() -> None:
        call_command("flush", interactive=False, verbosity=0)
        home = tmp_path_factory.mktemp("empty")
        monkeypatch.setattr(settings, "ENV", settings.ENV.model_copy(update={"home": home}))
        blob_store.cache_clear()
        search_index.cache_clear()

    return move


def found(words: str) -> list[str]:
    olga = User.objects.get(username="olga")
    return [str(hit.ai_model) for hit in search_models(olga, Question(words)).found]


def rows() -> dict[str, list[object]]:
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in KEPT}


def test_what_is_restored_is_what_was_saved(
    lived_in: Cast, move_out: Callable[[], None], tmp_path: Path
) -> None:
    before, hits = rows(), found("gate")
    digest = AiModel.objects.get().revisions.get().files.get().blob_id
    folder, _ = back_up(tmp_path / "backups")
    move_out()
    manifest = restore(folder)

    assert rows() == before
    assert blob_store().path(digest).read_bytes() == CONTENT
    assert manifest.blobs[digest] == len(CONTENT)
    assert found("gate") == hits == ["olga/gate"]
    assert authenticate(username="olga", password=PASSWORD) == lived_in.olga
    assert not UploadSession.objects.filter(filename="half.onnx").exists()
    # New rows get new numbers.
    assert publish(lived_in.olga, "second").pk > 0
    assert not folder.stat().st_mode & 0o077


def test_a_second_backup_copies_only_what_is_new(lived_in: Cast, tmp_path: Path) -> None:
    root = tmp_path / "backups"
    back_up(root)
    first = {path: path.stat().st_mtime_ns for path in root.glob("blobs/??/??/*")}
    publish(lived_in.olga, "second", {"m.onnx": b"other weights"})
    back_up(root)
    second = {path: path.stat().st_mtime_ns for path in root.glob("blobs/??/??/*")}
    assert len(second) == len(first) + 1
    assert first.items() <= second.items()
    assert JanitorTick.objects.filter(duty="backup").exists()


def test_a_damaged_blob_is_named_and_the_rest_is_saved(lived_in: Cast, tmp_path: Path) -> None:
    good = AiModel.objects.get().revisions.get().files.get().blob_id
    publish(lived_in.olga, "second", {"m.onnx": b"other weights"})
    path = blob_store().path(good)
    path.chmod(0o644)
    path.write_bytes(b"X" * len(CONTENT))
    with pytest.raises(CommandError, match=good):
        call_command("backup", str(tmp_path / "backups"))
    (manifest,) = (tmp_path / "backups").glob(f"*/{MANIFEST}")
    assert json.loads(manifest.read_text())["damaged"] == [good]
    assert len(list((tmp_path / "backups").glob("blobs/??/??/*"))) == 1


HARMS: dict[str, Callable[[Path], object]] = {
    "is no backup": lambda folder: (folder / MANIFEST).unlink(),
    "is damaged": lambda folder: (folder / ROWS).write_bytes(b"x"),
    "with other migrations": lambda folder: _change(folder, migrations=["accounts.0001_initial"]),
    "format 2": lambda folder: _change(folder, format=2),
    "not as many as the manifest says": lambda folder: _change(folder, rows={}),
    "blobs are not in": lambda folder: next(folder.parent.glob("blobs/??/??/*")).unlink(),
}


def test_a_backup_that_is_not_whole_changes_nothing(
    lived_in: Cast, move_out: Callable[[], None], tmp_path: Path
) -> None:
    folder, _ = back_up(tmp_path / "backups")
    move_out()
    for number, (says, harm) in enumerate(HARMS.items()):
        copy = shutil.copytree(tmp_path / "backups", tmp_path / str(number)) / folder.name
        harm(copy)
        with pytest.raises(CannotRestore, match=says):
            restore(copy)
    assert not User.objects.exists()


def test_a_server_with_people_is_not_overwritten(lived_in: Cast, tmp_path: Path) -> None:
    folder, _ = back_up(tmp_path / "backups")
    with pytest.raises(CommandError, match="Restore into an empty one"):
        call_command("restore", str(folder))


def test_an_embedded_server_moves_into_this_database(
    transactional_db: None, move_out: Callable[[], None], tmp_path: Path
) -> None:
    """On the PostgreSQL tier this is the way from SQLite to PostgreSQL."""
    commands = (["update"], ["ensure_admin"], ["load_reference"], ["backup", str(tmp_path)])
    manage(tmp_path / "embedded", *commands)
    move_out()
    (folder,) = (path.parent for path in tmp_path.glob(f"*/{MANIFEST}"))
    restore(folder)
    with override_settings(PASSWORD_HASHERS=base.PASSWORD_HASHERS):
        assert authenticate(username="admin", password=PASSWORD) is not None
    assert Context.objects.count() > 400


@pytest.fixture
def sealed(lived_in: Cast, move_out: Callable[[], None], tmp_path: Path) -> tuple[Path, Path]:
    """Return a backup sealed for a key, and the file of the key; the server is an empty one."""
    key = tmp_path / "key.txt"
    public = make_key(key)
    call_command("backup", str(tmp_path / "backups"), "--recipient", public)
    move_out()
    (folder,) = (path.parent for path in (tmp_path / "backups").glob(f"*/{MANIFEST}"))
    return folder, key


def test_a_sealed_backup_is_read_by_its_key_alone(
    sealed: tuple[Path, Path], tmp_path: Path
) -> None:
    folder, key = sealed
    files = [path for path in folder.parent.rglob("*") if path.is_file()]
    assert len(files) > 2
    assert not [path for path in files if CONTENT in path.read_bytes()]
    assert b"olga" not in (folder / MANIFEST).read_bytes()

    other = tmp_path / "other.txt"
    make_key(other)
    for given, says in (([], "--key"), (["--key", other], "cannot be opened with this key")):
        with pytest.raises(CommandError, match=says):
            call_command("restore", str(folder), *map(str, given))
    assert not User.objects.exists()
    call_command("restore", str(folder), "--key", str(key))
    model = AiModel.objects.get()
    digest = model.revisions.get().files.get().blob_id
    assert blob_store().path(digest).read_bytes() == CONTENT
    assert authenticate(username="olga", password=PASSWORD) is not None
    assert not key.stat().st_mode & 0o077


def test_a_sealed_backup_that_was_cut_changes_nothing(sealed: tuple[Path, Path]) -> None:
    folder, key = sealed
    (blob,) = folder.parent.glob("blobs-*/??/??/*")
    whole = blob.read_bytes()
    blob.chmod(0o644)
    for harmed in (whole[:-1], whole[: len(whole) // 2], b"", whole[:-1] + bytes([whole[-1] ^ 1])):
        blob.write_bytes(harmed)
        with pytest.raises(CannotRestore, match="cannot be opened"):
            restore(folder, read_key(key))
    assert not User.objects.exists()


def test_what_is_no_key_is_refused_before_anything_is_written(tmp_path: Path, db: None) -> None:
    for recipient in ("age1", "", "ssh-ed25519 AAAA"):
        with pytest.raises(CommandError, match="is no public key"):
            call_command("backup", str(tmp_path / "backups"), "--recipient", recipient)
    assert not (tmp_path / "backups").exists()
    (tmp_path / "no.txt").write_text("# public key: age1\n")
    with pytest.raises(CommandError, match="holds no secret key"):
        call_command("restore", str(tmp_path), "--key", str(tmp_path / "no.txt"))
    with pytest.raises(CommandError, match="No key could be written"):
        call_command("backup_key", str(tmp_path / "no.txt"))


def _change(folder: Path, **values: object) -> None:
    path = folder / MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text()) | values))
