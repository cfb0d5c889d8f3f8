"""The whole product for a browser: every process of it, and Debian's Chromium."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.services import ROOT, free_port

PASSWORD = "correct-horse-9"
PATIENCE_S = 90
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


@dataclass(frozen=True)
class Product:
    url: str
    home: Path
    environment: dict[str, str]


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    return {"executable_path": chromium, "args": [*QUIET, "--disable-component-update"]}


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Start the product as `make serve` does, with a runner of this machine beside it."""
    home = tmp_path_factory.mktemp("home")
    port = free_port()
    environment = {
        **os.environ,
        "ONDOL_HOME": str(home),
        "ONDOL_ADMIN_PASSWORD": PASSWORD,
        "ONDOL_HOST_LOCK": str(home / "host.lock"),
        "ONDOL_ELASTICSEARCH_INDEX": f"ondol-e2e-{port}",
        "ONDOL_PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    # pytest runs with the settings of tests; the product runs with its own.
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    url = environment["ONDOL_PUBLIC_URL"]
    serve = [sys.executable, "-m", "portal.launch", "serve", "--port", str(port)]
    with subprocess.Popen(serve, cwd=ROOT, env=environment, start_new_session=True) as house:
        try:
            wait_until_ready(url, house)
            invite = [sys.executable, "manage.py", "invite_runner", "this-machine"]
            code = subprocess.run(
                invite, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
            ).stdout.strip()
            runner = [sys.executable, "-m", "portal.launch.local_runner", url]
            with subprocess.Popen(
                [*runner, str(home / "runner"), code], cwd=ROOT, env=environment
            ) as agent:
                yield Product(url, home, environment)
                agent.terminate()
        finally:
            house.terminate()


def wait_until_ready(url: str, house: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and house.poll() is None:
        try:
            if httpx.get(f"{url}/readyz", timeout=2).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    pytest.fail(f"The product did not start at {url}.")
