"""A slice of `make soak ONLY=kills` and `ONLY=network`: real processes, one seed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.lab import Lab, open_lab, shorten
from tests.faults.nemesis import bad_network, disturb, kill

SEED = 4
KILLS = 3
FAULTS = 3


@pytest.fixture
def lab(transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    shorten(monkeypatch.setattr)
    with open_lab(tmp_path, SEED, runners=1, broker=False) as opened:
        yield opened


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_jobs_end_once_whatever_is_killed(lab: Lab) -> None:
    told = kill(lab, KILLS, {})
    lab.ask()
    assert lab.rest() == []
    assert told.total() == KILLS, told
    assert lab.asked


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_jobs_end_once_on_a_bad_network(lab: Lab, tmp_path: Path) -> None:
    with bad_network(lab, tmp_path, SEED) as weather:
        disturb(lab, weather, FAULTS)
        assert lab.rest() == []
    assert lab.asked
