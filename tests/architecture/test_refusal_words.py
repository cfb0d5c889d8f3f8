"""The portal words refusals by their codes: none of those words outlives its code."""

import json
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_each_code_that_the_portal_words_is_one_that_the_server_gives() -> None:
    text = (ROOT / "frontend/src/i18n/en.json").read_text("utf-8")
    folders = [ROOT / name for name in ("portal", "repository", "jobs")]
    sources = [path.read_text("utf-8") for folder in folders for path in folder.rglob("*.py")]
    codes = json.loads(text)["refusal"]
    assert codes
    assert [code for code in codes if not any(f'"{code}"' in one for one in sources)] == []
