"""Why a job failed is told in the reader's language: the portal has every sentence by its name."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLACES = ("jobs/converters", "jobs/selectors", "jobs/services", "jobs/runner/src")


def made() -> Iterator[tuple[str, str, set[str]]]:
    """Find each `sentence("name", "template", value=...)`: its name, template and values."""
    for path in (path for place in PLACES for path in (ROOT / place).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or ast.unparse(node.func) != "sentence":
                continue
            code, template = (ast.literal_eval(argument) for argument in node.args)
            yield code, template, {word.arg or "" for word in node.keywords}


def words(locale: str) -> dict[str, str]:
    text = (ROOT / f"frontend/src/i18n/{locale}.json").read_text("utf-8")
    found: dict[str, str] = json.loads(text)["failure"]
    return found


def test_the_portal_says_each_sentence_in_english_as_the_server_does() -> None:
    assert words("en") == {code: template for code, template, _ in made()}


def test_a_name_stands_for_one_sentence() -> None:
    assert len({code for code, _, _ in made()}) == len({template for _, template, _ in made()})


def test_each_value_has_its_place_in_every_language() -> None:
    for locale in ("en", "ko"):
        said = words(locale)
        for code, _, values in made():
            missing = [name for name in values if f"{{{name}}}" not in said[code]]
            assert not missing, f"{locale}.json: failure.{code} does not say {missing}"
