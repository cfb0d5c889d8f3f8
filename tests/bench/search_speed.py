"""Speed of the search: 20,000 models embedded and 100,000 on Elasticsearch, made from the sample.

Each model is one of the sample's with words, contexts and figures mixed from two others, so that
terms keep their frequencies; its row in the database has no files. The peer is the limit of 50 ms,
and the same query of the index alone.
"""

import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
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
ASKED = 60
BATCH = 1_000


def bench() -> list[Ratio]:
    with ExitStack() as stack:
        home = stack.enter_context(tempfile.TemporaryDirectory())
        os.environ |= {"ONDOL_HOME": home, "DJANGO_SETTINGS_MODULE": "portal.settings.base"}
        urls = {"embedded": None}
        if not services.missing_elasticsearch():
            urls["elasticsearch"] = stack.enter_context(services.elasticsearch())
        import django  # noqa: PLC0415

        django.setup()
        return [row for name, url in urls.items() for row in _backend(name, url)]


def _backend(backend: str, url: str | None) -> list[Ratio]:
    from repository.search.types import Wanted  # noqa: PLC0415
    from repository.selectors.associations import read_query  # noqa: PLC0415
    from repository.selectors.search import Question, search_models  # noqa: PLC0415
    from tests.bench.search_runs import Runs  # noqa: PLC0415

    runs = Runs(url)
    count = int(os.environ.get("ONDOL_BENCH_MODELS", SIZES[backend]))
    index = runs.index
    for batch in _mixed(runs.documents(), count):
        runs.keep_rows(batch)
        index.put(*batch)
    rows: list[dict[str, Any]] = yaml.safe_load(QUERIES.read_text("utf-8"))
    queries = [row["q"] for row in rows][:ASKED]

    def raw(query: str) -> None:
        index.search(Wanted(query, read_query(query).situations, limit=20, facets=True))

    def whole(query: str) -> None:
        search_models(runs.user, Question(query, limit=20, facets=True))

    def suggested(query: str) -> None:
        runs.suggest(query[:4])

    raw_ms, whole_ms, suggest_ms = (_times(ask, queries) for ask in (raw, whole, suggested))
    name = f"{backend}, {count} models"
    return [
        Ratio(f"p95 of a search, {name}", _p95(whole_ms), "ms", "limit", LIMIT_MS, "<= 1"),
        Ratio(
            f"median of a search, {name}",
            statistics.median(whole_ms),
            "ms",
            "the index alone",
            statistics.median(raw_ms),
            "<= 1.5",
        ),
        Ratio(f"p95 of a suggestion, {name}", _p95(suggest_ms), "ms", "limit", LIMIT_MS, "<= 1"),
    ]


def _mixed(sample: list[Any], count: int) -> Iterator[list[Any]]:
    """Return documents beyond the sample, in batches; the same ones in every run."""
    chance = random.Random(1)  # noqa: S311
    batch = []
    first = max(row.model_id for row in sample) + 1
    for model_id in range(first, first + count):
        base, texts, traits = chance.sample(sample, 3)
        batch.append(
            replace(
                base,
                model_id=model_id,
                name=f"{base.name} {model_id}",
                readme=texts.readme,
                traits={**base.traits, **traits.traits},
                context_words=traits.context_words,
            )
        )
        if len(batch) == BATCH:
            yield batch
            batch = []
    yield batch


def _times(ask: Callable[[str], None], queries: list[str]) -> list[float]:
    for query in queries[:5]:
        ask(query)
    found = []
    for query in queries:
        begun = time.perf_counter()
        ask(query)
        found.append(1_000 * (time.perf_counter() - begun))
    return found


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]
