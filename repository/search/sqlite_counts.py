"""What SQLite keeps of models to count: the values of their facets and their offers, as numbers."""

import json
import sqlite3
from collections.abc import Iterable
from functools import cached_property

import numpy as np

from repository.search.offers import Codes, Integers, Offers, most_frequent, pack
from repository.search.types import TRAIT_FACETS, Document, OfferTrait, Trait

CODE = np.dtype("<i4")


class Counted:
    """The values of some models, read once."""

    def __init__(self, connection: sqlite3.Connection, ids: Integers) -> None:
        self._connection = connection
        self._rows = connection.execute(
            "SELECT traits, offers FROM json_each(?) AS wanted "
            "JOIN counted ON counted.id = wanted.value ORDER BY key",
            [json.dumps(ids.tolist())],
        ).fetchall()

    @cached_property
    def traits(self) -> dict[Trait, dict[str, int]]:
        """How many models have each value, the most frequent first."""
        codes = np.frombuffer(b"".join(traits for traits, _ in self._rows), CODE)
        found, counts = np.unique(codes, return_counts=True)
        times = dict(zip(found.tolist(), counts.tolist(), strict=True))
        names = self._connection.execute(
            "SELECT code, field, value.value FROM json_each(?) AS wanted "
            "JOIN value ON code = wanted.value",
            [json.dumps(list(times))],
        )
        counted: dict[Trait, dict[str, int]] = {}
        for code, field, value in names:
            counted.setdefault(Trait(field), {})[value] = times[code]
        return {field: most_frequent(values) for field, values in counted.items()}

    @cached_property
    def offers(self) -> Offers:
        fields = list(OfferTrait)
        codes = self._connection.execute(
            "SELECT field, value, code FROM value WHERE field IN (?, ?, ?, ?)", fields
        )
        by_value = {(field, value): code for field, value, code in codes}
        return Offers.unpack([offers for _, offers in self._rows], by_value)


def keep(connection: sqlite3.Connection, document: Document) -> None:
    """Write what a model has, as lists and as what is counted."""
    traits = {(str(field), value) for field, values in document.traits.items() for value in values}
    offered = {
        (str(kind), getattr(offer, kind)) for offer in document.offers for kind in OfferTrait
    }
    codes = _codes(connection, {*traits, *(pair for pair in offered if pair[1])})
    shown = [codes[pair] for pair in traits if pair[0] in TRAIT_FACETS]
    connection.executemany(
        "INSERT INTO trait VALUES (?, ?)", [(codes[pair], document.model_id) for pair in traits]
    )
    connection.execute(
        "INSERT INTO counted VALUES (?, ?, ?)",
        (document.model_id, np.array(shown, CODE).tobytes(), pack(document.offers, codes)),
    )


def _codes(connection: sqlite3.Connection, pairs: Iterable[tuple[str, str]]) -> Codes:
    """Return the number of each value; new ones get theirs."""
    wanted = list(pairs)
    connection.executemany("INSERT OR IGNORE INTO value (field, value) VALUES (?, ?)", wanted)
    query = "SELECT code FROM value WHERE field = ? AND value = ?"
    return {pair: connection.execute(query, pair).fetchone()[0] for pair in wanted}
