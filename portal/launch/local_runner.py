"""The runner of this machine: connected once the server answers, then run for good."""

import os
import subprocess
import sys
import time
from pathlib import Path

import httpx

PATIENCE_S = 60


def main(server: str, home: str, code: str) -> None:
    """Wait for the server, enroll with the code unless that was done, and become the runner."""
    wait_for(server)
    command = [sys.executable, "-m", "ondol_runner"]
    if code:
        enroll = ["enroll", "--home", home, "--server", server, "--code", code]
        subprocess.run([*command, *enroll, "--device", "this-machine"], check=True)
    # The program takes this process over, so that signals reach it.
    os.execv(command[0], [*command, "run", "--allow-root", "--home", home])  # noqa: S606  (there is no shell to start)


def wait_for(server: str) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        try:
            if httpx.get(f"{server}/readyz", timeout=2).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    sys.exit(f"{server} did not answer within {PATIENCE_S} s.")


def is_enrolled(home: Path) -> bool:
    return (home / "config.json").exists()


if __name__ == "__main__":
    main(*sys.argv[1:4])
