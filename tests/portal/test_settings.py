import os
import subprocess
import sys
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


def test_a_setting_may_lie_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "key"
    kept.write_text("from-a-file\n")
    monkeypatch.setenv("ONDOL_SECRET_KEY_FILE", str(kept))
    assert Env().key == "from-a-file"

    monkeypatch.setenv("ONDOL_DATABASE_URL_FILE", str(tmp_path / "none"))
    with pytest.raises(SystemExit, match="ONDOL_DATABASE_URL_FILE names a file"):
        Env()


def test_production_settings_pass_the_checks_of_django(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "portal.settings.base",
        "ONDOL_HOME": str(tmp_path),
        "ONDOL_PUBLIC_URL": "https://ondol.example.org",
        "ONDOL_ALLOWED_HOSTS": "ondol.example.org",
    }
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(
        command, cwd=REPOSITORY_ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "no issues (3 silenced)" in done.stdout + done.stderr
