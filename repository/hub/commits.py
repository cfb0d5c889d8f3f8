"""Commits: a stream of JSON lines, each of them one change."""

import base64
import binascii
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from portal.accounts.models import User
from portal.core.errors import Invalid
from portal.core.http.edge import in_database
from repository.hub.asking import Ask, make_ask, text_of
from repository.hub.errors import NotSupported, in_a_header
from repository.hub.revisions import NOTHING, branch_of
from repository.models import AiModel, Blob, Revision
from repository.selectors.files import find_own_blob, is_blocked, list_files
from repository.services.blobs import rows_of, store_bytes
from repository.services.commits import MOST_FILES
from repository.services.pushes import Push, push
from repository.types import Need

LINE_BYTES = 2**24
BATCH_BYTES = 2**20
BATCH_LINES = 200
MOST_CHANGES = 2 * MOST_FILES
MESSAGE_LETTERS = 500


class WrongLine(Invalid):
    code = "wrong_commit_line"


class NotUploaded(Invalid):
    code = "not_uploaded"


@dataclass
class Draft:
    """What the lines said so far."""

    ask: Ask
    ai_model: AiModel
    branch: str
    changes: int = 0
    message: str = ""
    parent: str = ""
    inline: dict[str, tuple[str, int]] = field(default_factory=dict)
    """By path the digest and size of what came in a line; the row of these bytes comes last."""
    uploaded: dict[str, str] = field(default_factory=dict)
    deleted_files: list[str] = field(default_factory=list)
    deleted_folders: list[str] = field(default_factory=list)


async def commit(request: Request) -> Response:
    """Read the changes one by one, bytes to the disk at once, and commit them together."""
    draft = await in_database(_begin, request)
    async for lines in _batches(_lines(request)):
        await in_database(_take_all, draft, lines)
    return await in_database(_finish, draft)


def _begin(request: Request) -> Draft:
    ask = make_ask(request, {})
    ai_model = ask.ai_model(Need.WRITE)
    if "create_pr" in ask.query:
        raise NotSupported("Ondol has no pull requests. Commit to a branch instead.")
    return Draft(ask, ai_model, branch_of(ask.place["rev"]))


def _take_all(draft: Draft, lines: list[bytes]) -> None:
    draft.changes += len(lines)
    if draft.changes > MOST_CHANGES:
        raise WrongLine(f"A commit holds at most {MOST_CHANGES} changes.")
    for line in lines:
        _take(draft, line)


def _take(draft: Draft, line: bytes) -> None:
    try:
        said = json.loads(line)
        key, value = said["key"], said["value"]
        apply = CHANGES[key]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise WrongLine(
            'A line has to be {"key": ..., "value": ...} with a key we know.'
        ) from error
    if not isinstance(value, dict):
        raise WrongLine(f"The value of `{key}` has to be an object.")
    apply(draft, value)


def _finish(draft: Draft) -> Response:
    user = draft.ask.writer()
    wanted = Push(
        message=draft.message[:MESSAGE_LETTERS] or "Update",
        files=_blobs(user, draft),
        deleted_files=draft.deleted_files,
        deleted_folders=draft.deleted_folders,
        branch=draft.branch,
        parent="" if draft.parent == NOTHING else draft.parent,
    )
    revision = push(user, draft.ai_model, wanted)
    address = f"{draft.ask.address_of(str(draft.ai_model))}/commit/{revision.oid}"
    body = {"success": True, "commitOid": revision.oid, "commitUrl": address}
    return JSONResponse(body, headers=_warning(revision, draft))


def _warning(revision: Revision, draft: Draft) -> dict[str, str]:
    """Return the header by which a client tells its user what will not be given out."""
    new = draft.inline.keys() | draft.uploaded.keys()
    names = [file.path for file in list_files(revision) if file.path in new and is_blocked(file)]
    if not names:
        return {}
    text = f"kept, but given to nobody, for they may run code when opened: {', '.join(names)}"
    return {"X-HF-Warning": f"blocked-files; {in_a_header(text)}"}


def _blobs(user: User, draft: Draft) -> dict[str, Blob]:
    rows = rows_of(dict(draft.inline.values()))
    files = {path: rows[sha256] for path, (sha256, _) in draft.inline.items()}
    for path, oid in draft.uploaded.items():
        blob = find_own_blob(user, oid)
        if blob is None:
            raise NotUploaded(f"The bytes of '{path}' were not uploaded. Upload them first.")
        files[path] = blob
    return files


def _header(draft: Draft, value: Mapping[str, Any]) -> None:
    parts = [text_of(value, "summary"), text_of(value, "description")]
    draft.message = "\n\n".join(part for part in parts if part)
    draft.parent = text_of(value, "parentCommit")


def _file(draft: Draft, value: Mapping[str, Any]) -> None:
    content = text_of(value, "content")
    if value.get("encoding", "utf-8") == "base64":
        try:
            data = base64.b64decode(content, validate=True)
        except binascii.Error as error:
            raise WrongLine("The content of a `file` is not base64.") from error
    else:
        data = content.encode()
    draft.inline[_path(value)] = store_bytes(data)


def _lfs_file(draft: Draft, value: Mapping[str, Any]) -> None:
    draft.uploaded[_path(value)] = text_of(value, "oid")


def _deleted_file(draft: Draft, value: Mapping[str, Any]) -> None:
    draft.deleted_files.append(_path(value))


def _deleted_folder(draft: Draft, value: Mapping[str, Any]) -> None:
    draft.deleted_folders.append(_path(value))


def _path(value: Mapping[str, Any]) -> str:
    path = text_of(value, "path")
    if not path:
        raise WrongLine("A change needs the `path` of its file.")
    return path


CHANGES: dict[str, Callable[[Draft, Mapping[str, Any]], None]] = {
    "header": _header,
    "file": _file,
    "lfsFile": _lfs_file,
    "deletedFile": _deleted_file,
    "deletedFolder": _deleted_folder,
}


async def _batches(lines: AsyncIterator[bytes]) -> AsyncIterator[list[bytes]]:
    """Gather small lines, so that not each of them needs a thread and a connection of its own."""
    gathered: list[bytes] = []
    size = 0
    async for line in lines:
        gathered.append(line)
        size += len(line)
        if size > BATCH_BYTES or len(gathered) >= BATCH_LINES:
            yield gathered
            gathered, size = [], 0
    if gathered:
        yield gathered


async def _lines(request: Request) -> AsyncIterator[bytes]:
    """Cut a body into lines; no more than one of them is in memory."""
    begun = bytearray()
    async for piece in request.stream():
        *ended, rest = piece.split(b"\n")
        for part in ended:
            yield bytes(begun + part)
            begun.clear()
        begun += rest
        if len(begun) > LINE_BYTES:
            raise WrongLine(f"A line has at most {LINE_BYTES} bytes. Send the file as `lfsFile`.")
    if begun.strip():
        yield bytes(begun)
