"""An end for connections that ask nothing: a head that drips in, or is too long, or never comes."""

import asyncio

from django.conf import settings
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LONGEST_HEAD = 1 << 16


class PatientProtocol(HttpToolsProtocol):
    """Uvicorn's own, except that a connection without a request under way ends after a while.

    That holds from the first byte to the end of a head, between two requests, and where the rest of
    a body comes after its answer has gone.
    """

    _end: asyncio.TimerHandle | None = None
    _in_head = False
    _seen = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._in_head:
            self._seen += len(data)
            if self._seen > LONGEST_HEAD:
                self.transport.close()

    def on_message_begin(self) -> None:
        self._in_head, self._seen = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._stop_waiting()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.cycle.response_complete:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._stop_waiting()
        self._end = self.loop.call_later(settings.ENV.head_s, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._end:
            self._end.cancel()
            self._end = None
