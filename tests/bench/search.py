"""Relevance of the context search on the sample catalog, beside plain BM25 on the same index.

Queries and selectors are in search_queries.yaml. The held part is asked only with
ONDOL_BENCH_HELD=1, at the end of a piece of work: what is looked at daily is soon tuned on. A goal
holds where the mean nDCG@10 reaches its limit: 0.80 on Elasticsearch, 0.70 embedded.
"""

import os
import statistics
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import yaml

from tests import services
from tests.bench.ranking import ndcg, recall, reciprocal_rank
from tests.bench.report import Ratio

QUERIES = Path(__file__).with_name("search_queries.yaml")
GOALS = {"embedded": 0.70, "elasticsearch": 0.80}


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
    from tests.bench.search_runs import Runs  # noqa: PLC0415

    runs = Runs(url)
    rows: list[dict[str, Any]] = yaml.safe_load(QUERIES.read_text("utf-8"))
    ratios = []
    held = ["held"] if os.environ.get("ONDOL_BENCH_HELD") else []
    for kind in ("tuned", "dev", *held):
        for korean in (False, True):
            part = [
                row
                for row in rows
                if _kind(row) == kind and any("가" <= c <= "힣" for c in row["q"]) == korean
            ]
            name = f"{backend}, {kind}, {'Korean' if korean else 'English'}"
            ours = [_measure(runs.contextual(row["q"]), runs.grades(row)) for row in part]
            plain = [_measure(runs.plain(row["q"]), runs.grades(row)) for row in part]
            means = [statistics.mean(column) for column in zip(*ours, strict=True)]
            before = [statistics.mean(column) for column in zip(*plain, strict=True)]
            goal = GOALS[backend]
            ratios += [
                Ratio(f"nDCG@10, {name}", means[0], "", "goal", goal, ">= 1"),
                Ratio(f"nDCG@10, {name}", means[0], "", "BM25", max(before[0], 0.01), ">= 1"),
                Ratio(f"recall@20, {name}", means[1], "", "BM25", max(before[1], 0.01), ">= 1"),
                Ratio(f"MRR, {name}", means[2], "", "BM25", max(before[2], 0.01), ">= 1"),
            ]
    return ratios


def _kind(row: dict[str, Any]) -> str:
    return next((kind for kind in ("held", "dev") if row.get(kind)), "tuned")


def _measure(ranked: list[str], grades: dict[str, int]) -> tuple[float, float, float]:
    return ndcg(ranked, grades), recall(ranked, grades), reciprocal_rank(ranked, grades)
