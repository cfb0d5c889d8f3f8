"""A bad link: a proxy that cuts or stalls an answer after so many bytes, once."""

import contextlib
import socket
import threading
from dataclasses import dataclass, field
from urllib.parse import urlsplit

PIECE = 1 << 16


@dataclass
class BadLink:
    """Stands before a server. `stalled` is set when nothing more comes through."""

    upstream: str
    after_bytes: int
    stalls: bool
    requests: list[str] = field(default_factory=list)
    stalled: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._bad = True
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                place = urlsplit(self.upstream)
                far = socket.create_connection((place.hostname or "", place.port or 80))
                threading.Thread(target=self._send, args=(near, far), daemon=True).start()
                threading.Thread(target=self._answer, args=(far, near), daemon=True).start()

    def _send(self, near: socket.socket, far: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := near.recv(PIECE):
                self.requests.append(piece.decode("latin-1"))
                far.sendall(piece)
        _end(far)
        _end(near)

    def _answer(self, far: socket.socket, near: socket.socket) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while piece := far.recv(PIECE):
                passed += len(piece)
                if self._bad and passed > self.after_bytes:
                    self._bad = False
                    self.stalled.set()
                    if self.stalls:
                        return
                    break
                near.sendall(piece)
        _end(near)
        _end(far)


def _end(wire: socket.socket) -> None:
    with contextlib.suppress(OSError):
        wire.shutdown(socket.SHUT_RDWR)
    wire.close()
