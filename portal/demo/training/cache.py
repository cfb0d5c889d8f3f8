"""Whether what an earlier run trained is still what this code would train."""

from __future__ import annotations

import hashlib
import json
from importlib import metadata, resources
from pathlib import Path
from typing import Any

from portal.demo.training.recipes import Recipes

RECORD = "training.json"
# Of the runner only what touches numbers: the rest may change without a new training.
SOURCES = (
    ("portal.demo.training", "*.py"),
    ("portal.demo.training", "templates/*.md"),
    ("ondol_runner.architectures", "*.py"),
    ("ondol_runner", "feeding.py"),
    ("ondol_runner", "protocol.py"),
)
VERSIONS = ("torch", "numpy", "scikit-learn", "safetensors")


class Cache:
    """The record beside the bundles: what trained them, and the digest of every file."""

    def __init__(self, folder: Path, recipes: Recipes) -> None:
        self._folder = folder
        self._key = _key(recipes)

    def read(self) -> list[dict[str, Any]] | None:
        """Return what was kept, or None where the code, a version or a file is another."""
        try:
            record = json.loads((self._folder / RECORD).read_text("utf-8"))
            fresh = record["key"] == self._key and record["files"] == self._digests()
            bundles: list[dict[str, Any]] = record["bundles"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return bundles if fresh else None

    def clear(self) -> None:
        """Forget the record before the files change, so that half of a training never counts."""
        (self._folder / RECORD).unlink(missing_ok=True)

    def write(self, bundles: list[dict[str, Any]]) -> None:
        record = {"key": self._key, "files": self._digests(), "bundles": bundles}
        aside = self._folder / f"{RECORD}.new"
        aside.write_text(json.dumps(record, ensure_ascii=False, indent=2), "utf-8")
        aside.replace(self._folder / RECORD)

    def _digests(self) -> dict[str, str]:
        files = sorted(path for path in self._folder.rglob("*") if path.is_file())
        return {
            path.relative_to(self._folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in files
            if path.name != RECORD
        }


def _key(recipes: Recipes) -> str:
    running = hashlib.sha256(repr(recipes).encode())
    for name in VERSIONS:
        running.update(f"{name} {metadata.version(name)}\n".encode())
    for package, pattern in SOURCES:
        for source in sorted(_folder_of(package).glob(pattern)):
            running.update(f"{package}/{source.name}\n".encode() + source.read_bytes())
    return running.hexdigest()


def _folder_of(package: str) -> Path:
    with resources.as_file(resources.files(package)) as folder:
        return folder
