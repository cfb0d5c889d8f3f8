"""Speed of the search: 20,000 models embedded and 100,000 on Elasticsearch, made from the sample.

Each model is one of the sample's with the text of another and the name and offers of a third, so
that terms keep their frequencies; its row in the database has no files. ONDOL_BENCH_MODELS asks for
another size, and ONDOL_BENCH_BACKEND for one of the two alone. One caller asks 20 times a
second, as the goal says: what it measures is an answer by itself, not a queue. The peers are the
limit of 50 ms, and the same query of the index alone. Beside the time that passed stands what the
processor worked for it: on a machine that is busy with other things the first says little.
"""

import itertools
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from tests import services
from tests.bench.report import Ratio

QUERIES = Path(__file__).with_name("search_queries.yaml")
SIZES = {"embedded": 20_000, "elasticsearch": 100_000}
LIMIT_MS = 50.0
RATE = 20
ASKED = 200
BATCH = 1_000
WARM_UP = {"embedded": 20, "elasticsearch": 2_000}
"""Questions before any is timed: the Java under Elasticsearch compiles what it does often, and a
server that people ask has done that in its first minutes.
"""

Times = list[tuple[float, float]]
"""For each answer the milliseconds that passed, and those that this process worked."""


def bench() -> list[Ratio]:
    with ExitStack() as stack:
        home = stack.enter_context(tempfile.TemporaryDirectory())
        os.environ |= {
            "ONDOL_HOME": home,
            "DJANGO_SETTINGS_MODULE": "portal.settings.base",
            "ONDOL_LIMIT_SEARCH_USER": "100000 per minute",
            "ONDOL_LIMIT_SEARCH_ADDRESS": "100000 per minute",
        }
        urls = {"embedded": None}
        if not services.missing_elasticsearch():
            urls["elasticsearch"] = stack.enter_context(services.elasticsearch())
        import django  # noqa: PLC0415

        django.setup()
        wanted = os.environ.get("ONDOL_BENCH_BACKEND") or urls
        return [row for name, url in urls.items() if name in wanted for row in _backend(name, url)]


def _backend(backend: str, url: str | None) -> list[Ratio]:
    from portal.core.memory import settle_memory  # noqa: PLC0415
    from tests.bench.search_runs import Runs  # noqa: PLC0415

    runs = Runs(url)
    count = int(os.environ.get("ONDOL_BENCH_MODELS", SIZES[backend]))
    index = runs.index
    sample = {row.model_id: row for row in runs.documents()}
    first = max(sample) + 1
    runs.keep_rows(first, count)
    starts = range(first, first + count, BATCH)
    made = (range(start, min(start + BATCH, first + count)) for start in starts)
    batches = (_mixed(sample, {pk: runs.base_of(pk) for pk in ids}) for ids in made)
    index.rebuild(itertools.chain([list(sample.values())], batches))
    rows: list[dict[str, Any]] = yaml.safe_load(QUERIES.read_text("utf-8"))
    queries = [row["q"] for row in rows if not row.get("held")]
    wanted = {query: runs.wanted(query) for query in queries}
    settle_memory()  # as the server does when it starts
    for query in itertools.islice(itertools.cycle(queries), WARM_UP[backend]):
        index.search(wanted[query])
    raw = _times(lambda query: index.search(wanted[query]), queries)
    whole = _times(runs.request, queries)
    suggested = _times(lambda query: runs.suggest(query[:4]), queries)
    runs.drop_rows(first)
    name = f"{backend}, {count} models, {RATE} a second by one caller"
    load = f"{name}, load {os.getloadavg()[0]:.0f} on {os.cpu_count()} cores"
    passed, raw_passed = [[row[0] for row in times] for times in (whole, raw)]
    return [
        Ratio(f"p95 of GET /api/v1/search, {load}", _p95(passed), "ms", "limit", LIMIT_MS, "<= 1"),
        Ratio(
            f"p95 of its work in the server's process, {name}",
            _p95([row[1] for row in whole]),
            "ms",
            "limit",
            LIMIT_MS,
            "<= 1",
        ),
        Ratio(
            f"median of GET /api/v1/search, {load}",
            statistics.median(passed),
            "ms",
            "the index alone",
            statistics.median(raw_passed),
            "<= 1.5",
        ),
        Ratio(
            f"p95 of a suggestion, {load}",
            _p95([row[0] for row in suggested]),
            "ms",
            "limit",
            LIMIT_MS,
            "<= 1",
        ),
    ]


def _mixed(sample: dict[int, Any], bases: dict[int, int]) -> list[Any]:
    """Return documents beyond the sample by their ids and bases; the same ones in every run."""
    made = []
    for model_id, base in bases.items():
        chance = random.Random(model_id)  # noqa: S311
        offers, texts = chance.sample(sorted(sample), 2)
        made.append(
            replace(
                sample[base],
                model_id=model_id,
                name=f"{sample[offers].name} {model_id}",
                readme=sample[texts].readme,
                offers=sample[offers].offers,
            )
        )
    return made


def _times(ask: Callable[[str], object], queries: list[str]) -> Times:
    """Ask again and again, each at its time; who is late asks at once."""
    for query in queries[:5]:
        ask(query)
    found = []
    start = time.perf_counter()
    for at in range(ASKED):
        time.sleep(max(0.0, start + at / RATE - time.perf_counter()))
        begun, worked = time.perf_counter(), time.process_time()
        ask(queries[at % len(queries)])
        found.append(
            (1_000 * (time.perf_counter() - begun), 1_000 * (time.process_time() - worked))
        )
    return found


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]
