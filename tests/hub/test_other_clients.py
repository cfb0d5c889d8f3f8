"""Other people's programs above and beside `huggingface_hub`, each against the real edge."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests import hub_clients
from tests.cast import Cast
from tests.hub.conftest import Hub, Visit

Knock = Callable[..., httpx.Client]
pytestmark = pytest.mark.clients


def test_transformers_and_timm_push_and_load(hub: Hub, cast: Cast, visit: Visit) -> None:
    python = hub_clients.python_of("libraries")

    seen = visit("libraries.py", hub.environment(hub.token(cast.olga)), python)

    assert [seen["same"], seen["pinned"], seen["same commit"]] == [True, 16, True]
    assert seen["card"] == "mit"
    assert {"context:night", "license:mit"} <= set(seen["tags"])
    assert seen["same picture"]
    # The pickle beside them is kept, but nobody is given it.
    assert {"config.json", "model.safetensors"} <= set(seen["files"])
    assert "pytorch_model.bin" not in seen["files"]


@pytest.mark.parametrize("xet", ["0", "1"], ids=["lfs", "xet"])
def test_javascript_makes_the_whole_way(xet: str, hub: Hub, cast: Cast) -> None:
    script = Path(__file__).parent / "clients" / "javascript.mjs"
    place = {"CLIENT": str(hub_clients.FOLDER / "javascript"), "USE_XET": xet}
    environment = hub.environment(hub.token(cast.olga), **place)

    done = subprocess.run(
        ["node", str(script)], env=environment, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen["who"] == "olga"
    assert [seen["before"], seen["exists"], seen["after"]] == [False, False, False]
    assert seen["files"] == ["config.json", "w.bin"]
    assert [seen["info"], *seen["found"]] == ["olga/from-js"] * 2
    assert [seen["same"], seen["text"], seen["missing"]] == [True, '{"a": 1}', None]
    assert seen["commits"] == ["From the other side"]


def test_the_command_line_uploads_tags_and_downloads(hub: Hub, cast: Cast, tmp_path: Path) -> None:
    environment = hub.environment(hub.token(cast.olga))
    source = tmp_path / "source"
    (source / "sub").mkdir(parents=True)
    (source / "w.bin").write_bytes(bytes(range(256)) * (9 * 2**12))
    (source / "sub" / "a.txt").write_text("a")

    def hf(*words: str) -> str:
        command = [str(Path(sys.executable).parent / "hf"), *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    assert "olga" in hf("auth", "whoami")
    hf("upload", "olga/cli", str(source), ".")
    hf("repos", "tag", "create", "olga/cli", "1.0.0")
    assert "1.0.0" in hf("repos", "tag", "list", "olga/cli")
    hf("repos", "delete-files", "olga/cli", "w.bin")
    assert "w.bin" not in hf("models", "ls", "olga/cli")
    got = tmp_path / "got"
    hf("download", "olga/cli", "--revision", "1.0.0", "--local-dir", str(got))
    assert (got / "w.bin").read_bytes() == (source / "w.bin").read_bytes()
    assert (got / "sub" / "a.txt").read_text() == "a"
    hf("cache", "verify", "olga/cli", "--revision", "1.0.0", "--local-dir", str(got))
