"""`python -m tests.faults kills|network COUNT SEED`: one run, told as a line of JSON."""

import json
import sys

import django

django.setup()

from tests.faults.driver import drive  # noqa: E402

if __name__ == "__main__":
    told = drive(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    sys.stdout.write(json.dumps(told) + "\n")
