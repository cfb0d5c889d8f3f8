"""Calls of the Hugging Face edge by hand, where a client would be too polite."""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

import httpx

JSON_LINES = "application/x-ndjson"


def line(key: str, **value: Any) -> str:
    return json.dumps({"key": key, "value": value})


def file_line(path: str, content: bytes) -> str:
    return line("file", path=path, content=base64.b64encode(content).decode(), encoding="base64")


def lfs_line(path: str, oid: str) -> str:
    return line("lfsFile", path=path, algo="sha256", oid=oid)


def push(
    client: httpx.Client,
    model: str,
    *lines: str,
    rev: str = "main",
    message: str = "m",
    parent: str | None = None,
    query: str = "",
) -> httpx.Response:
    head = line("header", summary=message, **({"parentCommit": parent} if parent else {}))
    body = "\n".join([head, *lines])
    headers = {"Content-Type": JSON_LINES}
    path = f"/api/models/{model}/commit/{rev}{query}"
    return client.post(path, content=body, headers=headers)


def create(client: httpx.Client, name: str, **fields: Any) -> httpx.Response:
    return client.post("/api/repos/create", json={"name": name, **fields})


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def batch(
    client: httpx.Client, model: str, objects: Mapping[str, int], *, in_parts: bool = False
) -> dict[str, Any]:
    """Announce large files and return what the server says of each, by digest."""
    body = {
        "operation": "upload",
        "transfers": ["basic", "multipart"] if in_parts else ["basic"],
        "objects": [{"oid": oid, "size": size} for oid, size in objects.items()],
        "hash_algo": "sha256",
    }
    headers = dict.fromkeys(("Accept", "Content-Type"), "application/vnd.git-lfs+json")
    path = f"/{model}.git/info/lfs/objects/batch"
    answer = client.post(path, content=json.dumps(body), headers=headers)
    assert answer.status_code == 200, answer.text
    return {row["oid"]: row for row in answer.json()["objects"]}


def send_large(client: httpx.Client, model: str, content: bytes) -> str:
    """Send a large file as git-lfs does and return its digest."""
    oid = digest(content)
    offer = batch(client, model, {oid: len(content)})[oid]
    if "actions" in offer:
        sent = httpx.put(offer["actions"]["upload"]["href"], content=content)
        assert sent.status_code == 200, sent.text
    return oid
