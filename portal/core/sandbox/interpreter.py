"""Our own interpreter inside a sandbox: what starts it, what it must read, what it may know."""

import os
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

MOST_THREADS = 8
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def python_argv(module: str, *arguments: str) -> list[str]:
    """Return the command that runs one of our modules with the interpreter we run on."""
    return [sys.executable, "-m", module, *arguments]


@cache
def python_paths() -> tuple[Path, ...]:
    """Return what the interpreter reads: itself, its environment, and our packages.

    Never the checkout as a whole: the product's data and its `.env` may lie in it.
    """
    root = Path(__file__).resolve().parents[3]
    packages = (root / name for name in ("portal", "repository", "jobs"))
    prefixes = (Path(sys.prefix), Path(sys.exec_prefix), Path(sys.base_prefix))
    wanted = [*prefixes, *(prefix.resolve() for prefix in prefixes), *packages]
    return tuple(dict.fromkeys(path for path in wanted if path.is_dir()))


def environment(home: str, extra: Mapping[str, str]) -> dict[str, str]:
    """Return the whole environment of a child: nothing of ours is inherited."""
    threads = str(min(MOST_THREADS, os.cpu_count() or 1))
    return {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": home,
        "TMPDIR": home,
        # Libraries ask for the user's name; there is no /etc/passwd to find it in.
        "USER": "sandbox",
        "LOGNAME": "sandbox",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONNOUSERSITE": "1",
        # A hostile json.py in the working folder must not be what `import json` finds.
        "PYTHONSAFEPATH": "1",
        "PYTHONUNBUFFERED": "1",
        # Each arena of malloc reserves address space, which the memory limit counts.
        "MALLOC_ARENA_MAX": "4",
        **dict.fromkeys(THREADS, threads),
        **extra,
    }
