"""A runner's side of the line, ready to call: for tests over HTTP."""

from collections.abc import Iterator

import pytest

from jobs.models import Attempt, Job
from portal.accounts.models import User
from tests.cast import people
from tests.jobs.runner_calls import Caller, calling
from tests.jobs.scene import Board, benchmark_job, connect, granted

Line = tuple[Attempt, Caller]


@pytest.fixture
def olga(transactional_db: None) -> User:
    return people().olga


@pytest.fixture
def olgas_board(olga: User) -> Board:
    return connect(olga)


@pytest.fixture
def caller(server: str, olgas_board: Board) -> Iterator[Caller]:
    with calling(server, olgas_board.secret) as opened:
        yield opened


@pytest.fixture
def stranger(server: str) -> Iterator[Caller]:
    with calling(server) as opened:
        yield opened


@pytest.fixture
def asked(olga: User, olgas_board: Board) -> Job:
    return benchmark_job(olga, olgas_board)


@pytest.fixture
def offer(asked: Job, olgas_board: Board, server: str) -> Iterator[Line]:
    """Offer the job, and open the line that goes with the attempt."""
    attempt, secret = granted(asked, olgas_board)
    with calling(server, secret) as opened:
        yield attempt, opened


@pytest.fixture
def running(offer: Line) -> Line:
    attempt, line = offer
    assert line.post(f"attempts/{attempt.pk}/accept", {"epoch": 1}).status_code == 204
    return attempt, line
