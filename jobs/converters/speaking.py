"""Keeping standard output to lines of JSON while tools print what they like."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

STDOUT = 1
LONGEST_LINE = 2000


class Speaker:
    """Writes messages, one a line, whole even when several threads speak."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._lock = threading.Lock()

    def say(self, kind: str, **fields: object) -> None:
        line = json.dumps({"kind": kind, **fields}, ensure_ascii=False)
        with self._lock:
            self._out.write(f"{line}\n")
            self._out.flush()

    def log(self, text: str) -> None:
        for line in text.splitlines():
            if line.strip():
                self.say("log", text=line.rstrip()[:LONGEST_LINE])


class _LogLines(logging.Handler):
    def __init__(self, speaker: Speaker) -> None:
        super().__init__(logging.WARNING)
        self._speaker = speaker

    def emit(self, record: logging.LogRecord) -> None:
        self._speaker.log(f"{record.levelname} {record.name}: {record.getMessage()}")


@contextmanager
def chatter_as_log() -> Iterator[Speaker]:
    """Give a speaker on standard output, and make log lines of all else that is written there.

    By file descriptor, for tools write from C++ too. Warnings and logging become log lines as well.
    Standard error stays as it is: the last words of a crash have to get out.
    """
    sys.stdout.flush()
    kept = os.dup(STDOUT)
    read_end, write_end = os.pipe()
    os.dup2(write_end, STDOUT)
    os.close(write_end)
    handler = None
    with os.fdopen(kept, "w", encoding="utf-8", closefd=False) as out:
        speaker = Speaker(out)
        handler = _LogLines(speaker)
        logging.getLogger().addHandler(handler)
        logging.captureWarnings(capture=True)
        reader = threading.Thread(target=_relay, args=(read_end, speaker), daemon=True)
        reader.start()
        try:
            yield speaker
        finally:
            sys.stdout.flush()
            logging.captureWarnings(capture=False)
            logging.getLogger().removeHandler(handler)
            # Closes the last write end of the pipe, so that the reader comes to its end.
            os.dup2(kept, STDOUT)
            reader.join()
    os.close(kept)


def _relay(read_end: int, speaker: Speaker) -> None:
    with os.fdopen(read_end, encoding="utf-8", errors="replace") as printed:
        for line in printed:
            speaker.log(line)
