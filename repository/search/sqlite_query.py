"""A search as the statements that SQLite runs: hits by words and situations, narrowed, counted."""

import sqlite3

from repository.search.types import (
    ALL_WORDS,
    CONTEXT_WEIGHT,
    FIELD_WEIGHTS,
    HEADLINE_SHARE,
    MOST_VALUES,
    OFFER_FACETS,
    STEPS_OF,
    TEXT_SHARE,
    TRAIT_FACETS,
    WORDS_WEIGHT,
    Audience,
    Facets,
    Limit,
    Narrowing,
    Situation,
    Sort,
    Trait,
    Wanted,
    names_of,
)
from repository.search.words import query_tokens

ORDERS = {
    Sort.RELEVANCE: "score DESC, id",
    Sort.UPDATED: "updated DESC, id",
    Sort.LATENCY: "latency_ms NULLS LAST, id",
    Sort.SIZE: "size_bytes NULLS LAST, id",
    Sort.NAME: "name, id",
}
Condition = tuple[str, list[str | float]]
ITS_TERM = f"field = '{Trait.TERM}'"


def keep_found(connection: sqlite3.Connection, wanted: Wanted) -> None:
    """Put what a person may know of, and that has anything of what is wanted, into `found`.

    All of it in one statement: a wide question touches most of the models several times.
    """
    connection.execute("DROP TABLE IF EXISTS temp.found")
    connection.execute("CREATE TEMP TABLE found (id INTEGER PRIMARY KEY, score REAL NOT NULL)")
    gains, values = _gains(connection, wanted)
    where, audience = among(wanted.audience)
    connection.execute(
        f"INSERT INTO found SELECT document.id, total FROM ("
        f"SELECT id, sum(gained) AS total FROM ({gains}) GROUP BY id"
        f") CROSS JOIN document USING (id) WHERE {where}",
        [*values, *audience],
    )


def _gains(connection: sqlite3.Connection, wanted: Wanted) -> Condition:
    """Return the query of what every model gains, once by words and once by each situation."""
    if not wanted.text:
        return "SELECT id, 0.0 AS gained FROM document", []
    parts, values = ["SELECT 0 AS id, 0.0 AS gained"], list[str | float]()
    for query, given in (*_by_words(wanted.text), _by_situations(connection, wanted.situations)):
        parts.append(query)
        values += given
    return " UNION ALL ".join(f"SELECT id, gained FROM ({part})" for part in parts), values


def keep_best(connection: sqlite3.Connection, most: int) -> None:
    """Leave only the best hits in `found`."""
    connection.execute(
        "DELETE FROM found WHERE id NOT IN (SELECT id FROM found ORDER BY score DESC, id LIMIT ?)",
        (most,),
    )


def among(audience: Audience) -> Condition:
    """Return the condition of a row of `document` that a person may know of it."""
    return ("true", []) if audience is None else _has(Trait.AUDIENCE, audience, "document.id")


def page_of(connection: sqlite3.Connection, wanted: Wanted) -> list[tuple[int, float]]:
    where, values = _fits(wanted.narrowing)
    return connection.execute(
        "SELECT found.id, score FROM found JOIN document USING (id) "
        f"WHERE {where} ORDER BY {ORDERS[wanted.sort]} LIMIT ? OFFSET ?",
        [*values, wanted.limit, wanted.offset],
    ).fetchall()


def total_of(connection: sqlite3.Connection, narrowing: Narrowing) -> int:
    where, values = _fits(narrowing)
    query = f"SELECT count(*) FROM found WHERE {where}"
    return int(connection.execute(query, values).fetchone()[0])


def facets_of(connection: sqlite3.Connection, narrowing: Narrowing) -> Facets:
    """Count the values of each facet among the hits that fit all other choices."""
    facets: Facets = {}
    for trait in TRAIT_FACETS:
        where, values = _fits(narrowing.without(trait))
        facets[trait] = dict(
            connection.execute(
                "SELECT value, count(*) FROM found CROSS JOIN trait USING (id) "
                f"WHERE field = ? AND {where} GROUP BY value ORDER BY 2 DESC, 1 LIMIT ?",
                [trait, *values, MOST_VALUES],
            ).fetchall()
        )
    for kind in OFFER_FACETS:
        where, values = _fits_with_offer(narrowing.without(kind))
        facets[kind] = dict(
            connection.execute(
                f"SELECT {kind}, count(DISTINCT id) FROM found "
                f"CROSS JOIN offer USING (id) WHERE {kind} <> '' AND {where} "
                "GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?",
                [*values, MOST_VALUES],
            ).fetchall()
        )
    for limit, steps in STEPS_OF.items():
        where, values = _fits_with_offer(narrowing.without(limit))
        counts = ", ".join(f"sum(least <= {step})" for step in steps)
        row = connection.execute(
            f"SELECT {counts} FROM (SELECT min({limit}) AS least FROM found "
            f"CROSS JOIN offer USING (id) WHERE {where} GROUP BY id)",
            values,
        ).fetchone()
        facets[limit] = {str(step): count for step, count in zip(steps, row, strict=True) if count}
    return facets


