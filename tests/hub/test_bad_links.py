"""Downloads over links that break, with the real client."""

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests import hub_clients
from tests.cast import Cast
from tests.hub.bad_link import BadLink
from tests.hub.conftest import Hub, Visit
from tests.hub.wire import create, lfs_line, push, send_large

Knock = Callable[..., httpx.Client]
Link = Callable[..., BadLink]
LARGE = bytes(range(256)) * (28 * 2**12)
pytestmark = pytest.mark.clients
STEP = 10 * 2**20
"""Clients go on from a multiple of this."""


@pytest.fixture
def digest(knock: Knock, cast: Cast) -> str:
    client = knock(cast.olga)
    create(client, "m")
    oid = send_large(client, "olga/m", LARGE)
    assert push(client, "olga/m", lfs_line("w.bin", oid)).status_code == 200
    return oid


@pytest.fixture
def link(hub: Hub) -> Iterator[Link]:
    opened: list[BadLink] = []

    def open_link(*, stalls: bool) -> BadLink:
        upstream = hub.endpoint.removesuffix("/hf")
        opened.append(BadLink(upstream, after_bytes=15 * 2**20, stalls=stalls))
        return opened[-1]

    yield open_link
    for one in opened:
        one.close()


def through(hub: Hub, link: BadLink, token: str) -> dict[str, str]:
    return {**hub.environment(token), "HF_ENDPOINT": f"{link.url}/hf"}


def starts(link: BadLink) -> list[int]:
    """Return from which byte each request for the file's bytes asked."""
    found = []
    for request in link.requests:
        if request.startswith("GET /hf/olga/m/resolve/"):
            asked = re.search(r"(?im)^range: bytes=(\d+)-", request)
            found.append(int(asked[1]) if asked else 0)
    return found


def test_a_cut_download_goes_on_where_it_was(
    hub: Hub, cast: Cast, digest: str, link: Link, visit: Visit
) -> None:
    cutting = link(stalls=False)

    seen = visit("download.py", through(hub, cutting, hub.token(cast.olga)))

    assert seen["sha256"] == digest
    assert starts(cutting) == [0, STEP]


def kill_amid(python: str, environment: dict[str, str], link: BadLink) -> None:
    script = str(Path(__file__).parent / "clients" / "download.py")
    with subprocess.Popen([python, script], env=environment, stderr=subprocess.DEVNULL) as client:
        assert link.stalled.wait(60)
        cache = Path(environment["HF_HOME"])
        # What passed the link may still be on its way to the client's disk.
        for _ in range(600):
            if sum(path.stat().st_size for path in cache.rglob("*.incomplete")):
                break
            time.sleep(0.1)
        client.kill()


def test_a_killed_client_loses_nothing_but_time(
    hub: Hub, cast: Cast, digest: str, link: Link, visit: Visit
) -> None:
    stalling = link(stalls=True)
    environment = through(hub, stalling, hub.token(cast.olga))

    kill_amid(sys.executable, environment, stalling)
    seen = visit("download.py", environment)

    assert seen["sha256"] == digest
    # Since 1.18 these clients begin a file anew in each process.
    assert starts(stalling) == [0, 0]


def test_a_killed_client_of_old_goes_on_in_its_next_life(
    hub: Hub, cast: Cast, digest: str, link: Link, visit: Visit
) -> None:
    python = hub_clients.python_of("hub-0.36")
    stalling = link(stalls=True)
    environment = through(hub, stalling, hub.token(cast.olga))

    kill_amid(str(python), environment, stalling)
    seen = visit("download.py", environment, python)

    assert seen["sha256"] == digest
    first, second = starts(stalling)
    assert first == 0
    assert second > 0
