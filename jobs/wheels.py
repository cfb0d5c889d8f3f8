"""The wheels from which devices install the runner: our own, and what an administrator fetched."""

import functools
import hashlib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path

from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import Version

RUNNER = canonicalize_name("ondol-runner")


@dataclass(frozen=True)
class Wheel:
    """One file a device may install from; `requires_python` as its makers wrote it."""

    path: Path
    project: str
    version: Version
    sha256: str
    requires_python: str

    @property
    def name(self) -> str:
        return self.path.name


@dataclass(frozen=True)
class WheelStore:
    """Folders of wheels; a file of an earlier folder stands before its namesake in a later one."""

    folders: tuple[Path, ...]

    def wheels(self) -> list[Wheel]:
        return [wheel for path in self._paths() if (wheel := _wheel_at(path)) is not None]

    def find(self, name: str) -> Wheel | None:
        return next((wheel for wheel in self.wheels() if wheel.name == name), None)

    def runner(self) -> Wheel | None:
        """Return the runner's own newest wheel."""
        ours = [wheel for wheel in self.wheels() if wheel.project == RUNNER]
        return max(ours, key=lambda wheel: wheel.version, default=None)

    def has_dependencies(self) -> bool:
        """Answer whether devices can install without another package index."""
        return any(wheel.project != RUNNER for wheel in self.wheels())

    def _paths(self) -> Iterator[Path]:
        seen: set[str] = set()
        for folder in self.folders:
            for path in sorted(folder.glob("*.whl")):
                if path.name not in seen:
                    seen.add(path.name)
                    yield path


def _wheel_at(path: Path) -> Wheel | None:
    try:
        status = path.stat()
        return _read_wheel(path, status.st_mtime_ns, status.st_size)
    except (OSError, InvalidWheelFilename, zipfile.BadZipFile):
        return None  # half copied, or no wheel: pip would not take it either


@functools.lru_cache(maxsize=1024)
def _read_wheel(path: Path, modified_ns: int, size: int) -> Wheel:
    """Read what pip wants to know of a wheel, once for each state of the file."""
    del modified_ns, size
    project, version, _build, _tags = parse_wheel_filename(path.name)
    with path.open("rb") as source:
        sha256 = hashlib.file_digest(source, "sha256").hexdigest()
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        text = archive.read(names[0]).decode("utf-8", "replace") if names else ""
    requires = HeaderParser().parsestr(text).get("Requires-Python", "")
    return Wheel(path, project, version, sha256, requires)
