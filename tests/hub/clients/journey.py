"""What people do with `huggingface_hub`, from the first call to the last, in any of its ages.

Run by the interpreter of the client under test; prints what it saw as one line of JSON.
"""

import hashlib
import io
import json
import pathlib
import sys
import tempfile
from typing import Any

import huggingface_hub
from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationCopy,
    CommitOperationDelete,
    HfApi,
    hf_hub_download,
    snapshot_download,
)
from huggingface_hub.errors import (
    EntryNotFoundError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

REPO = "olga/Journey-Model"
CARD = """---
license: apache-2.0
pipeline_tag: image-classification
tags: [context:night, pedestrian, service-type:parking-enforcement]
language: ko
datasets: [night-streets]
base_model: olga/base
---
# Journey
"""
LARGE = hashlib.sha256(b"seed").digest() * (9 * 2**15)
api = HfApi()
seen: dict[str, Any] = {"version": huggingface_hub.__version__}


def fails(kind: type[Exception], call: Any) -> str:
    try:
        call()
    except kind as error:
        return type(error).__name__ + ": " + str(error)
    return "no error"


def write(folder: pathlib.Path) -> None:
    (folder / "sub").mkdir()
    (folder / "README.md").write_text(CARD)
    (folder / "config.json").write_text('{"a": 1}')
    (folder / "sub" / "labels.txt").write_text("낮\n밤\n")
    (folder / "sub" / "empty.txt").write_text("")
    (folder / "weights.bin").write_bytes(LARGE)


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    write(folder)
    who = api.whoami()
    seen["who"] = who["name"]
    seen["exists before"] = api.repo_exists(REPO)
    seen["created"] = api.create_repo(REPO).repo_id
    seen["created again"] = api.create_repo(REPO, exist_ok=True).repo_id
    seen["empty"] = [sibling.rfilename for sibling in api.model_info(REPO).siblings]
    api.upload_folder(repo_id=REPO, folder_path=folder, commit_message="All of it")
    first = api.model_info(REPO, files_metadata=True)
    seen["files"] = sorted(sibling.rfilename for sibling in first.siblings)
    seen["lfs"] = [sibling.rfilename for sibling in first.siblings if sibling.lfs]
    seen["tags"] = first.tags
    seen["task"] = first.pipeline_tag
    api.upload_file(
        repo_id=REPO, path_in_repo="notes.txt", path_or_fileobj=io.BytesIO(b"first notes")
    )
    if hasattr(api, "verify_repo_checksums"):
        got = snapshot_download(REPO)
        seen["verified"] = bool(api.verify_repo_checksums(REPO, local_dir=got))

snapshot = pathlib.Path(snapshot_download(REPO))
seen["snapshot"] = sorted(
    str(path.relative_to(snapshot)) for path in snapshot.rglob("*") if path.is_file()
)
seen["intact"] = (snapshot / "weights.bin").read_bytes() == LARGE
seen["empty file"] = (snapshot / "sub" / "empty.txt").read_bytes() == b""
config = hf_hub_download(REPO, "config.json", revision=first.sha)
seen["config"] = json.loads(pathlib.Path(config).read_text())
seen["file_exists"] = [api.file_exists(REPO, "config.json"), api.file_exists(REPO, "none.json")]
tree = list(api.list_repo_tree(REPO, recursive=True, expand=True))
seen["tree"] = [entry.path for entry in tree]
seen["changed by"] = {
    entry.path: entry.last_commit.title for entry in tree if getattr(entry, "last_commit", None)
}
seen["paths"] = [entry.path for entry in api.get_paths_info(REPO, ["sub", "nope", "config.json"])]
refs = api.list_repo_refs(REPO)
seen["branches"] = [ref.name for ref in refs.branches]
seen["commits"] = [commit.title for commit in api.list_repo_commits(REPO)]
seen["found"] = [found.id for found in api.list_models(search="journey")]
seen["by tag"] = [found.id for found in api.list_models(filter="context:night")]
told = ["dataset:night-streets", "language:ko", "base_model:olga/base", "license:apache-2.0"]
seen["by card"] = [found.id for found in api.list_models(filter=told)]
seen["by card and search"] = [found.id for found in api.list_models(filter=told, search="journey")]
seen["by other card"] = [found.id for found in api.list_models(filter=["dataset:journey"])]
seen["by author"] = [found.id for found in api.list_models(author="olga", full=True)]
seen["no model"] = fails(RepositoryNotFoundError, lambda: api.model_info("olga/none"))
seen["no revision"] = fails(RevisionNotFoundError, lambda: api.model_info(REPO, revision="none"))
seen["no entry"] = fails(EntryNotFoundError, lambda: hf_hub_download(REPO, "none.bin"))
seen["no dataset"] = fails(HfHubHTTPError, lambda: api.create_repo("d", repo_type="dataset"))

commit = api.create_commit(
    REPO,
    operations=[
        CommitOperationAdd("more.txt", b"more"),
        CommitOperationDelete("notes.txt"),
        CommitOperationDelete("sub/"),
        CommitOperationCopy("weights.bin", "copy.bin"),
    ],
    commit_message="Several\n\nat once",
    parent_commit=api.model_info(REPO).sha,
)
seen["commit url"] = commit.commit_url
seen["after"] = sorted(api.list_repo_files(REPO))
seen["stale"] = fails(
    HfHubHTTPError,
    lambda: api.upload_file(
        repo_id=REPO, path_in_repo="x.txt", path_or_fileobj=b"x", parent_commit=first.sha
    ),
)
seen["missing"] = fails(EntryNotFoundError, lambda: api.delete_file("none.txt", REPO))
seen["pull request"] = fails(
    HfHubHTTPError,
    lambda: api.upload_file(
        repo_id=REPO, path_in_repo="x.txt", path_or_fileobj=b"x", create_pr=True
    ),
)
api.create_branch(REPO, branch="feat/one")
api.upload_file(repo_id=REPO, path_in_repo="b.txt", path_or_fileobj=b"b", revision="feat/one")
seen["on branch"] = api.file_exists(REPO, "b.txt", revision="feat/one")
seen["on main"] = api.file_exists(REPO, "b.txt")
api.create_tag(REPO, tag="1.0.0", tag_message="first")
seen["tags made"] = [ref.name for ref in api.list_repo_refs(REPO).tags]
seen["tag twice"] = fails(HfHubHTTPError, lambda: api.create_tag(REPO, tag="1.0.0"))
api.delete_tag(REPO, tag="1.0.0")
api.delete_branch(REPO, branch="feat/one")
seen["refs left"] = [ref.name for ref in api.list_repo_refs(REPO).branches]
api.move_repo(REPO, "olga/moved")
seen["moved"] = [api.model_info(name).id for name in (REPO, "olga/moved")]
api.move_repo("olga/moved", REPO)
seen["back"] = [api.model_info(name).id for name in (REPO, "olga/moved")]
api.update_repo_settings(REPO, private=True)
seen["private"] = api.model_info(REPO).private
api.delete_repo(REPO)
seen["deleted"] = not api.repo_exists(REPO)
sys.stdout.write(json.dumps(seen) + "\n")
