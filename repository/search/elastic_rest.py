"""When an index that did not answer in time is asked again."""

from collections.abc import Callable
from threading import Lock, Thread
from time import sleep

REST_S, LONGEST_REST_S = 0.5, 8.0
"""How long an index is left alone before it is looked at, and between two looks the first of it.

Twice as long each time that it answers when looked at, but not who searches next.
"""


class Rest:
    """A time in which nobody asks an index but one thread of our own: people need not wait for it.

    That thread repeats the search that was not answered: who answers a ping may still be too slow.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._is_on, self._rest_s = False, 0.0

    @property
    def is_on(self) -> bool:
        return self._is_on

    def begin(self, answers: Callable[[], bool]) -> None:
        """Leave the index alone until it answers; the first of several who waited begins it."""
        with self._lock:
            if self._is_on:
                return
            self._is_on = True
            self._rest_s = min(2 * self._rest_s, LONGEST_REST_S) or REST_S
        Thread(target=self._look, args=(answers,), daemon=True).start()

    def was_answered(self) -> None:
        self._rest_s = 0.0

    def _look(self, answers: Callable[[], bool]) -> None:
        sleep(self._rest_s)
        try:
            while not answers():
                sleep(REST_S)
        finally:
            self._is_on = False
