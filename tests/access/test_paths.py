"""No text of a caller becomes part of a path of the server, whatever field it came in."""

import base64
import copy
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from django.db import transaction
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from repository.types import Visibility
from tests.access.doors import Caller
from tests.access.world import World, build
from tests.cast import Cast

MARK = "zq-of-a-caller"
SHAPES = (
    f"../../{MARK}",
    f"/etc/{MARK}",
    MARK,
    f"..\\{MARK}",
    f"%2e%2e%2f{MARK}",
    f"{MARK}/../..",
    f"file:///{MARK}",
    f"a\0{MARK}",
    f"{MARK}.onnx",
)
METHODS = ("get", "post", "put", "patch", "delete")
Call = tuple[str, str, Any]
heard: list[str] = []
listening = Event()


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    # A webhook's host is looked up by its name, which is no path.
    if not listening.is_set() or event.startswith("socket."):
        return
    texts = (os.fsdecode(given) for given in arguments if isinstance(given, str | bytes | Path))
    heard.extend(f"{event} {text}" for text in texts if MARK in text)


@cache
def _listen() -> None:
    # A hook stays for good and slows what comes after it: no process has it that only collects.
    sys.addaudithook(_hear)


@contextmanager
def ears() -> Iterator[list[str]]:
    """Note what Python itself tells of opened, made, moved and removed files, and of imports."""
    _listen()
    heard.clear()
    listening.set()
    try:
        yield heard
    finally:
        listening.clear()


def example(document: Any, schema: Any) -> Any:
    """Return a value that the schema takes, with each of its fields."""
    if "$ref" in schema:
        return example(document, document["components"]["schemas"][schema["$ref"].split("/")[-1]])
    for several in ("allOf", "oneOf", "anyOf"):
        if several in schema:
            return example(document, schema[several][0])
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        known = schema.get("properties", {})
        return {name: example(document, part) for name, part in known.items()} or {"a": "a"}
    if kind == "array":
        return [example(document, schema.get("items", {}))]
    return {"integer": 1, "number": 1.0, "boolean": False, "null": None}.get(kind, "a")


def spots(value: Any) -> Iterator[tuple[Any, ...]]:
    """Yield the way to each text of a value."""
    if isinstance(value, str):
        yield ()
    elif isinstance(value, list | dict):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from ((key, *rest) for rest in spots(part))


def placed(value: Any, way: tuple[Any, ...], text: str) -> Any:
    if not way:
        return text
    changed = copy.deepcopy(value)
    part = changed
    for key in way[:-1]:
        part = part[key]
    part[way[-1]] = text
    return changed


def calls(world: World) -> Iterator[Call]:
    """Yield each documented call with a hostile text in one of its fields."""
    document: Any = SchemaGenerator().get_schema(request=None, public=True)
    turn = 0
    for path, operations in document["paths"].items():
        for method in METHODS:
            if method not in operations:
                continue
            for shape in (SHAPES[turn % len(SHAPES)], SHAPES[(turn // 2) % len(SHAPES)]):
                yield from _with(document, path, method, operations[method], world, shape)
            turn += 1


def _with(
    document: Any, path: str, method: str, operation: Any, world: World, shape: str
) -> Iterator[Call]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    body = example(document, content["schema"]) if content else None
    filled = path.format_map(world.places)
    for field in operation.get("parameters", []):
        if field["in"] == "path":
            places = {**world.places, field["name"]: quote(shape, safe="")}
            yield method, path.format_map(places), body
        elif field["in"] == "query":
            yield method, f"{filled}?{field['name']}={quote(shape)}", body
    for way in spots(body):
        yield method, filled, placed(body, way, shape)


@pytest.mark.usefixtures("vocabulary")
def test_no_field_of_a_call_becomes_a_path(cast: Cast) -> None:
    world = build(cast, Visibility.PUBLIC)
    clients = [Client(headers=key(world, who)) for who in (Caller.OWNER, Caller.ADMIN)]
    runner = Client(headers=key(world, Caller.RUNNER))
    tried, failed = 0, []
    with ears() as told:
        for method, path, body in calls(world):
            client = runner if path.startswith("/runner/") else clients[tried % 2]
            tried += 1
            with transaction.atomic():
                answer = client.generic(
                    method.upper(), path, json.dumps(body), content_type="application/json"
                )
                transaction.set_rollback(True)
            if answer.status_code >= 500:
                failed.append(f"{method} {path} {body}: {answer.status_code}")
    assert not told, "\n".join(told)
    assert not failed, "\n".join(failed)
    assert tried > 400


def test_no_name_in_front_of_django_becomes_a_path(server: str, cast: Cast, tmp_path: Path) -> None:
    world = build(cast, Visibility.PUBLIC)
    with httpx.Client(base_url=server, headers=key(world, Caller.OWNER)) as client, ears() as told:
        for shape in SHAPES:
            name = quote(shape, safe="")
            for path in (
                f"/bytes/{name}",
                f"/runner/wheels/{name}",
                f"/api/v1/blobs/{name}",
                f"/api/v1/blobs/{world.places['sha256']}?filename={name}",
                f"/api/v1/models/olga/{name}/archive",
                f"/hf/olga/tiny/resolve/main/{name}",
                f"/hf/olga/tiny/resolve/{name}/model.onnx",
                f"/hf/api/models/olga/tiny/tree/main/{name}",
            ):
                assert client.get(path).status_code < 500
            assert client.head(f"/api/v1/uploads/{name}").status_code < 500
            assert upload(client, shape).status_code < 500
            assert client.post("/hf/api/models/olga/tiny/commit/main", content=lines(shape))
        assert not told, "\n".join(told)
        # It would have been heard.
        (tmp_path / MARK).touch()
        assert told


def key(world: World, caller: Caller) -> dict[str, str]:
    return {"Authorization": f"Bearer {world.secrets[caller]}"}


def upload(client: httpx.Client, name: str) -> httpx.Response:
    """Send a whole file under a name, through the sandboxed reader into the store."""
    words = f"filename {base64.b64encode(name.encode()).decode()}"
    made = client.post("/api/v1/uploads", headers={"Upload-Length": "5", "Upload-Metadata": words})
    if not made.is_success:
        return made
    more = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    return client.patch(made.headers["Location"], headers=more, content=b"bytes")


def lines(path: str) -> str:
    change = {"path": path, "content": "aGk=", "encoding": "base64"}
    rows = ({"key": "header", "value": {"summary": path}}, {"key": "file", "value": change})
    return "\n".join(json.dumps(row) for row in rows)
