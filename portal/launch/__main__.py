"""`python -m portal.launch serve|demo|dev`: the embedded product under one process manager."""

import argparse
import os
import sys

from portal.launch.local_runner import is_enrolled
from portal.launch.processes import PYTHON, CannotStart, House, manage, prepare, run_house
from portal.launch.redis_server import NoRedis

DEMO_PASSWORD = "ondol-demo"  # noqa: S105


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m portal.launch")
    parser.add_argument("what", choices=["serve", "demo", "dev"])
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--once", action="store_true", help="end after the demo's main job")
    given = parser.parse_args()
    try:
        if given.what == "demo":
            return demo(given.port, once=given.once)
        return serve(given.port) if given.what == "serve" else dev(given.port)
    except (CannotStart, NoRedis) as problem:
        print(f"ondol: {problem}", file=sys.stderr)
    except OSError as problem:
        print(f"ondol: {problem.strerror}: {problem.filename or ''}", file=sys.stderr)
    return 1


def serve(port: int) -> int:
    """Run the embedded product for real use."""
    house = prepare(port)
    manage(house, "ensure_admin")
    link = manage(house, "setup_link")
    print(f"Ondol is at {house.url}")
    if link:
        print(f"Set the administrator's password once, at {house.url}{link}")
    print("Ctrl-C ends it.", flush=True)
    return run_house(house, loud=frozenset())


def demo(port: int, *, once: bool) -> int:
    """Run everything, with the main job over the public API."""
    password = DEMO_PASSWORD
    house = prepare(
        port, {"ONDOL_ADMIN_PASSWORD": os.environ.get("ONDOL_ADMIN_PASSWORD", password)}
    )
    manage(house, "ensure_admin")
    token = manage(house, "create_token", "admin", "--scope", "write", "--name", "demo")
    add_local_runner(house)
    house.environment["ONDOL_TOKEN"] = token
    house.commands["demo"] = [PYTHON, "-m", "portal.demo", house.url, str(house.env.home)]
    if once:
        house.commands["demo"].append("--once")
    return run_house(house, loud=frozenset({"demo"}))


def dev(port: int) -> int:
    """Run a web process that reloads, worker, janitor, runner and Vite."""
    house = prepare(port, {"ONDOL_DEBUG": "1", "ONDOL_ADMIN_PASSWORD": DEMO_PASSWORD})
    manage(house, "ensure_admin")
    if not is_enrolled(house.env.home / "runner"):
        manage(house, "import_catalog", "repository/catalog/sample")
    add_local_runner(house)
    house.commands["web"] += ["--reload", "--reload-dir", "."]
    house.commands["vite"] = ["npm", "--prefix", "frontend", "run", "dev"]
    print(f"The portal is at http://localhost:5173, the API at {house.url}.")
    print(f"Sign in as admin / {DEMO_PASSWORD}", flush=True)
    return run_house(house, loud=frozenset(house.commands))


def add_local_runner(house: House) -> None:
    """Plan the runner of this machine, with a code if it was never connected."""
    home = house.env.home / "runner"
    code = "" if is_enrolled(home) else manage(house, "invite_runner", "this-machine")
    house.commands["runner"] = [
        PYTHON,
        "-m",
        "portal.launch.local_runner",
        house.url,
        str(home),
        code,
    ]


if __name__ == "__main__":
    sys.exit(main())
