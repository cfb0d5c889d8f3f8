"""A mail server of this machine that keeps what it is sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from queue import Queue
from typing import Any

from aiosmtpd.controller import Controller

from tests.services import free_port

PATIENCE_S = 60


class Mailbox:
    def __init__(self, url: str) -> None:
        self.url = url
        self._letters: Queue[bytes] = Queue()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self._letters.put(envelope.content)
        return "250 OK"

    def next_letter(self) -> str:
        """Return the text of the next letter, and wait for it to come."""
        letter = message_from_bytes(self._letters.get(timeout=PATIENCE_S), policy=policy.default)
        body = letter.get_body(("plain",))
        assert body is not None
        return str(body.get_content())


@contextmanager
def open_mailbox() -> Iterator[Mailbox]:
    port = free_port()
    mailbox = Mailbox(f"smtp://127.0.0.1:{port}")
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()
