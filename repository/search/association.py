"""Ties between contexts, learned offline: from what models have in common, and from words.

Both are measures of this catalogue and vocabulary alone; nothing trained elsewhere is used.
"""

import itertools
import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from repository.search.words import WORD, normalize, stem

Matrix = npt.NDArray[np.float64]
FEWEST = 3
SIGNIFICANT = 10.83
"""Of chi-squared with one degree of freedom: chance alone does this once in a thousand pairs."""

LEAST_NPMI, LEAST_ALIKE = 0.25, 0.45
STRONGEST = 0.7
"""No learned tie is worth more: what people wrote down counts before it."""

MOST_EACH = 6
GRAMS = (2, 3, 4)
DIMENSIONS = 64


@dataclass(frozen=True)
class Pair:
    """Two contexts that belong together, the smaller key first."""

    one: int
    other: int
    weight: float


def occurring_together(models: Sequence[Collection[int]]) -> list[Pair]:
    """Tie contexts that models have together more often than chance explains.

    A pair counts from three models on, if Dunning's log-likelihood ratio is significant and the two
    attract each other; its weight is the normalized pointwise mutual information. Raw counts would
    tie everything to what most models have.
    """
    single = Counter(itertools.chain.from_iterable(set(row) for row in models))
    pairs = Counter(pair for row in models for pair in itertools.combinations(sorted(set(row)), 2))
    found = []
    for (one, other), both in pairs.items():
        if (
            both < FEWEST
            or likelihood_ratio(both, single[one], single[other], len(models)) < SIGNIFICANT
        ):
            continue
        weight = npmi(both, single[one], single[other], len(models))
        if weight >= LEAST_NPMI:
            found.append(Pair(one, other, STRONGEST * weight))
    return closest_of_each(found)


def likelihood_ratio(both: int, one: int, other: int, whole: int) -> float:
    """Return G-squared of a two by two table; 0 where the two avoid each other."""
    if both * whole <= one * other:
        return 0.0
    cells = (
        (both, one, other),
        (one - both, one, whole - other),
        (other - both, whole - one, other),
        (whole - one - other + both, whole - one, whole - other),
    )
    return 2 * sum(
        seen * math.log(seen * whole / (row * column)) for seen, row, column in cells if seen
    )


def npmi(both: int, one: int, other: int, whole: int) -> float:
    """Return the normalized pointwise mutual information: 1 for two that are never apart."""
    if both == whole:
        return 0.0
    return math.log(both * whole / (one * other)) / -math.log(both / whole)


def alike(names: Mapping[int, Sequence[str]], texts: Mapping[int, Iterable[str]]) -> list[Pair]:
    """Tie contexts whose names share rare pieces, or whose models' texts speak of the same.

    Names are compared by n-grams of letters (Hangul by its syllables), texts by the words that
    stand beside a context more often than elsewhere, in few dimensions. The mean counts where both
    speak.
    """
    keys = sorted(names)
    spelled = _unit(_weighted([_grams(names[key]) for key in keys]))
    said = [Counter(w for text in texts.get(key, ()) for w in _words(text)) for key in keys]
    meant = _unit(_reduced(_attraction(said)))
    by_name, by_text = spelled @ spelled.T, meant @ meant.T
    speaks = np.array([bool(row) for row in said])
    both = np.outer(speaks, speaks)
    close = np.where(both, (by_name + by_text) / 2, by_name)
    rows, columns = np.nonzero(np.triu(close, 1) >= LEAST_ALIKE)
    found = [
        Pair(keys[one], keys[other], STRONGEST * min(1.0, float(close[one, other])))
        for one, other in zip(rows.tolist(), columns.tolist(), strict=True)
    ]
    return closest_of_each(found)


def closest_of_each(pairs: Iterable[Pair]) -> list[Pair]:
    """Keep the pairs that are among the closest few of both of their ends."""
    taken: Counter[int] = Counter()
    kept = []
    for pair in sorted(pairs, key=lambda row: (-row.weight, row.one, row.other)):
        if taken[pair.one] < MOST_EACH and taken[pair.other] < MOST_EACH:
            taken.update((pair.one, pair.other))
            kept.append(pair)
    return kept


def _grams(names: Iterable[str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for name in names:
        for word in WORD.findall(normalize(name)):
            edged = f" {word} "
            found.update(
                edged[at : at + size] for size in GRAMS for at in range(len(edged) - size + 1)
            )
    return found


def _words(text: str) -> list[str]:
    return [stem(word) for word in WORD.findall(normalize(text)) if len(word) > 1]


def _table(rows: Sequence[Mapping[str, int]]) -> Matrix:
    columns = {word: at for at, word in enumerate(sorted({word for row in rows for word in row}))}
    table = np.zeros((len(rows), max(len(columns), 1)))
    for at, row in enumerate(rows):
        for word, count in row.items():
            table[at, columns[word]] = count
    return table


def _weighted(rows: Sequence[Mapping[str, int]]) -> Matrix:
    """Return tf-idf: a piece counts by its rarity among all."""
    table = np.log1p(_table(rows))
    rarity = np.log(len(rows) / np.maximum((table > 0).sum(axis=0), 1))
    return np.asarray(table * rarity)


def _attraction(rows: Sequence[Mapping[str, int]]) -> Matrix:
    """Return the positive pointwise mutual information of rows and words."""
    table = _table(rows)
    whole = max(table.sum(), 1.0)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / whole
    ratio = np.divide(table, expected, out=np.ones_like(table), where=expected > 0)
    return np.asarray(np.log(np.maximum(ratio, 1.0)))


def _reduced(table: Matrix) -> Matrix:
    left, strength, _ = np.linalg.svd(table, full_matrices=False)
    kept: Any = left[:, :DIMENSIONS] * strength[:DIMENSIONS]
    return np.asarray(kept)


def _unit(table: Matrix) -> Matrix:
    length = np.linalg.norm(table, axis=1, keepdims=True)
    return np.asarray(table / np.where(length > 0, length, 1.0))
