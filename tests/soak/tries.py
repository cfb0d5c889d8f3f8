"""Parallel tries of one password, over HTTP, at two web processes that share a Redis."""

import asyncio
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path

import httpx

from tests.soak.report import Outcome
from tests.soak.served import Served

COUNT = 1000
LIMIT = 5
AT_ONCE = 200


async def _try_all(address: str, count: int) -> Counter[int]:
    turns = asyncio.Semaphore(AT_ONCE)
    most = httpx.Limits(max_connections=AT_ONCE)
    async with httpx.AsyncClient(base_url=address, timeout=300, limits=most) as client:
        token = (await client.get("/api/v1/session")).cookies["csrftoken"]
        headers = {"X-CSRFToken": token, "Origin": address}
        body = {"username": "admin", "password": "wrong"}

        async def one() -> int:
            async with turns:
                answer = await client.post("/api/v1/session", json=body, headers=headers)
                return answer.status_code

        return Counter(await asyncio.gather(*(one() for _ in range(count))))


def soak(count: int, seed: int) -> Outcome:
    """Let no more than the limit be looked at, however many come at once."""
    del seed
    home = Path(tempfile.mkdtemp(prefix="ondol-tries-"))
    socket = home / "r"
    argv = ["redis-server", "--port", "0", "--unixsocket", str(socket), "--save", ""]
    limits = {
        "ONDOL_LIMIT_SIGN_IN_ACCOUNT": f"{LIMIT} per hour",
        "ONDOL_LIMIT_SIGN_IN_ADDRESS": "",
        "ONDOL_REDIS_URL": f"unix://{socket}",
    }
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL) as redis:
        while not socket.exists():
            time.sleep(0.01)
        try:
            one, other = Served(home, **limits), Served(home, **limits)
            with one.running() as first, other.running() as second:
                said = asyncio.run(_both(first, second, count))
        finally:
            redis.kill()
            shutil.rmtree(home, ignore_errors=True)
    wrong = [] if said == {401: LIMIT, 429: count - LIMIT} else [f"answers by status: {said}"]
    return Outcome(count, wrong, {str(status): number for status, number in said.items()})


async def _both(first: str, second: str, count: int) -> Counter[int]:
    half = count // 2
    told = await asyncio.gather(_try_all(first, half), _try_all(second, count - half))
    return told[0] + told[1]
