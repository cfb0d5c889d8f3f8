from collections.abc import Callable
from pathlib import Path

import pytest

from portal.core.errors import Refusal
from repository.models import AiModel
from repository.services.folder_import import import_folder
from tests.cast import Cast

CARD = """---
license: apache-2.0
pipeline_tag: image-classification
tags: [service-type:intrusion-detection, context:night, factory]
---
# Gate
"""
OID = "ab" * 20


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """Return what a Hugging Face client leaves: blobs, and a snapshot of links to them."""
    root = tmp_path / "hub" / "models--acme--Gate"
    snapshot = root / "snapshots" / OID
    for folder in (root / "blobs", root / "refs", snapshot / "sub"):
        folder.mkdir(parents=True)
    (root / "refs" / "main").write_text(OID)
    for path, content in {"README.md": CARD, "sub/labels.txt": "a\nb\n"}.items():
        blob = root / "blobs" / path.replace("/", "-")
        blob.write_text(content)
        (snapshot / path).symlink_to(blob)
    return root


Import = Callable[[Path], AiModel]


@pytest.fixture
def bring(cast: Cast) -> Import:
    def run(folder: Path) -> AiModel:
        return import_folder(cast.olga, folder, owner="olga", name="gate")

    return run


def test_a_cached_snapshot_becomes_a_model_as_its_card_says(bring: Import, cache: Path) -> None:
    made = bring(cache)

    assert {file.path for file in made.revisions.get().files.all()} == {
        "README.md",
        "sub/labels.txt",
    }
    assert (made.service_type.slug, made.license) == ("intrusion-detection", "apache-2.0")
    assert {context.slug for context in made.contexts.all()} >= {"night", "factory"}
    assert made.revisions.get().lineage.source == f"acme/Gate@{OID}"


def test_a_plain_folder_comes_without_its_hidden_files(bring: Import, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    (folder / ".cache").mkdir(parents=True)
    (folder / ".cache" / "x").write_text("x")
    (folder / "README.md").write_text(CARD)

    assert [file.path for file in bring(folder).revisions.get().files.all()] == ["README.md"]


def test_links_out_of_the_folder_are_not_followed(
    bring: Import, cache: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x")
    link = cache / "snapshots" / OID / "leak.txt"
    for target, said in ((secret, "out of the folder"), (tmp_path / "gone", "no file")):
        link.unlink(missing_ok=True)
        link.symlink_to(target)
        with pytest.raises(Refusal, match=said):
            bring(cache)
    assert not AiModel.objects.exists()


def test_a_folder_that_is_no_model_says_why(bring: Import, tmp_path: Path) -> None:
    folder = tmp_path / "models--a--b"
    (folder / "snapshots").mkdir(parents=True)
    with pytest.raises(Refusal, match="no snapshot"):
        bring(folder)
    (tmp_path / "empty").mkdir()
    with pytest.raises(Refusal, match="no files"):
        bring(tmp_path / "empty")
    (tmp_path / "empty" / "a.txt").write_text("a")
    with pytest.raises(Refusal, match="Say what the model is for"):
        bring(tmp_path / "empty")
