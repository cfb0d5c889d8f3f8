from pathlib import Path

import pytest

from portal.settings.env import REPOSITORY_ROOT, Env

EXAMPLE = (REPOSITORY_ROOT / ".env.example").read_text()


def test_the_example_names_every_setting_and_no_other() -> None:
    named = {
        line.removeprefix("# ").partition("=")[0]
        for line in EXAMPLE.splitlines()
        if line.removeprefix("# ").startswith("ONDOL_")
    }

    assert named == {f"ONDOL_{name.upper()}" for name in Env.model_fields}


def test_the_example_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copied = tmp_path / ".env"
    copied.write_text(EXAMPLE)

    assert Env(_env_file=copied) == Env(_env_file=None)
