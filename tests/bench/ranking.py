"""Measures of a ranking: nDCG with exponential gains (Burges et al. 2005), recall, MRR."""

import math
from collections.abc import Mapping, Sequence


def ndcg(ranked: Sequence[str], grades: Mapping[str, int], depth: int = 10) -> float:
    best = sorted(grades.values(), reverse=True)[:depth]
    ideal = sum(_gain(grade, at) for at, grade in enumerate(best))
    got = sum(_gain(grades.get(name, 0), at) for at, name in enumerate(ranked[:depth]))
    return got / ideal


def _gain(grade: int, at: int) -> float:
    return (2**grade - 1) / math.log2(at + 2)


def recall(ranked: Sequence[str], grades: Mapping[str, int], depth: int = 20) -> float:
    """Return the share of what fits that stands in the first `depth`, of what could stand there."""
    return len(set(ranked[:depth]) & set(grades)) / min(depth, len(grades))


def reciprocal_rank(ranked: Sequence[str], grades: Mapping[str, int]) -> float:
    return next((1 / at for at, name in enumerate(ranked, start=1) if name in grades), 0.0)
