"""Models as archives: brought from one server, taken to another that has no line to it."""

import hashlib
import json
import secrets
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ondol.errors import OndolError, WrongBytes
from ondol.releases import NO_PINS, NotSigned, Pins, Release, Signed, check
from ondol.server import Server
from ondol.uploads import Report, forget, send

CHUNK = 2**20
BLOBS = "blobs/"
DOCUMENT = "ondol-archive.json"
SERVICE_TYPE = "service-type:"
CONTEXT = "context:"
MOST_TAGS = 50


def export(server: Server, model_id: str, target: Path, pins: Pins = NO_PINS) -> Path:
    """Write a model to an archive, which appears once its every digest was verified."""
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        with aside.open("wb") as out:
            for part in server.stream(f"/models/{model_id}/archive", of="model"):
                out.write(part)
        verify(aside, pins)
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)
    return target


def verify(path: Path, pins: Pins = NO_PINS) -> None:
    """Raise WrongBytes unless every blob of an archive has the digest that it is named by.

    With pinned keys, raise NotSigned unless what `main` means, and each of its device files, is
    signed by one of them.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if name.startswith(BLOBS):
                    _verify_entry(archive, name)
            if pins.keys:
                _verify_signed(json.loads(archive.read(DOCUMENT)), pins)
    except (zipfile.BadZipFile, EOFError, KeyError, ValueError, TypeError) as error:
        raise WrongBytes(f"{path.name}: the archive was cut or is broken.") from error


def _verify_entry(archive: zipfile.ZipFile, name: str) -> None:
    running = hashlib.sha256()
    with archive.open(name) as content:
        while part := content.read(CHUNK):
            running.update(part)
    if running.hexdigest() != name.removeprefix(BLOBS):
        raise WrongBytes(f"{name}: the bytes have another digest.", code="bad_digest")


def _verify_signed(document: dict[str, Any], pins: Pins) -> None:
    heads = [row["moves"][-1] for row in document["names"] if row["name"] == "main"]
    versions = [row for row in document["versions"] if row["oid"] in heads]
    if not versions:
        raise NotSigned("The archive has no version that could be signed.", code="not_signed")
    for version in versions:
        given = [Signed(**row) for row in version["signatures"]]
        model = pins.signed_as or "{owner}/{name}".format(**document["model"])
        check(Release(model, version["oid"], version["files"]), given, pins.keys)
        for form in document["forms"]:
            if form["revision"] == version["oid"] and form["files"]:
                check(Release(model, version["oid"], form["files"]), given, pins.keys, part=True)


def bring(server: Server, path: Path, wanted: Mapping[str, str], report: Report) -> dict[str, Any]:
    """Send an archive and make a model of it; return what came."""
    verify(path)
    upload_id = send(server, path, report)
    made: dict[str, Any] = server.post("/archives", {"upload_id": upload_id, **wanted})
    forget(server, path)
    return made


def find_files(folder: Path) -> dict[str, Path]:
    """Return what lies in a folder by path, hidden files aside.

    A cache folder of a Hugging Face client (`models--owner--name`) stands for its snapshot `main`,
    whose files are links to blobs beside it. Other links out of the folder are refused.
    """
    root = folder.resolve()
    if (root / "snapshots").is_dir() and (root / "refs" / "main").is_file():
        root = root / "snapshots" / (root / "refs" / "main").read_text("utf-8").strip()
    allowed = [root]
    if root.parent.name == "snapshots":
        allowed.append(root.parent.parent / "blobs")
    found: dict[str, Path] = {}
    for file in sorted(root.rglob("*")):
        inside = file.relative_to(root)
        if any(part.startswith(".") for part in inside.parts) or not file.is_file():
            continue
        if not any(place in file.resolve().parents for place in allowed):
            raise OndolError(f"{inside} leads out of the folder: it is not sent.", code="bad_path")
        found[inside.as_posix()] = file.resolve()
    return found


def entry_of(server: Server, files: Mapping[str, Path]) -> dict[str, Any]:
    """Return what the README of a folder says that the catalogue has a place for."""
    readme = files.get("README.md")
    if readme is None:
        return {}
    card = server.post("/readme-preview", {"text": readme.read_text("utf-8")})["front_matter"]
    listed = card.get("tags")
    tags = (
        [tag for tag in listed[:MOST_TAGS] if isinstance(tag, str)]
        if isinstance(listed, list)
        else []
    )
    types = [tag.removeprefix(SERVICE_TYPE) for tag in tags if tag.startswith(SERVICE_TYPE)]
    words = [tag for tag in tags if tag.startswith(CONTEXT) or _is_context(server, tag)]
    said = {"task": card.get("pipeline_tag"), "license": card.get("license")}
    return {
        **{name: text for name, text in said.items() if isinstance(text, str)},
        **({"service_type": types[0]} if types else {}),
        "contexts": [word.removeprefix(CONTEXT) for word in words],
    }


def _is_context(server: Server, tag: str) -> bool:
    return any(row["slug"] == tag for row in server.get("/contexts", q=tag)["results"])
