import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from repository.search.words import stem

ENDS = ("", "s", "ing", "ly", "ed", "ations")
WORDS = [f"{word}{end}" for word in ("walk", "park", "image", "class", "quantiz") for end in ENDS]
THREADS = 4
ROUNDS = 40


def test_searches_at_once_do_not_cut_each_others_words() -> None:
    # Without the cache, which would keep whatever came first.
    fresh = stem.__wrapped__
    right = [fresh(word) for word in WORDS]
    together = Barrier(THREADS)

    def cut() -> list[list[str]]:
        together.wait()
        return [[fresh(word) for word in WORDS] for _ in range(ROUNDS)]

    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(THREADS) as pool:
            cuts = [pool.submit(cut) for _ in range(THREADS)]
            assert all(one == right for each in cuts for one in each.result())
    finally:
        sys.setswitchinterval(usual)
