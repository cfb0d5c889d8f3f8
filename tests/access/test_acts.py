"""Every call that changes something has its word in the audit log, or a reason to have none."""

import ast
import json
import re

import pytest

from tests.access.acts import ACTS, BY_COMMAND, UNRECORDED
from tests.access.doors import SAFE
from tests.access.rows import DJANGO, EDGE
from tests.services import ROOT


def recorded() -> set[str]:
    """Return every act that the product writes down, read from its source."""
    found = set()
    for folder in ("portal", "repository", "jobs"):
        for file in (ROOT / folder).rglob("*.py"):
            text = file.read_text("utf-8")
            if "record(" in text or "_remember(" in text:
                found |= {act for node in ast.walk(ast.parse(text)) for act in _acts_of(node)}
    return found


def _acts_of(node: ast.AST) -> set[str]:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return set()
    if node.func.id not in {"record", "_remember"}:
        return set()
    parts = [part for argument in node.args for part in ast.walk(argument)]
    words = [part.value for part in parts if isinstance(part, ast.Constant)]
    return {word for word in words if re.fullmatch(r"[a-z_]+\.[a-z_]+", str(word))}


def test_every_changing_route_has_its_act_or_a_reason() -> None:
    changing = {
        (method, route)
        for method, route in DJANGO.keys() | EDGE.keys()
        if method not in SAFE and "rest:path" not in route
    }
    assert changing <= ACTS.keys() | UNRECORDED.keys()
    assert not ACTS.keys() & UNRECORDED.keys()
    assert ACTS.keys() | UNRECORDED.keys() <= DJANGO.keys() | EDGE.keys()


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_act_has_its_words_in_the_portal(language: str) -> None:
    file = ROOT / "frontend" / "src" / "i18n" / f"{language}.json"
    told = json.loads(file.read_text("utf-8"))["act"]
    named = {f"{root}.{act}" for root, acts in told.items() for act in acts}
    assert named == set().union(*ACTS.values()) | BY_COMMAND


def test_every_act_is_recorded_and_every_recorded_act_is_known() -> None:
    assert set().union(*ACTS.values()) | BY_COMMAND == recorded()
