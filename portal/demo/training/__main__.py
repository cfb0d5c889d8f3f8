"""`python -m portal.demo.training FOLDER`: train the demo's models and write their bundles."""

import argparse
from pathlib import Path

from portal.demo.training.bundle import ensure_bundles


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m portal.demo.training")
    parser.add_argument("folder", type=Path)
    ensure_bundles(parser.parse_args().folder, lambda line: print(line, flush=True))


if __name__ == "__main__":
    main()
