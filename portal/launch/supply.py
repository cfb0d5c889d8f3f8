"""What the product is made of: digests of its packages, a bill of materials, known advisories.

`make lock`, `make sbom` and `make advisories`. The tools are installed apart, under build/tools.
"""

import argparse
import json
import re
import subprocess
import sys
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
TOOLS = BUILD / "tools"
BIN = TOOLS / "bin"
PACKAGES = ("cyclonedx-bom==7.5.0", "pip-audit==2.10.1", "uv==0.13.9")
PINS = ROOT / "requirements.lock"
HASHES = {"requirements.hashes": ".", "requirements-dev.hashes": ".[dev]"}
TORCH = "requirements-torch.hashes"
TORCH_CPU = "requirements-torch-cpu.hashes"
NEXT = re.compile(r"^(?=[A-Za-z0-9])", re.MULTILINE)
HEAD = "# Made by `make lock` from requirements.lock; PyTorch is installed before.\n"
TORCH_HEAD = "# Made by `make lock`: PyTorch and what it alone brings, as the registry has them.\n"
TORCH_CPU_HEAD = (
    "# Made by `make lock`: PyTorch's builds for CPUs, as their own index tells them.\n"
)


def main() -> int:
    parser = argparse.ArgumentParser(description="What Ondol is made of.")
    parser.add_argument("act", choices=("lock", "sbom", "advisories"))
    parser.add_argument("--torch-index", default="", help="index of PyTorch's CPU builds")
    given = parser.parse_args()
    BUILD.mkdir(exist_ok=True)
    install_tools()
    if given.act == "lock":
        lock_cpu_builds(f"{given.torch_index}/torch/")
    return {"lock": lock, "sbom": write_bills, "advisories": ask_advisories}[given.act]()


def install_tools() -> None:
    stamp = TOOLS / "packages"
    if stamp.exists() and stamp.read_text() == " ".join(PACKAGES):
        return
    subprocess.run([sys.executable, "-m", "venv", str(TOOLS)], check=True)
    subprocess.run([str(BIN / "pip"), "install", "--quiet", *PACKAGES], check=True)
    stamp.write_text(" ".join(PACKAGES))


def name_of(line: str) -> str:
    """Return the name of a requirement as registries compare it."""
    return re.sub(r"[-_.]+", "-", re.split(r"[=\s;\[]", line, maxsplit=1)[0]).lower()


def pinned() -> set[str]:
    return {name_of(line) for line in PINS.read_text("utf-8").splitlines() if line.strip()}


def lock() -> int:
    """Write the digest of every file of every pinned package, for all systems and Pythons."""
    known = pinned()
    for file, portal in HASHES.items():
        wanted = BUILD / "wanted.in"
        parts = ["./jobs/runner[onnxruntime,openvino,pytorch]", "./repository/client[torch]"]
        # Setuptools builds our own packages, so it is installed like any other before them.
        wanted.write_text("\n".join([*parts, portal, "setuptools", ""]))
        words = ["--universal", "--python-version", "3.11", "--generate-hashes", "--quiet"]
        words += ["--no-annotate", "--no-header", "-c", str(PINS), "-o", str(BUILD / file)]
        command = [str(BIN / "uv"), "pip", "compile", str(wanted), *words]
        subprocess.run(command, cwd=ROOT, check=True)
        entries = NEXT.split((BUILD / file).read_text("utf-8"))
        entries = [entry for entry in entries if "--hash=" in entry]
        kept = [entry for entry in entries if name_of(entry) in known]
        (ROOT / file).write_text(HEAD + "".join(kept), "utf-8")
        print(f"{file}: {len(kept)} packages")
        # What PyTorch for graphics cards brings is in no pin of ours.
        others = [entry for entry in entries if name_of(entry) not in known]
        (ROOT / TORCH).write_text(TORCH_HEAD + "".join(others), "utf-8")
    return 0


def lock_cpu_builds(url: str) -> None:
    """Write the digests of PyTorch's builds for CPUs as this page of their own index tells them.

    Where that does not answer, what was known before stays.
    """
    listed = (ROOT / TORCH_CPU).read_text("utf-8").splitlines()
    pin = next(line for line in listed if line.startswith("torch==")).split()[0]
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:  # noqa: S310  (whoever runs make names it)
            page = urllib.parse.unquote(answer.read().decode())
    except (OSError, ValueError) as error:
        print(f"{TORCH_CPU}: left as it is, the index of CPU builds does not answer: {error}")
        return
    wanted = re.escape(pin.replace("==", "-")) + r"(?:\+cpu)?-[\w.-]+\.whl"
    files = sorted(set(re.findall(rf"({wanted})#sha256=([0-9a-f]{{64}})", page)))
    if not files:
        print(f"{TORCH_CPU}: left as it is, the index names no {pin} for CPUs")
        return
    hashes = " \\\n".join(f"    --hash=sha256:{digest}" for _, digest in files)
    names = "".join(f"# {name}\n" for name, _ in files)
    (ROOT / TORCH_CPU).write_text(f"{TORCH_CPU_HEAD}{names}{pin} \\\n{hashes}\n", "utf-8")
    print(f"{TORCH_CPU}: {len(files)} builds")


def write_bills() -> int:
    """Write CycloneDX bills of materials of the server and of the portal into build/."""
    server, portal = BUILD / "sbom-server.json", BUILD / "sbom-portal.json"
    python = ROOT / ".venv" / "bin" / "python"
    made = [str(BIN / "cyclonedx-py"), "environment", "--of", "JSON", "-o", str(server)]
    subprocess.run([*made, str(python)], check=True)
    asked = ["npm", "sbom", "--sbom-format", "cyclonedx", "--omit", "dev"]
    done = subprocess.run(asked, cwd=ROOT / "frontend", check=True, capture_output=True, text=True)
    portal.write_text(done.stdout, "utf-8")
    for file in (server, portal):
        parts = json.loads(file.read_text("utf-8"))["components"]
        print(f"{file.relative_to(ROOT)}: {len(parts)} components")
    return 0


def ask_advisories() -> int:
    """Fail on a known advisory; where a database does not answer, say so and fail nothing."""
    audit = [str(BIN / "pip-audit"), "--disable-pip", "--no-deps", "--progress-spinner", "off"]
    python = [*audit, "--require-hashes", "-r", str(ROOT / "requirements-dev.hashes")]
    npm = ["npm", "audit", "--omit", "dev", "--json"]
    return max(_ask("Python", python, ROOT), _ask("npm", npm, ROOT / "frontend"))


def _ask(name: str, command: list[str], folder: Path) -> int:
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    if done.returncode == 0:
        print(f"advisories, {name}: none known")
        return 0
    told = done.stdout + done.stderr
    if re.search(r"Found \d+ known vulnerabilit|\"auditReportVersion\"", told):
        print(f"advisories, {name}:\n{done.stdout}")
        return 1
    why = next((line for line in told.splitlines() if "rror" in line), told.strip())[:200]
    print(f"advisories, {name}: NOT CHECKED, the database cannot be reached: {why}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
