"""Where the client keeps its address, its token and its unfinished uploads."""

import contextlib
import json
import os
from pathlib import Path
from typing import Any

import click

from ondol.errors import OndolError

URL = "ONDOL_URL"
TOKEN = "ONDOL_TOKEN"  # noqa: S105


def folder() -> Path:
    return Path(os.environ.get("ONDOL_CLIENT_HOME") or click.get_app_dir("ondol"))


def remember_login(url: str, token: str) -> None:
    write("login.json", {"url": url, "token": token})


def forget_login() -> None:
    (folder() / "login.json").unlink(missing_ok=True)


def login(url: str = "", token: str = "") -> tuple[str, str]:
    """Return address and token: as given, else the environment's, else those that were kept.

    A kept token goes to the address that it was kept for and to no other.
    """
    kept = read("login.json")
    url = url or os.environ.get(URL) or kept.get("url", "")
    token = token or os.environ.get(TOKEN) or (kept["token"] if kept.get("url") == url else "")
    if not url or not token:
        raise OndolError("Sign in first: ondol login URL", code="no_login")
    return url, token


def read(name: str) -> dict[str, Any]:
    try:
        found = json.loads((folder() / name).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write(name: str, content: dict[str, Any]) -> None:
    """Replace a file whole, readable by its owner alone."""
    folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = folder() / f"{name}.{os.getpid()}"
    with contextlib.suppress(FileNotFoundError):
        aside.unlink()
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file)
    aside.replace(folder() / name)
