"""Every field of every body with what it must not hold: refused by its name, nothing changed."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from portal.core.limits import Limit
from repository.types import Visibility
from tests.access.bodies import JSON, Schema, forms, kind_of, resolved, sound
from tests.access.world import build
from tests.cast import Cast

As = Callable[..., Client]
WORDS: list[Any] = ["x" * 100_000, "a\0b", "a\x1b[31mb", "\ud800", "\u202egpj.exe", "\ufeff", " "]
WRONG: dict[str, list[Any]] = {
    "string": [None, [], {}, True],
    "integer": [None, [], {}, "x", 1.5, 10**400, -1, 1e308],
    "number": [None, [], {}, "x", 10**400],
    "boolean": [None, [], {}, "x", 7],
    "array": [None, {}, "x", 7, [None], [[]], [{}]],
    "object": [None, [], "x", 7],
}
DEEP = [b'{"a":' * 2000, b'{"a":' * 600 + b"1" + b"}" * 600]
HALVES = b'{"\\ud800": {"\\ud800": "\\ud800"}}'
BODIES = [b"[]", b'"x"', b"null", b"{", b"\xff\xfe", b"NaN", b"", HALVES, *DEEP]
# In the answers to texts that were taken: what would move, hide or end the text around them.
UNCLEAN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def bad_bodies(form: Schema, known: Schema) -> Iterator[tuple[str, bool, dict[str, Any]]]:
    """Return bodies with one bad field, its name, and whether it is of a wrong kind."""
    whole = sound(form, known)
    for name, part in form.get("properties", {}).items():
        field = resolved(part, known)
        kind = kind_of(field)
        nullable = "null" in (field.get("type") or []) or (part != field and "oneOf" in part)
        for value in WRONG[kind]:
            yield name, not (value is None and nullable), {**whole, name: value}
        for value in WORDS if kind == "string" else ():
            yield name, False, {**whole, name: value}
        if name in form.get("required", ()):
            yield name, True, {key: value for key, value in whole.items() if key != name}


class Writes:
    """Remembers what a call wrote and did not take back."""

    def __init__(self) -> None:
        self.kept: list[str] = []

    def __call__(self, execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        done = execute(sql, params, many, context)
        if sql.startswith("ROLLBACK TO"):
            self.kept.clear()
        elif sql.startswith(("INSERT", "UPDATE", "DELETE")) and context["cursor"].rowcount:
            self.kept.append(sql[:80])
        return done


def call(client: Client, method: str, path: str, content: str | bytes) -> tuple[int, Any, bool]:
    """Return status, answer and whether a refused call left something behind; undo all of it."""
    writes = Writes()
    with transaction.atomic(), connection.execute_wrapper(writes):
        answer = client.generic(method, path, content, JSON)
        transaction.set_rollback(True)
    told = json.loads(answer.content) if answer.content.startswith(b"{") else {}
    refused = answer.status_code >= 400
    return answer.status_code, told, refused and bool(writes.kept)


def complaint(status: int, told: Any, field: str, *, surely: bool) -> str:
    """Say what is wrong with the answer to a body with one bad field."""
    if status >= 500:
        return "fails"
    if status < 300:
        unclean = UNCLEAN.search(json.dumps(told, ensure_ascii=False))
        return "is taken" if surely else "reads back unclean" if unclean else ""
    named = {name.partition(".")[0] for name in told.get("details", {})}
    return "is not named" if surely and status == 422 and field not in named else ""


@pytest.mark.usefixtures("vocabulary")
def test_every_field_refuses_what_it_cannot_hold(
    cast: Cast, as_user: As, settle: Callable[..., None]
) -> None:
    settle(**{str(limit): "" for limit in Limit}, open_sign_up="viewer")
    places = build(cast, Visibility.PUBLIC).places
    client = as_user(cast.ada)
    client.raise_request_exception = False
    wrong: list[str] = []
    for method, route, form, known in forms():
        path = route.format_map(places)
        for field, surely, body in bad_bodies(form, known):
            status, told, changed = call(client, method, path, json.dumps(body))
            found = complaint(status, told, field, surely=surely)
            if found or changed:
                value = json.dumps(body.get(field, "missing"))[:40]
                wrong.append(f"{method} {route} {field}={value} {found} {changed}: {status}")
        for content in BODIES:
            status, _, changed = call(client, method, path, content)
            if status >= 500 or changed or (status < 300 and form.get("required")):
                wrong.append(f"{method} {route} {content[:12]!r} {changed}: {status}")
    assert not wrong, "\n".join(wrong)
