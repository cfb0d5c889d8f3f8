"""The served product as a Hugging Face client finds it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings

from portal.accounts.models import User
from portal.accounts.services.tokens import create_token
from portal.accounts.types import Scope
from tests.cast import Cast

Visit = Callable[..., dict[str, Any]]


@dataclass(frozen=True)
class Hub:
    """Where the edge is, and how to knock."""

    endpoint: str
    home: Path

    def token(self, user: User, scope: Scope = Scope.WRITE) -> str:
        return create_token(user, name="hub", scope=scope)[1]

    def environment(self, token: str = "", **more: str) -> dict[str, str]:
        """Return what a client's process is started with: this edge, and a cache of its own."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        return {
            **kept,
            "HOME": str(self.home),
            "HF_HOME": str(self.home / "hf"),
            "HF_ENDPOINT": self.endpoint,
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            **({"HF_TOKEN": token} if token else {}),
            **more,
        }


@pytest.fixture
def hub(server: str, cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """Serve the edge under the address that it believes to have."""
    changed = settings.ENV.model_copy(update={"public_url": server})
    monkeypatch.setattr(settings, "ENV", changed)
    home = tmp_path / "client"
    home.mkdir()
    return Hub(f"{server}/hf", home)


@pytest.fixture
def knock(hub: Hub) -> Iterator[Callable[..., httpx.Client]]:
    """Return clients that call the edge by hand, as a person or as nobody."""
    opened: list[httpx.Client] = []

    def open_client(user: User | None, scope: Scope = Scope.WRITE) -> httpx.Client:
        headers = {"Authorization": f"Bearer {hub.token(user, scope)}"} if user else {}
        opened.append(httpx.Client(base_url=hub.endpoint, headers=headers, timeout=60))
        return opened[-1]

    yield open_client
    for client in opened:
        client.close()


@pytest.fixture
def visit() -> Visit:
    """Run one of the scripts in `clients/` with an interpreter and return what it saw."""

    def run(
        script: str, environment: Mapping[str, str], python: str | Path = sys.executable
    ) -> Any:
        path = Path(__file__).parent / "clients" / script
        done = subprocess.run(
            [str(python), str(path)],
            env=dict(environment),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return json.loads(done.stdout.splitlines()[-1])

    return run
