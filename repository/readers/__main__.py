"""The sandboxed child: `python -m repository.readers FILE NAME` prints one JSON object."""

import dataclasses
import json
import sys
from pathlib import Path

from repository.readers.reading import read_file


def main() -> None:
    path, name = sys.argv[1:]
    finding = read_file(Path(path), name)
    sys.stdout.write(json.dumps(dataclasses.asdict(finding), allow_nan=False) + "\n")


if __name__ == "__main__":
    main()
