"""The folder of one attempt: its model, its scratch space, and the files its parts speak by."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ondol_runner.durable import PRIVATE_FOLDER
from ondol_runner.faults import Fault
from ondol_runner.protocol import Reason, sentence
from ondol_runner.status import StatusFile


@dataclass(frozen=True)
class Workspace:
    """Where everything of one attempt lies."""

    path: Path

    @property
    def model(self) -> Path:
        return self.path / "model"

    @property
    def samples(self) -> Path:
        return self.path / "samples.safetensors"

    @property
    def scratch(self) -> Path:
        """What children may fill: their working, home and temporary folder."""
        return self.path / "scratch"

    @property
    def products(self) -> Path:
        """What the job is to keep of this attempt, besides its result."""
        return self.path / "products"

    @property
    def status(self) -> StatusFile:
        return StatusFile(self.path / "status.json")

    @property
    def log(self) -> Path:
        return self.path / "log"

    @property
    def request(self) -> Path:
        return self.path / "request.json"

    @property
    def outcome(self) -> Path:
        return self.path / "outcome.json"

    def model_file(self, name: str) -> Path:
        """Return where a file of the artifact goes, or refuse a name that leads elsewhere."""
        pure = PurePosixPath(name)
        if not pure.parts or pure.is_absolute() or ".." in pure.parts or "\0" in name:
            raise Fault(
                Reason.DOWNLOAD_FAILED,
                sentence(
                    "file_outside",
                    "The artifact names a file {file}, which is no path inside its own folder.",
                    file=repr(name),
                ),
            )
        return self.model.joinpath(*pure.parts)


@contextmanager
def workspace_at(path: Path) -> Iterator[Workspace]:
    """Make an empty workspace, and remove it however the attempt ends."""
    workspace = Workspace(path)
    shutil.rmtree(path, ignore_errors=True)
    try:
        for folder in (workspace.model, workspace.scratch, workspace.products):
            folder.mkdir(mode=PRIVATE_FOLDER, parents=True)
        yield workspace
    finally:
        shutil.rmtree(path, ignore_errors=True)


def clear_workspaces(folder: Path) -> None:
    """Remove what attempts of an earlier run left behind."""
    shutil.rmtree(folder, ignore_errors=True)
