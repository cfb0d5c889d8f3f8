"""A search in SQLite: lists of models come from its tables, what each gains is added up in arrays.

A wide question touches most of the models a dozen times. SQLite reads such a list in a millisecond
and takes thirty to sum up what they gain; so it reads, and numpy adds.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from itertools import accumulate, islice

import numpy as np
import numpy.typing as npt

from repository.search.offers import Integers, Mask
from repository.search.sqlite_counts import Counted
from repository.search.types import (
    ALL_WORDS,
    CONTEXT_WEIGHT,
    FIELD_WEIGHTS,
    HEADLINE_SHARE,
    MOST_COUNTED,
    OFFER_FACETS,
    STEPS_OF,
    TEXT_SHARE,
    TRAIT_FACETS,
    WORDS_WEIGHT,
    Audience,
    Facet,
    Facets,
    Hit,
    Hits,
    Narrowing,
    Situation,
    Sort,
    Trait,
    Wanted,
    names_of,
)
from repository.search.words import query_tokens

Scores = npt.NDArray[np.float64]
MOST_SCORED = 10_000
"""Hits that BM25 weighs, of the rarest words first: those that stand everywhere tell nothing."""

ORDERS = {
    Sort.UPDATED: "updated DESC, id",
    Sort.LATENCY: "latency_ms NULLS LAST, id",
    Sort.SIZE: "size_bytes NULLS LAST, id",
    Sort.NAME: "name, id",
    Sort.DOWNLOADS: "downloads DESC, id",
}
WEIGHTS = ", ".join(str(weight) for weight in FIELD_WEIGHTS.values())


class Reading:
    """One reading transaction; its arrays have a place for the id of every model."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM document").fetchone()
        self._size = last + 1

    def search(self, wanted: Wanted) -> Hits:
        scores, found = self._gains(wanted)
        found &= self._among(wanted.audience)
        hits = self._narrowed(found, wanted.narrowing)
        in_order = self._in_order(hits, scores, wanted.sort)
        page = islice(in_order, wanted.offset, wanted.offset + wanted.limit)
        return Hits(
            [Hit(pk, float(scores[pk])) for pk in page],
            len(hits),
            self._facets(found, scores, wanted.narrowing) if wanted.facets else {},
        )

    def _gains(self, wanted: Wanted) -> tuple[Scores, Mask]:
        """Return what every model gains, once by words and once by each situation."""
        scores = np.zeros(self._size)
        if not wanted.text:
            return scores, self._mask(self._ids("SELECT id FROM document"))
        for ids, gained in self._by_words(query_tokens(wanted.text)):
            scores[ids] += gained
        terms = self._terms({term for row in wanted.situations for term in row.contexts})
        for situation in wanted.situations:
            most = np.zeros(self._size)
            # What is worth more comes later, and stays.
            for worth, ids in sorted(self._worth(situation, terms), key=lambda row: row[0]):
                most[ids] = worth
            scores += most
        return scores, scores > 0

    def _by_words(self, words: list[str]) -> Iterator[tuple[Integers, Scores | float]]:
        scored = self._rarest(words)
        if scored:
            rows = self._connection.execute(
                f"SELECT rowid, -bm25(words, {WEIGHTS}) FROM words WHERE words MATCH ?",
                [" OR ".join(all_of([word]) for word in scored)],
            )
            table = np.array(rows.fetchall(), float).reshape(-1, 2)
            yield table[:, 0].astype(int), WORDS_WEIGHT * np.maximum(table[:, 1], 0.0)
        if words:
            # BM25 of a small collection can come near zero; a literal hit still counts for one.
            yield self._holding("words", all_of(words)), ALL_WORDS

    def _rarest(self, words: list[str]) -> list[str]:
        """Return the words that BM25 can weigh in time."""
        query = "SELECT count(*) FROM words WHERE words MATCH ?"
        held: dict[str, int] = {
            word: self._connection.execute(query, [all_of([word])]).fetchone()[0] for word in words
        }
        rarest = sorted(words, key=lambda word: held[word])
        upto = accumulate(held[word] for word in rarest)
        return [word for word, hits in zip(rarest, upto, strict=True) if hits <= MOST_SCORED]

    def _worth(
        self, situation: Situation, terms: dict[str, Integers]
    ) -> Iterator[tuple[float, Integers]]:
        """Return what models are worth that have a context of a situation, or that name it."""
        for term, weight in situation.contexts.items():
            if term in terms:
                yield CONTEXT_WEIGHT * weight, terms[term]
        named = " OR ".join(f"({all_of(words)})" for words in names_of(situation))
        if named:
            worth = CONTEXT_WEIGHT * situation.weight
            yield HEADLINE_SHARE * worth, self._holding("headline", named)
            yield TEXT_SHARE * worth, self._holding("said", named)

    def _terms(self, terms: Collection[str]) -> dict[str, Integers]:
        rows = self._connection.execute(
            "SELECT value, group_concat(id) FROM value JOIN trait USING (code) "
            "WHERE field = ? AND value IN (SELECT value FROM json_each(?)) GROUP BY code",
            [Trait.TERM, json.dumps(sorted(terms))],
        )
        return {term: _numbers(ids) for term, ids in rows}

    def _holding(self, table: str, query: str) -> Integers:
        return self._ids(f"SELECT rowid AS id FROM {table} WHERE {table} MATCH ?", query)

    def _ids(self, query: str, *values: str) -> Integers:
        rows = self._connection.execute(f"SELECT group_concat(id) FROM ({query})", values)
        return _numbers(rows.fetchone()[0])

    def _mask(self, *lists: Integers) -> Mask:
        mask = np.zeros(self._size, bool)
        for ids in lists:
            mask[ids] = True
        return mask

    def _among(self, audience: Audience) -> Mask | bool:
        return True if audience is None else self._having(Trait.AUDIENCE, audience)

    def _having(self, trait: Trait, alternatives: Iterable[str]) -> Mask:
        query = "SELECT id FROM value JOIN trait USING (code) WHERE field = ? AND value = ?"
        return self._mask(*(self._ids(query, trait, value) for value in alternatives))

    def _narrowed(self, found: Mask, narrowing: Narrowing) -> Integers:
        """Return those that fit, by their ids."""
        fit = found
        for trait, wanted in narrowing.traits.items():
            # A model has to have all contexts that were chosen, and any of another trait's values.
            sets = [(slug,) for slug in wanted] if trait == Trait.CONTEXT else [wanted]
            for alternatives in sets:
                fit = fit & self._having(trait, alternatives)
        ids = np.flatnonzero(fit)
        if narrowing.offers or narrowing.limits:
            ids = ids[Counted(self._connection, ids).offers.models(narrowing)]
        return ids

    def _in_order(self, hits: Integers, scores: Scores, sort: Sort) -> Iterator[int]:
        if sort == Sort.RELEVANCE:
            yield from _best(hits, scores).tolist()
            return
        wanted = self._mask(hits)
        for (pk,) in self._connection.execute(f"SELECT id FROM document ORDER BY {ORDERS[sort]}"):
            if wanted[pk]:
                yield pk

    def _facets(self, found: Mask, scores: Scores, narrowing: Narrowing) -> Facets:
        """Count the values of each facet among the best hits that fit all other choices."""
        kept: dict[Facet | None, Counted] = {}

        def counted(facet: Facet) -> Counted:
            others = narrowing.without(facet)
            key = None if others == narrowing else facet
            if key not in kept:
                hits = _best(self._narrowed(found, others), scores)
                kept[key] = Counted(self._connection, hits[:MOST_COUNTED])
            return kept[key]

        facets: Facets = {trait: counted(trait).traits.get(trait, {}) for trait in TRAIT_FACETS}
        for kind in OFFER_FACETS:
            facets[kind] = counted(kind).offers.count(kind, narrowing.without(kind))
        for limit, steps in STEPS_OF.items():
            others = narrowing.without(limit)
            facets[limit] = counted(limit).offers.count_within(limit, steps, others)
        return facets


def _best(hits: Integers, scores: Scores) -> Integers:
    """Return hits by their scores, those of the same by their ids."""
    return hits[np.argsort(-scores[hits], kind="stable")]


def _numbers(text: str | None) -> Integers:
    return np.fromstring(text, int, sep=",") if text else np.zeros(0, int)


def all_of(words: list[str]) -> str:
    # Quoted tokens of our own making: nothing the caller typed is read as query syntax.
    return " AND ".join(f'"{word}"' for word in words)
