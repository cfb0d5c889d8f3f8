"""`python -m portal.demo SERVER HOME [--once]`: the main job over the public API."""

import argparse
import json
import signal
import sys
from pathlib import Path
from typing import Any

from ondol import Client, OndolError

from portal.demo import steps
from portal.demo.report import table
from portal.demo.training.bundle import ensure_bundles
from portal.launch.local_runner import wait_for
from portal.settings.env import Env

CLASSIFIERS = ["digit-resnet", "digit-mobilenet"]


class DemoEnv(Env):
    """What the demo alone reads: a token, made for it."""

    token: str


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m portal.demo")
    parser.add_argument("server")
    parser.add_argument("home", type=Path)
    parser.add_argument("--once", action="store_true")
    given = parser.parse_args()
    env = DemoEnv()
    wait_for(given.server)
    run = steps.Run(Client(given.server, env.token), given.home, tell)
    failed: list[str] = []
    try:
        main_job(run)
    except (steps.DemoFailed, OndolError, OSError) as problem:
        failed.append(str(problem))
    leave(run, env, given.server, failed)
    if failed:
        tell(f"\nondol: the demo stopped: {failed[0]}")
        tell(f"The logs of every process are in {given.home / 'logs'}")
    else:
        tell(table(run.artifacts))
    password = env.admin_password.get_secret_value() if env.admin_password else ""
    tell(f"\nPortal: {given.server}   user admin, password {password}")
    if not given.once and not failed:
        tell("It keeps serving. Ctrl-C ends it.")
        signal.pause()
    return 1 if failed else 0


def main_job(run: steps.Run) -> None:
    cache = run.home / "demo"
    with run.step("Load the sample catalog of published models"):
        steps.load_sample(run)
    with run.step("Train two classifiers and a detector on scikit-learn's digits"):
        bundles = ensure_bundles(cache, lambda line: run.report(f"   {line}"))
    with run.step("Register them, with contexts, files and READMEs"):
        steps.register(run, bundles)
        test_data = steps.keep_test_data(run, cache)
    with run.step(f"Find the right one by a context: {steps.QUERY}"):
        steps.search(run, wanted="admin/digit-resnet")
    with run.step("Convert: PyTorch to ONNX, to int8, to OpenVINO; accuracy on held-out digits"):
        steps.convert(run, CLASSIFIERS, test_data)
    with run.step("Benchmark every device file on this machine"):
        steps.measure(run, CLASSIFIERS)
    with run.step("Download the fastest, verify it, run it"):
        steps.fetch_and_run(run, cache / "digits-evaluation.safetensors")


def leave(run: steps.Run, env: DemoEnv, server: str, failed: list[str]) -> None:
    """Write what the run found where scripts look for it."""
    password = env.admin_password.get_secret_value() if env.admin_password else ""
    found: dict[str, Any] = {
        "base_url": server,
        "admin": {"username": "admin", "password": password},
        "token": env.token,
        "steps": run.steps,
        "search": run.search,
        "artifacts": run.artifacts,
        "download": run.download,
        "failed": failed,
    }
    target = run.home / "demo.json"
    target.touch(mode=0o600)
    target.write_text(json.dumps(found, ensure_ascii=False, indent=2))


def tell(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
