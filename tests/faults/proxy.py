"""A network that fails: a TCP proxy which does to single exchanges what bad networks do."""

import asyncio
import contextlib
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from enum import StrEnum

PAGE = b"<html><title>Guest network</title>Sign in to go on.</html>"
LOGIN = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    % len(PAGE)
) + PAGE
PIECE = 65536
DRIPS = 20


class Fault(StrEnum):
    DELAY = "delay"
    CUT = "cut"
    HALF_OPEN = "half-open"
    DRIP = "drip"
    DROP_ANSWER = "drop the answer"
    CORRUPT = "corrupt"
    PAGE = "page of a proxy"


Choose = Callable[[bytes], Fault | None]


class Cut(Exception):
    """The end of a connection."""


class FaultProxy:
    """Carries connections to a port; `choose` sees each request's first bytes and names a fault.

    Nobody waits longer than `patience_s` in a connection that has gone silent.
    """

    def __init__(self, target: int, choose: Choose, *, patience_s: float) -> None:
        self.counts: Counter[Fault] = Counter()
        self.port = 0
        self._target = target
        self._choose = choose
        self._patience_s = patience_s
        self._random = random.Random(target)

    async def serve(self, started: Callable[[], None]) -> None:
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        started()
        async with server:
            await server.serve_forever()

    async def _connect(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        try:
            far, onward = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            back.transport.abort()
            return
        line = Line(self, near, back, far, onward)
        pumps = [asyncio.ensure_future(line.requests()), asyncio.ensure_future(line.answers())]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            back.transport.abort()
            onward.transport.abort()

    def pick(self, request: bytes) -> Fault | None:
        fault = self._choose(request)
        if fault is not None:
            self.counts[fault] += 1
        return fault

    def moment(self) -> float:
        return self._random.uniform(0, self._patience_s)

    async def silence(self) -> None:
        await asyncio.sleep(self._patience_s)
        raise Cut


class Line:
    """One connection: requests one way, answers the other, and the fault of the exchange."""

    def __init__(
        self,
        proxy: FaultProxy,
        near: asyncio.StreamReader,
        back: asyncio.StreamWriter,
        far: asyncio.StreamReader,
        onward: asyncio.StreamWriter,
    ) -> None:
        self._proxy = proxy
        self._near, self._back = near, back
        self._far, self._onward = far, onward
        self._fresh = True
        self._fault: Fault | None = None

    async def requests(self) -> None:
        with contextlib.suppress(OSError, Cut):
            while content := await self._near.read(PIECE):
                if self._fresh:
                    self._fresh = False
                    self._fault = self._proxy.pick(content)
                    content = await self._spoil(content)
                self._onward.write(content)
                await self._onward.drain()
                if self._fault == Fault.CUT:
                    return

    async def _spoil(self, request: bytes) -> bytes:
        """Do to a request what its fault says; return what of it is carried on."""
        if self._fault == Fault.HALF_OPEN:
            await self._proxy.silence()
        if self._fault == Fault.PAGE:
            self._back.write(LOGIN)
            await self._back.drain()
            raise Cut
        if self._fault == Fault.DELAY:
            await asyncio.sleep(self._proxy.moment())
        return request[: len(request) // 2] if self._fault == Fault.CUT else request

    async def answers(self) -> None:
        with contextlib.suppress(OSError, Cut):
            while content := await self._far.read(PIECE):
                self._fresh = True
                if self._fault == Fault.DROP_ANSWER:
                    return
                if self._fault == Fault.CORRUPT:
                    content = corrupted(content)
                    self._fault = None
                await self._give(content)

    async def _give(self, content: bytes) -> None:
        if self._fault == Fault.DRIP:
            size = max(1, len(content) // DRIPS)
            for start in range(0, len(content), size):
                self._back.write(content[start : start + size])
                await self._back.drain()
                await asyncio.sleep(self._proxy.moment() / DRIPS)
            return
        self._back.write(content)
        await self._back.drain()


def corrupted(answer: bytes) -> bytes:
    """Change a byte that TLS, or a digest, would find: of a file's bytes the last, else the first.

    What arrives changed inside plain JSON nobody could find; that is what HTTPS is for.
    """
    head, end, body = answer.partition(b"\r\n\r\n")
    if body and b"octet-stream" in head:
        return head + end + body[:-1] + bytes([body[-1] ^ 1])
    return bytes([answer[0] ^ 1]) + answer[1:]


@contextlib.contextmanager
def between(target: int, choose: Choose, *, patience_s: float) -> Iterator[FaultProxy]:
    """Run a proxy in a thread for as long as the context lasts."""
    proxy = FaultProxy(target, choose, patience_s=patience_s)
    started = threading.Event()
    loop = asyncio.new_event_loop()
    task = loop.create_task(proxy.serve(started.set))

    def run() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            loop.run_until_complete(task)
        loop.run_until_complete(end(asyncio.all_tasks(loop)))
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    started.wait()
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()


async def end(tasks: set["asyncio.Task[object]"]) -> None:
    others = [task for task in tasks if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
