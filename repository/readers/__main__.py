"""The sandboxed child: `python -m repository.readers FILE NAME ...` prints a JSON object a pair."""

import dataclasses
import json
import sys
from pathlib import Path

from repository.readers.reading import read_file


def main() -> None:
    words = sys.argv[1:]
    for path, name in zip(words[::2], words[1::2], strict=True):
        finding = read_file(Path(path), name)
        sys.stdout.write(json.dumps(dataclasses.asdict(finding), allow_nan=False) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