def _by_situations(connection: sqlite3.Connection, situations: list[Situation]) -> Condition:
    """Return the query of the most that a model gains by each situation."""
    connection.execute("DROP TABLE IF EXISTS temp.asked")
    connection.execute("CREATE TEMP TABLE asked (situation INTEGER, term TEXT, weight REAL)")
    connection.executemany(
        "INSERT INTO asked VALUES (?, ?, ?)",
        [
            (at, slug, CONTEXT_WEIGHT * weight)
            for at, situation in enumerate(situations)
            for slug, weight in situation.contexts.items()
        ],
    )
    parts = [
        f"SELECT situation, id, weight FROM asked CROSS JOIN trait ON value = term AND {ITS_TERM}"
    ]
    values: list[str | float] = []
    for at, situation in enumerate(situations):
        named = " OR ".join(f"({all_of(words)})" for words in names_of(situation))
        if named:
            worth = CONTEXT_WEIGHT * situation.weight
            parts += [f"SELECT {at}, rowid, ? FROM words WHERE words MATCH ?"] * 2
            values += [worth * HEADLINE_SHARE, f"{{name summary}} : ({named})"]
            values += [worth * TEXT_SHARE, f"readme : ({named})"]
    best = f"SELECT id, max(weight) AS gained FROM ({' UNION ALL '.join(parts)})"
    return f"{best} GROUP BY situation, id", values


def _by_words(text: str) -> list[Condition]:
    words = query_tokens(text)
    if not words:
        return []
    weights = ", ".join(str(weight) for weight in FIELD_WEIGHTS.values())
    scored = f"SELECT rowid AS id, {WORDS_WEIGHT} * max(-bm25(words, {weights}), 0.0) AS gained"
    # BM25 of a small collection can come near zero; a literal hit still counts for one.
    whole = f"SELECT rowid AS id, {ALL_WORDS} AS gained"
    found = "FROM words WHERE words MATCH ?"
    return [(f"{scored} {found}", [_any_of(words)]), (f"{whole} {found}", [all_of(words)])]


def _fits(narrowing: Narrowing) -> Condition:
    """Return the condition of a row of `found` that a narrowing sets."""
    where, values = _fits_traits(narrowing)
    offers, offered = _fits_offer(narrowing)
    if offers:
        where += f" AND EXISTS (SELECT 1 FROM offer WHERE offer.id = found.id AND {offers})"
    return where, [*values, *offered]


def _fits_with_offer(narrowing: Narrowing) -> Condition:
    """Return the condition of a row of `found` joined with one of its offers."""
    where, values = _fits_traits(narrowing)
    offers, offered = _fits_offer(narrowing)
    return f"{where} AND {offers or 'true'}", [*values, *offered]


def _fits_traits(narrowing: Narrowing) -> Condition:
    parts, values = ["true"], list[str | float]()
    for trait, wanted in narrowing.traits.items():
        # A model has to have all contexts that were chosen, and any of another trait's values.
        sets = [(slug,) for slug in wanted] if trait == Trait.CONTEXT else [wanted]
        for alternatives in sets:
            where, given = _has(trait, alternatives)
            parts.append(where)
            values += given
    return " AND ".join(parts), values


def _has(trait: Trait, alternatives: tuple[str, ...], row: str = "found.id") -> Condition:
    marks = ", ".join("?" * len(alternatives))
    where = (
        f"EXISTS (SELECT 1 FROM trait WHERE trait.id = {row} AND field = ? AND value IN ({marks}))"
    )
    return where, [trait, *alternatives]


def _fits_offer(narrowing: Narrowing) -> Condition:
    parts, values = list[str](), list[str | float]()
    for kind, wanted in narrowing.offers.items():
        parts.append(f"offer.{kind} IN ({', '.join('?' * len(wanted))})")
        values += wanted
    for limit, most in narrowing.limits.items():
        unknown = f" OR offer.{limit} IS NULL" if limit == Limit.MEMORY else ""
        parts.append(f"(offer.{limit} <= ?{unknown})")
        values.append(most)
    return " AND ".join(parts), values


def _quoted(words: list[str]) -> list[str]:
    # Quoted tokens of our own making: nothing the caller typed is read as query syntax.
    return [f'"{word}"' for word in words]


def all_of(words: list[str]) -> str:
    return " AND ".join(_quoted(words))


def _any_of(words: list[str]) -> str:
    return " OR ".join(_quoted(words))
