"""The portal words refusals by their codes: none of those words outlives its code."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def read() -> tuple[dict[str, str], list[str]]:
    text = (ROOT / "frontend/src/i18n/en.json").read_text("utf-8")
    folders = [ROOT / name for name in ("portal", "repository", "jobs")]
    sources = [path.read_text("utf-8") for folder in folders for path in folder.rglob("*.py")]
    return json.loads(text)["refusal"], sources


def test_each_code_that_the_portal_words_is_one_that_the_server_gives() -> None:
    codes, sources = read()
    assert codes
    assert [code for code in codes if not any(f'"{code}"' in one for one in sources)] == []


def test_what_the_words_of_a_code_name_is_given_where_it_is_raised() -> None:
    codes, sources = read()
    named = {
        (code, name) for code, words in codes.items() for name in re.findall(r"{(\w+)}", words)
    }
    assert named
    given = {
        (code, name)
        for code, name in named
        for one in sources
        if f'code = "{code}"' in one and f'"{name}": ' in one
    }
    assert given == named
