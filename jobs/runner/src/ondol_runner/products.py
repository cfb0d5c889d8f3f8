"""Files that an attempt produced: offered by their digest, sent in parts, gone on with."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

from ondol_runner.client import AttemptKey, Client, Refused
from ondol_runner.protocol import BenchmarkResult, FileOffer
from ondol_runner.retry import Passing

PART_BYTES = 512 * 2**10
MOST_FILES = 16
MOST_WRONG = 3
ALTERED = "file_altered"


@dataclass(frozen=True)
class ProductShipper:
    """Sends the files of one attempt; a part that arrived altered is sent again, a few times."""

    client: Client
    key: AttemptKey

    def ship(self, path: Path) -> None:
        """Send what the server lacks of a file; raises Passing, or Refused if it takes none."""
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        offer = FileOffer(self.key.epoch, path.name, len(content), digest)
        wrong = 0
        held = self.client.offer_file(self.key, offer)
        while held < len(content):
            part = content[held : held + PART_BYTES]
            try:
                grown = self.client.append_file(self.key, path.name, held, part)
            except Refused as refusal:
                if refusal.code != ALTERED or wrong == MOST_WRONG:
                    raise
                wrong += 1
                grown = self.client.offer_file(self.key, offer)
            else:
                if grown == held:
                    raise Passing("The server took a part of a file but kept nothing of it.")
            held = grown


def write_samples(result: BenchmarkResult, folder: Path) -> None:
    """Write every sample as a table, for whoever wants to look behind the figures."""
    with (folder / "samples.csv").open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out)
        table.writerow(["launch", "sample", "milliseconds"])
        for number, launch in enumerate(result.launches, start=1):
            for at, value in enumerate(launch.samples_ms, start=1):
                table.writerow([number, at, value])


def products_in(folder: Path) -> list[Path]:
    """Return the files in a folder that are files, by name; links lead elsewhere and stay."""
    if not folder.is_dir():
        return []
    found = [path for path in sorted(folder.iterdir()) if path.is_file() and not path.is_symlink()]
    return found[:MOST_FILES]
