"""What lies in a revision: listings, chosen paths, refs and commits."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.responses import JSONResponse, Response

from portal.core.errors import invalid_field
from repository.hub.asking import Ask, list_of, public
from repository.hub.files import commit_entry, file_entry, folder_entry
from repository.hub.revisions import HEADS, NOTHING, Snapshot
from repository.models import ModelFile
from repository.selectors.ancestry import find_last_changes
from repository.selectors.files import NoSuchFile
from repository.selectors.revisions import (
    FOLDER_OF,
    MAIN,
    get_logged,
    list_history,
    list_refs,
)
from repository.services.git_oids import git_oids
from repository.types import RefKind

PAGE = 1_000
EXPANDED_PAGE = 100
COMMITS_PAGE = 50
FOLDERS = {kind: folder for folder, kind in FOLDER_OF.items()}


def list_tree(ask: Ask) -> Response:
    """List a folder, one page at a time, its own files or everything beneath it."""
    snapshot = ask.snapshot
    folder = ask.place.get("path", "").strip("/")
    expand = _is_true(ask.query.get("expand"))
    files = _beneath(snapshot, folder)
    if not _is_true(ask.query.get("recursive")):
        files, folders = _children(files, folder)
    else:
        folders = _all_folders(files, folder)
    entries: list[ModelFile | dict[str, Any]] = [*folders, *files]
    size = EXPANDED_PAGE if expand else PAGE
    start = page_start(ask)
    page = entries[start : start + size]
    shown = _describe(snapshot, page, expand=expand)
    return paged(ask, shown, start + size if start + size < len(entries) else None)


def list_paths(ask: Ask) -> Response:
    """Describe chosen paths; what is not there is left out."""
    snapshot = ask.snapshot
    wanted = [str(path).strip("/") for path in list_of(ask.body, "paths")]
    expand = any(_is_true(str(word)) for word in list_of(ask.body, "expand"))
    files = snapshot.files()
    by_path = {file.path: file for file in files}
    found: list[ModelFile | dict[str, Any]] = []
    for path in dict.fromkeys(wanted):
        if path in by_path:
            found.append(by_path[path])
        elif beneath := [file for file in files if file.path.startswith(f"{path}/")]:
            found.append(folder_entry(path, beneath))
    return JSONResponse(_describe(snapshot, found, expand=expand))


def list_names(ask: Ask) -> Response:
    """List branches and tags. An alias is shown among the tags: nobody commits to it."""
    ai_model = ask.ai_model()
    shown: dict[str, list[dict[str, str]]] = {"branches": [], "tags": [], "converts": []}
    for ref in list_refs(ai_model):
        kind = "branches" if ref.kind == RefKind.BRANCH else "tags"
        folder = FOLDERS[RefKind(ref.kind)]
        target = ref.revision.oid
        row = {"name": ref.name, "ref": f"{folder}{ref.name}", "targetCommit": target}
        shown[kind].append(row)
    if not shown["branches"]:
        row = {"name": MAIN, "ref": f"{HEADS}{MAIN}", "targetCommit": NOTHING}
        shown["branches"].append(row)
    if "include_prs" in ask.query:
        shown["pullRequests"] = []
    return JSONResponse(shown)


def list_commits(ask: Ask) -> Response:
    """List a revision and those before it, the newest first."""
    revision = ask.snapshot.revision
    if cursor := ask.query.get("cursor"):
        revision = get_logged(ask.snapshot.ai_model, cursor)
    page, following = list_history(revision, COMMITS_PAGE) if revision else ([], None)
    shown = [
        {
            **commit_entry(commit),
            "message": commit.message.partition("\n")[2].strip(),
            "authors": [{"user": commit.author.username}],
        }
        for commit in page
    ]
    return paged(ask, shown, following)


def page_start(ask: Ask) -> int:
    text = ask.query.get("cursor", "0")
    if not text.isascii() or not text.isdigit():
        raise invalid_field("cursor", "Follow the address in the Link header as it is.")
    return int(text)


def paged(ask: Ask, rows: list[dict[str, Any]], following: int | str | None) -> Response:
    """Answer one page, and where the next one is."""
    headers = {}
    if following is not None:
        kept = [pair for pair in ask.query.multi_items() if pair[0] != "cursor"]
        query = urlencode([*kept, ("cursor", str(following))])
        headers["Link"] = f'<{public(ask.path)}?{query}>; rel="next"'
    return JSONResponse(rows, headers=headers)


def _beneath(snapshot: Snapshot, folder: str) -> list[ModelFile]:
    files = snapshot.files()
    if not folder:
        return files
    found = [file for file in files if file.path.startswith(f"{folder}/")]
    if not found:
        raise NoSuchFile(f"There is no folder '{folder}' in this version.")
    return found


def _children(
    files: Sequence[ModelFile], folder: str
) -> tuple[list[ModelFile], list[dict[str, Any]]]:
    start = len(folder) + 1 if folder else 0
    own = []
    folders: dict[str, list[ModelFile]] = {}
    for file in files:
        name, slash, _ = file.path[start:].partition("/")
        if slash:
            folders.setdefault(file.path[:start] + name, []).append(file)
        else:
            own.append(file)
    return own, [folder_entry(path, beneath) for path, beneath in sorted(folders.items())]


def _all_folders(files: Sequence[ModelFile], folder: str) -> list[dict[str, Any]]:
    start = len(folder) + 1 if folder else 0
    folders: dict[str, list[ModelFile]] = {}
    for file in files:
        at = file.path.find("/", start)
        while at != -1:
            folders.setdefault(file.path[:at], []).append(file)
            at = file.path.find("/", at + 1)
    return [folder_entry(path, beneath) for path, beneath in sorted(folders.items())]


def _describe(
    snapshot: Snapshot, page: Sequence[ModelFile | dict[str, Any]], *, expand: bool
) -> list[dict[str, Any]]:
    files = [row for row in page if isinstance(row, ModelFile)]
    oids = git_oids(file.blob for file in files)
    changes = {}
    if expand and snapshot.revision is not None:
        changes = find_last_changes(snapshot.revision, [file.path for file in files])
    return [
        file_entry(row, oids[row.blob_id], changes.get(row.path))
        if isinstance(row, ModelFile)
        else row
        for row in page
    ]


def _is_true(word: str | None) -> bool:
    return word is not None and word.lower() in {"true", "1"}
