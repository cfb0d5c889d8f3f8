"""Other people's clients, each installed apart, because no two of their ages live together.

They are made once under `build/clients` and used again; where a registry does not answer, the tier
that needs them is named as not run.
"""

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "build" / "clients"
PYTHON: dict[str, tuple[str, ...]] = {
    "hub-0.36": ("huggingface_hub==0.36.2",),
    "hub-1.1": ("huggingface_hub==1.1.0",),
    "hub-1.19": ("huggingface_hub==1.19.0",),
    "libraries": ("transformers==5.23.0", "huggingface_hub==2.4.0"),
}
ALONE: dict[str, tuple[str, ...]] = {"libraries": ("timm==1.0.31", "torchvision==0.28.0", "pillow")}
"""Packages whose dependencies would bring a second PyTorch."""
JAVASCRIPT = "@huggingface/hub@2.17.5"


def python_of(client: str) -> Path:
    return FOLDER / client / "bin" / "python"


def missing() -> str:
    """Install what is not there yet; return what to do where that fails."""
    for client, packages in PYTHON.items():
        stamp = FOLDER / client / "packages"
        wanted = " ".join((*packages, *ALONE.get(client, ())))
        if stamp.exists() and stamp.read_text() == wanted:
            continue
        if not _make(client, packages):
            return f"let pip reach a registry that has {', '.join(packages)}"
        stamp.write_text(wanted)
    if not shutil.which("npm"):
        return "install Node 20 or newer (nodejs, npm)"
    if not (FOLDER / "javascript" / "node_modules" / "@huggingface" / "hub").exists():
        place = ["--prefix", str(FOLDER / "javascript"), "--no-audit", "--no-fund"]
        if not _quietly("npm", "install", *place, JAVASCRIPT):
            return f"let npm reach a registry that has {JAVASCRIPT}"
    return ""


def _make(client: str, packages: tuple[str, ...]) -> bool:
    folder = FOLDER / client
    shutil.rmtree(folder, ignore_errors=True)
    python = str(python_of(client))
    pip = (python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
    made = _quietly(sys.executable, "-m", "venv", str(folder)) and _quietly(*pip, *packages)
    if made and client in ALONE:
        # PyTorch is ours already: the environment looks for it here after it looked at home.
        home = sysconfig.get_path("purelib", vars={"base": str(folder)})
        Path(home, "beside.pth").write_text(sysconfig.get_path("purelib") + "\n")
        made = _quietly(*pip, "--no-deps", *ALONE[client])
    return made


def _quietly(*command: str) -> bool:
    done = subprocess.run(command, capture_output=True, check=False)
    return done.returncode == 0
