"""Relevance of the context search on the sample catalog, beside plain BM25 on the same index.

Queries and selectors are in search_queries.yaml; more judgements come from the catalog itself,
`search_catalog.py`. The held part is asked only with
ONDOL_BENCH_HELD=1, at the end of a piece of work: what is looked at daily is soon tuned on. A goal
holds where the mean nDCG@10 reaches its limit: 0.80 on Elasticsearch, 0.70 embedded.
"""

import os
import statistics
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tests import services
from tests.bench.ranking import ndcg, recall, reciprocal_rank
from tests.bench.report import Ratio

if TYPE_CHECKING:
    from tests.bench.search_catalog import Asked
    from tests.bench.search_runs import Runs

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
    from tests.bench.search_catalog import Asked, published, taken_away  # noqa: PLC0415
    from tests.bench.search_runs import Runs  # noqa: PLC0415

    runs = Runs(url)
    rows: list[dict[str, Any]] = yaml.safe_load(QUERIES.read_text("utf-8"))
    written = [
        Asked(f"{_kind(row)}, {_language(row['q'])}", row["q"], runs.grades(row)) for row in rows
    ]
    ratios = []
    # What is taken away comes last: it stays away.
    for asked in (*written, *published(runs)), taken_away(runs):
        kinds: dict[str, list[Asked]] = {}
        for row in asked:
            kinds.setdefault(row.kind, []).append(row)
        for kind, part in kinds.items():
            if not kind.startswith("held") or os.environ.get("ONDOL_BENCH_HELD"):
                goal = GOALS[backend] if part[0] in written else None
                ratios += _measured(f"{backend}, {kind}", part, runs, goal)
    return ratios


def _measured(name: str, part: list["Asked"], runs: "Runs", goal: float | None) -> list[Ratio]:
    ours = _means([_measure(runs.contextual(row.query), row) for row in part])
    plain = _means([_measure(runs.plain(row.query), row) for row in part])
    beside_goal = [Ratio(f"nDCG@10, {name}", ours[0], "", "goal", goal, ">= 1")] if goal else []
    return beside_goal + [
        Ratio(f"{measure}, {name}", own, "", "BM25", max(other, 0.01), ">= 1")
        for measure, own, other in zip(("nDCG@10", "recall@20", "MRR"), ours, plain, strict=True)
    ]


def _means(rows: list[tuple[float, ...]]) -> list[float]:
    return [statistics.mean(column) for column in zip(*rows, strict=True)]


def _kind(row: dict[str, Any]) -> str:
    return next((kind for kind in ("held", "dev") if row.get(kind)), "tuned")


def _language(query: str) -> str:
    return "Korean" if any("가" <= letter <= "힣" for letter in query) else "English"


def _measure(found: list[str], asked: "Asked") -> tuple[float, ...]:
    ranked = [name for name in found if name not in asked.left_out]
    grades = asked.grades
    return ndcg(ranked, grades), recall(ranked, grades), reciprocal_rank(ranked, grades)
