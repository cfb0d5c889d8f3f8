"""Work over many rows, where a bad one costs that row alone."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TypeVar

from django.db import OperationalError

logger = logging.getLogger(__name__)
T = TypeVar("T")

left_out: Counter[str] = Counter()
"""Rows that could not be worked on in this process, by what should have been done."""


def one_by_one(rows: Iterable[T], work: Callable[[T], object]) -> int:
    """Work on each row and return how many went well; the others are logged and counted.

    Without a database no row can be worked on: OperationalError is the caller's.
    """
    done = 0
    for row in rows:
        try:
            work(row)
        except OperationalError:
            raise
        except Exception:
            left_out[work.__name__] += 1
            logger.exception("%s: %s is left out, the next round tries again", work.__name__, row)
        else:
            done += 1
    return done
