"""The table of failures names tests that exist, and every failure."""

import re

from tests.services import ROOT

TABLE = (ROOT / "docs" / "reliability.md").read_text("utf-8")
FAILURES = 22


def test_every_failure_has_its_row() -> None:
    assert [int(number) for number in re.findall(r"^\| F(\d+) ", TABLE, re.MULTILINE)] == list(
        range(1, FAILURES + 1)
    )


def test_every_test_that_the_table_names_exists() -> None:
    files = [*ROOT.glob("tests/**/test_*.py"), *ROOT.glob("jobs/runner/tests/test_*.py")]
    there = {name for file in files for name in re.findall(r"def (test_\w+)", file.read_text())}
    named = set(re.findall(r"`(test_\w+)`", TABLE))
    assert len(named) > FAILURES
    assert named <= there, f"no such test: {sorted(named - there)}"
