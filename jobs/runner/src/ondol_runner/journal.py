"""Ends of attempts that the server has not answered yet; they outlive this program.

One folder for each: the log, the files it produced, and `end.json`, which is written last. A
folder without it is what a kill left of an end that was never promised, and is removed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ondol_runner import protocol
from ondol_runner.client import AttemptKey
from ondol_runner.durable import PRIVATE_FOLDER, flush, write_private
from ondol_runner.masking import Secret
from ondol_runner.protocol import FinishRequest

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class End:
    """How an attempt ended, with what opens it to say so; `name` is for people."""

    attempt_id: str
    token: str = field(repr=False)
    name: str
    request: FinishRequest


@dataclass(frozen=True)
class Entry:
    """An end, and the folder with the log and the files of its attempt, laid out as a workspace."""

    end: End
    folder: Path

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def products(self) -> Path:
        return self.folder / "products"

    @property
    def key(self) -> AttemptKey:
        return AttemptKey(self.end.attempt_id, self.end.request.epoch, Secret(self.end.token))


@dataclass(frozen=True)
class Journal:
    folder: Path

    def keep(self, end: End, log: Path, products: Iterable[Path] = ()) -> Entry:
        """Put an end, its log and its files on the disk; from here on a kill loses none of them."""
        # The id is the server's word, so it is no path of ours.
        name = hashlib.sha256(f"{end.attempt_id} {end.request.epoch}".encode()).hexdigest()[:16]
        entry = Entry(end, self.folder / name)
        shutil.rmtree(entry.folder, ignore_errors=True)
        entry.folder.mkdir(mode=PRIVATE_FOLDER, parents=True)
        os.link(log, entry.log)
        flush(entry.log)
        entry.products.mkdir(mode=PRIVATE_FOLDER)
        for path in products:
            os.link(path, entry.products / path.name)
            flush(entry.products / path.name)
        flush(entry.products)
        write_private(entry.folder / "end.json", json.dumps(protocol.encode(end)))
        flush(self.folder)
        return entry

    def drop(self, entry: Entry) -> None:
        """Forget an end that the server has answered."""
        # First, so that a kill in between leaves no entry without its log.
        (entry.folder / "end.json").unlink(missing_ok=True)
        shutil.rmtree(entry.folder, ignore_errors=True)

    def ends(self) -> list[End]:
        """Return what is there now, for whoever only looks."""
        ends = []
        for folder in sorted(self.folder.glob("*")):
            # It may be sent and gone between two lines of this.
            with contextlib.suppress(OSError, ValueError):
                ends.append(_read(folder))
        return ends

    def open(self) -> list[Entry]:
        """Return what an earlier run could not send, and remove what it only began to write."""
        self.folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        entries = []
        for folder in sorted(self.folder.iterdir()):
            try:
                entries.append(Entry(_read(folder), folder))
            except FileNotFoundError:
                shutil.rmtree(folder, ignore_errors=True)
            except (OSError, ValueError) as error:
                logger.warning("%s cannot be read, and is left there: %s", folder, error)
        return entries


def _read(folder: Path) -> End:
    return protocol.decode(End, json.loads((folder / "end.json").read_text("utf-8")))
