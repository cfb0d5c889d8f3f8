"""How a machine becomes a runner: the script it runs, and the wheels it installs from."""

import functools
import hashlib
import shlex
from pathlib import Path

from django.conf import settings

from jobs.wheels import WheelStore

SCRIPT = Path(__file__).with_name("install.sh")


def wheel_store() -> WheelStore:
    """Return the wheel built by `make`, and those that an administrator fetched."""
    return WheelStore((settings.RUNNER_WHEEL, settings.RUNNER_WHEELS))


def install_script() -> str:
    """Return the script as a machine gets it: with this server's address and wheel."""
    store = wheel_store()
    runner = store.runner()
    values = {
        "SERVER": settings.ENV.public_url.rstrip("/"),
        "WHEEL": runner.name if runner else "",
        "SHA256": runner.sha256 if runner else "",
        "HAS_DEPENDENCIES": "yes" if store.has_dependencies() else "no",
    }
    return functools.reduce(
        lambda text, item: text.replace(f"@{item[0]}@", shlex.quote(item[1])),
        values.items(),
        SCRIPT.read_text("utf-8"),
    )


def install_command(code: str) -> str:
    """Return the one line that connects a machine with a code."""
    server = settings.ENV.public_url.rstrip("/")
    return f"curl -fsSL {server}/runner/install.sh | sh -s -- --code {code}"


def script_sha256() -> str:
    return hashlib.sha256(install_script().encode()).hexdigest()
