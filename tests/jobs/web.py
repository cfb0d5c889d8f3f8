"""The web process as `make serve` starts it, over the services that the environment names."""

import asyncio
import contextlib
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from portal.launch.processes import server_commands
from tests.jobs import crowd
from tests.services import ROOT


@contextmanager
def web(port: int) -> Iterator[int]:
    """Serve until the end of the context, which is a SIGKILL; yield the process once it answers."""
    command = server_commands(port)["web"]
    with subprocess.Popen(command, cwd=ROOT, stdout=sys.stderr) as process:
        try:
            asyncio.run(_answer(process, f"http://127.0.0.1:{port}"))
            yield process.pid
        finally:
            process.kill()


async def _answer(process: "subprocess.Popen[bytes]", server: str) -> None:
    while process.poll() is None:
        with contextlib.suppress(OSError):
            (await crowd.call(server, "GET", "/healthz", "")).must_be(200)
            return
        await asyncio.sleep(0.1)
    raise RuntimeError("the server did not start")


def open_many_files() -> None:
    """Let this process and what it starts hold as many connections as the machine allows."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
