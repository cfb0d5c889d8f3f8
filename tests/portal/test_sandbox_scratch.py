import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from portal.core.sandbox.scratch import scratch_folder

DIE_INSIDE = """
import os, signal
from portal.core.sandbox.scratch import scratch_folder
with scratch_folder() as folder:
    (folder / "tmp").mkdir()
    (folder / "tmp" / "half").write_bytes(b"written")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def test_the_next_run_removes_what_a_killed_one_left_and_nothing_of_a_living_one(
    place: Path,
) -> None:
    (place / "ondol-scratch-elsewhere").symlink_to("/usr")
    with scratch_folder() as living:
        killed = subprocess.run([sys.executable, "-c", DIE_INSIDE], check=False)
        assert killed.returncode < 0
        left = set(place.glob("*/tmp/half"))
        assert len(left) == 1
        with scratch_folder() as folder:
            assert not any(path.exists() for path in left)
            assert {living, folder} <= set(place.iterdir())
    assert [path.name for path in place.iterdir()] == ["ondol-scratch-elsewhere"]
