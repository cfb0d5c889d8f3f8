"""Full-text search in a SQLite file of its own: the embedded stand-in for Elasticsearch."""

import contextlib
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from dataclasses import astuple
from pathlib import Path

from repository.search.sqlite_query import (
    all_of,
    among,
    facets_of,
    keep_best,
    keep_found,
    page_of,
    total_of,
)
from repository.search.types import Audience, Document, Facets, Hit, Hits, Trait, Wanted
from repository.search.words import query_tokens, tokens

TABLES = ("document", "trait", "offer", "words")
LAST_LETTER = chr(0x10FFFF)
MOST_COUNTED = 500
"""Of the hits, the best first: counting all offers of more is what makes a search slow."""

VERSION = 6
"""Of the schema; a file of another version is emptied, and filled by a rebuild."""

SCHEMA = f"""
CREATE TABLE document (
    id INTEGER PRIMARY KEY, row_version INTEGER NOT NULL, name TEXT NOT NULL,
    updated REAL NOT NULL, latency_ms REAL, size_bytes INTEGER
);
CREATE TABLE trait (
    field TEXT NOT NULL, value TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (field, value, id)
) WITHOUT ROWID;
CREATE INDEX trait_of ON trait (id, field, value);
CREATE TABLE offer (
    id INTEGER NOT NULL, format TEXT NOT NULL, precision TEXT NOT NULL, size_bytes INTEGER,
    device TEXT NOT NULL, p50_ms REAL, memory_bytes INTEGER, origin TEXT NOT NULL
);
CREATE INDEX offer_of ON offer (id);
CREATE VIRTUAL TABLE words USING fts5 (
    name, summary, context_words, readme, tokenize = 'unicode61'
);
PRAGMA user_version = {VERSION};
"""


class SqliteIndex:
    """Models in SQLite FTS5, with Hangul cut into syllables and pairs before it gets there."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path, timeout=20, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            if _version(connection) != VERSION:
                _make(connection)
            yield connection
        finally:
            connection.close()

    @contextlib.contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._open() as connection, _transaction(connection):
            yield connection

    def put(self, *documents: Document) -> None:
        with self._write() as connection:
            for document in documents:
                _put(connection, document)

    def remove(self, *model_ids: int) -> None:
        with self._write() as connection:
            for model_id in model_ids:
                _forget(connection, model_id)

    def versions(self) -> Iterator[tuple[int, int]]:
        with self._open() as connection:
            yield from connection.execute("SELECT id, row_version FROM document ORDER BY id")

    def rebuild(self, batches: Iterable[list[Document]]) -> None:
        """Write every document anew, some at a time: readers see each either as it was or as it is.

        A second file to swap to would strand its write-ahead log; here nothing is ever missing.
        """
        seen: set[int] = set()
        before = {model_id for model_id, _ in self.versions()}
        for batch in batches:
            self.put(*batch)
            seen.update(row.model_id for row in batch)
        self.remove(*(before - seen))
        with self._open() as connection:
            connection.execute("INSERT INTO words (words) VALUES ('optimize')")

    def is_current(self) -> bool:
        return True  # a file of another version is emptied when it is opened

    def tidy(self) -> None:
        """Do nothing: there is one file."""

    def search(self, wanted: Wanted) -> Hits:
        """Return the best models: words by BM25, plus what each wanted context is worth."""
        with self._open() as connection:
            # One reading transaction: page, total and facets speak of the same moment.
            connection.execute("BEGIN")
            keep_found(connection, wanted)
            page = [Hit(*row) for row in page_of(connection, wanted)]
            total = total_of(connection, wanted.narrowing)
            facets: Facets = {}
            if wanted.facets:
                keep_best(connection, MOST_COUNTED)
                facets = facets_of(connection, wanted.narrowing)
            connection.execute("ROLLBACK")
        return Hits(page, total, facets)

    def starting(self, prefix: str, audience: Audience, *, most: int) -> list[int]:
        where, values = among(audience)
        with self._open() as connection:
            rows = connection.execute(
                "SELECT DISTINCT id FROM trait AS part JOIN document USING (id) "
                f"WHERE part.field = ? AND part.value >= ? AND part.value < ? AND {where} "
                "ORDER BY name, id LIMIT ?",
                [Trait.PART, prefix, prefix + LAST_LETTER, *values, most],
            )
            return [row[0] for row in rows]

    def parts(self, *, most: int) -> list[str]:
        with self._open() as connection:
            rows = connection.execute(
                "SELECT value FROM trait WHERE field = ? GROUP BY value "
                "ORDER BY count(*) DESC, value LIMIT ?",
                (Trait.PART, most),
            )
            return [row[0] for row in rows]

    def holding(self, words: Collection[str], audience: Audience) -> set[str]:
        where, values = among(audience)
        query = (
            "SELECT 1 FROM words JOIN document ON document.id = words.rowid "
            f"WHERE words MATCH ? AND {where} LIMIT 1"
        )
        with self._open() as connection:
            return {
                word
                for word in words
                if (held := query_tokens(word))
                and connection.execute(query, [all_of(held), *values]).fetchone()
            }

    def clear(self) -> None:
        with self._write() as connection:
            for table in TABLES:
                connection.execute(f"DELETE FROM {table}")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _make(connection: sqlite3.Connection) -> None:
    with _transaction(connection):
        if _version(connection) == VERSION:
            return  # another process was first
        for table in (*TABLES, "context"):
            connection.execute(f"DROP TABLE IF EXISTS {table}")
        # Not executescript: it would commit before its first statement.
        for statement in SCHEMA.split(";"):
            connection.execute(statement)


def _put(connection: sqlite3.Connection, document: Document) -> None:
    model_id = document.model_id
    row = connection.execute(
        "SELECT row_version FROM document WHERE id = ?", (model_id,)
    ).fetchone()
    if row is not None and row[0] > document.row_version:
        return
    _forget(connection, model_id)
    connection.execute(
        "INSERT INTO document VALUES (?, ?, ?, ?, ?, ?)",
        (
            model_id,
            document.row_version,
            document.name,
            document.updated,
            document.latency_ms,
            document.size_bytes,
        ),
    )
    connection.executemany(
        "INSERT INTO trait VALUES (?, ?, ?)",
        [
            (field, value, model_id)
            for field, values in document.traits.items()
            for value in set(values)
        ],
    )
    connection.executemany(
        "INSERT INTO offer VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(model_id, *astuple(offer)) for offer in document.offers],
    )
    fields = (document.name, document.summary, document.context_words, document.readme)
    connection.execute(
        "INSERT INTO words (rowid, name, summary, context_words, readme) VALUES (?, ?, ?, ?, ?)",
        (model_id, *(" ".join(tokens(text)) for text in fields)),
    )


def _forget(connection: sqlite3.Connection, model_id: int) -> None:
    for table, key in (("document", "id"), ("trait", "id"), ("offer", "id"), ("words", "rowid")):
        connection.execute(f"DELETE FROM {table} WHERE {key} = ?", (model_id,))
