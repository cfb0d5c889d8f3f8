"""Resumable uploads (tus 1.0): a cut, or a new process, goes on where the server's bytes end."""

import base64
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from ondol import places
from ondol.errors import OndolError
from ondol.server import Server

CHUNK = 8 * 2**20
TUS = {"Tus-Resumable": "1.0.0"}
UNFINISHED = "uploads.json"
PATIENCE = 8
Report = Callable[[int, int], None]


def _quiet(_done: int, _all: int) -> None:
    pass


def files_of(paths: Iterable[Path]) -> dict[str, Path]:
    """Return files by their path in the repository; a folder gives all that is in it."""
    found: dict[str, Path] = {}
    for path in paths:
        if path.is_dir():
            inside = (row for row in sorted(path.rglob("*")) if row.is_file())
            found.update({row.relative_to(path).as_posix(): row for row in inside})
        else:
            found[path.name] = path
    return found


def upload(server: Server, path: Path, report: Report = _quiet, *, name: str = "") -> str:
    """Send a file and return the upload's id, for a commit to name.

    `name` is what it is called there: by its ending it is read. Raises OndolError with the
    reader's words if the server does not accept what it is.
    """
    upload_id = send(server, path, report, name=name)
    state = server.get(f"/uploads/{upload_id}")
    if state["state"] == "rejected":
        forget(server, path, name)
        raise OndolError(state["finding"]["message"], code=state["finding"]["code"])
    return upload_id


def send(server: Server, path: Path, report: Report = _quiet, *, name: str = "") -> str:
    """Send a file of any kind, going on where an earlier process stopped; return the id."""
    key = _key(server, path, name)
    upload_id = str(places.read(UNFINISHED).get(key, ""))
    offset = 0
    if _resume(server, upload_id):
        offset = _offset(server, upload_id)
    else:
        upload_id = _create(server, path, name)
        _remember(key, upload_id)
    _send_all(server, upload_id, path, offset, report)
    return upload_id


def forget(server: Server, path: Path, name: str = "") -> None:
    """Drop the note of an upload whose commit has landed."""
    _forget(_key(server, path, name))


def _send_all(server: Server, upload_id: str, path: Path, offset: int, report: Report) -> None:
    size = path.stat().st_size
    failures = 0
    with path.open("rb") as content:
        while offset < size:
            content.seek(offset)
            try:
                offset = _send(server, upload_id, offset, content.read(CHUNK))
                failures = 0
            except OndolError as error:
                # Whether the part arrived is not known after a cut: the server is asked.
                failures += 1
                if error.code not in {"unreachable", "upload_busy", "no_api"} or (
                    failures == PATIENCE
                ):
                    raise
                time.sleep(0.25 * 2**failures)
                offset = _offset(server, upload_id)
            report(offset, size)


def _send(server: Server, upload_id: str, offset: int, part: bytes) -> int:
    headers = {
        **TUS,
        "Upload-Offset": str(offset),
        "Content-Type": "application/offset+octet-stream",
    }
    answer = server.call("PATCH", f"/uploads/{upload_id}", content=part, headers=headers)
    return int(answer.headers["Upload-Offset"])


def _create(server: Server, path: Path, name: str) -> str:
    called = base64.b64encode((name or path.name).encode()).decode()
    size = str(path.stat().st_size)
    headers = {**TUS, "Upload-Length": size, "Upload-Metadata": f"filename {called}"}
    answer = server.call("POST", "/uploads", headers=headers)
    return str(answer.headers["Location"]).rpartition("/")[2]


def _offset(server: Server, upload_id: str) -> int:
    return int(server.call("HEAD", f"/uploads/{upload_id}").headers["Upload-Offset"])


def _resume(server: Server, upload_id: str) -> bool:
    if not upload_id:
        return False
    state = server.find(f"/uploads/{upload_id}")
    return state is not None and state["state"] in {"open", "received", "accepted", "blocked"}


def _key(server: Server, path: Path, name: str) -> str:
    found = path.resolve()
    facts = found.stat()
    return f"{server.url} {found} {name or path.name} {facts.st_size} {facts.st_mtime_ns}"


def _remember(key: str, upload_id: str) -> None:
    places.write(UNFINISHED, {**places.read(UNFINISHED), key: upload_id})


def _forget(key: str) -> None:
    kept = places.read(UNFINISHED)
    if kept.pop(key, None) is not None:
        places.write(UNFINISHED, kept)
