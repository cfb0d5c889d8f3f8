"""When Python looks for objects that only hold each other."""

import gc

SELDOM = (5_000, 20, 50)
"""Young objects often, old ones hardly ever: what is kept of searches is a hundred thousand."""


def settle_memory() -> None:
    """Leave what is there out of the search for garbage: it lives as long as the process does.

    Half a million objects, looked through again and again, made one answer in forty wait 0.2 s.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*SELDOM)
