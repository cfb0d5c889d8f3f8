"""Full-text search in a SQLite file of its own: the embedded stand-in for Elasticsearch."""

import contextlib
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from repository.search.sqlite_counts import keep
from repository.search.sqlite_query import Reading, all_of
from repository.search.types import Audience, Document, Health, Hits, IndexAway, Trait, Wanted
from repository.search.words import query_tokens, tokens

TABLES = ("document", "trait", "value", "counted", "words")
HELD = {"headline": "name || ' ' || summary", "said": "readme"}
"""Lists of which model holds a word in these fields: a quarter of the work of asking `words`."""

LAST_LETTER = chr(0x10FFFF)
VERSION = 11
"""Of the schema; a file of another version is emptied, and away until a rebuild filled it."""

SCHEMA = """
CREATE TABLE document (
    id INTEGER PRIMARY KEY, row_version INTEGER NOT NULL, name TEXT NOT NULL,
    updated REAL NOT NULL, latency_ms REAL, size_bytes INTEGER, downloads INTEGER NOT NULL
);
CREATE TABLE value (
    code INTEGER PRIMARY KEY, field TEXT NOT NULL, value TEXT NOT NULL, UNIQUE (field, value)
);
CREATE TABLE trait (
    code INTEGER NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (code, id)
) WITHOUT ROWID;
CREATE INDEX trait_of ON trait (id);
CREATE TABLE counted (id INTEGER PRIMARY KEY, traits BLOB NOT NULL, offers BLOB NOT NULL);
CREATE VIRTUAL TABLE words USING fts5 (
    name, summary, context_words, readme, tokenize = 'unicode61'
);
CREATE VIRTUAL TABLE headline USING fts5 (
    text, content = '', detail = none, columnsize = 0, tokenize = 'unicode61'
);
CREATE VIRTUAL TABLE said USING fts5 (
    text, content = '', detail = none, columnsize = 0, tokenize = 'unicode61'
);
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
            if abs(_version(connection)) != VERSION:
                _make(connection)
            yield connection
        finally:
            connection.close()

    @contextlib.contextmanager
    def _read(self) -> Iterator[sqlite3.Connection]:
        """Open it for a question; an emptied file would answer that there is nothing."""
        with self._open() as connection:
            if _version(connection) != VERSION:
                raise IndexAway("The index was emptied by an update and is being filled.")
            yield connection

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
            for table in ("words", *HELD):
                connection.execute(f"INSERT INTO {table} ({table}) VALUES ('optimize')")
            connection.execute(f"PRAGMA user_version = {VERSION}")

    def is_current(self) -> bool:
        with self._open() as connection:
            return _version(connection) == VERSION

    def health(self) -> Health:
        try:
            return Health.READY if self.is_current() else Health.UNFILLED
        except IndexAway:
            return Health.AWAY

    def called(self) -> str:
        return "SQLite FTS5"

    def tidy(self) -> None:
        """Do nothing: there is one file."""

    def search(self, wanted: Wanted) -> Hits:
        """Return the best models: words by BM25, plus what each wanted context is worth."""
        with self._read() as connection:
            # One reading transaction: page, total and facets speak of the same moment.
            connection.execute("BEGIN")
            return Reading(connection).search(wanted)

    def starting(self, prefix: str, audience: Audience, *, most: int) -> list[int]:
        where, values = _among(audience)
        with self._read() as connection:
            rows = connection.execute(
                "SELECT DISTINCT document.id FROM value JOIN trait USING (code) "
                "JOIN document USING (id) "
                f"WHERE field = ? AND value >= ? AND value < ? AND {where} "
                "ORDER BY name, document.id LIMIT ?",
                [Trait.PART, prefix, prefix + LAST_LETTER, *values, most],
            )
            return [row[0] for row in rows]

    def parts(self, *, most: int) -> list[str]:
        with self._read() as connection:
            rows = connection.execute(
                "SELECT value FROM value JOIN trait USING (code) WHERE field = ? GROUP BY code "
                "ORDER BY count(*) DESC, value LIMIT ?",
                (Trait.PART, most),
            )
            return [row[0] for row in rows]

    def holding(self, words: Collection[str], audience: Audience) -> set[str]:
        where, values = _among(audience)
        query = (
            "SELECT 1 FROM words JOIN document ON document.id = words.rowid "
            f"WHERE words MATCH ? AND {where} LIMIT 1"
        )
        with self._read() as connection:
            return {
                word
                for word in words
                if (held := query_tokens(word))
                and connection.execute(query, [all_of(held), *values]).fetchone()
            }

    def clear(self) -> None:
        with self._write() as connection:
            for table in HELD:
                connection.execute(f"INSERT INTO {table} ({table}) VALUES ('delete-all')")
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
        before = _version(connection)
        if abs(before) == VERSION:
            return  # another process was first
        for table in (*TABLES, *HELD, "offer", "context"):
            connection.execute(f"DROP TABLE IF EXISTS {table}")
        # Not executescript: it would commit before its first statement.
        for statement in SCHEMA.split(";"):
            connection.execute(statement)
        # In a new file nothing is missing; where there was another one, everything is.
        connection.execute(f"PRAGMA user_version = {-VERSION if before else VERSION}")


def _put(connection: sqlite3.Connection, document: Document) -> None:
    model_id = document.model_id
    row = connection.execute(
        "SELECT row_version FROM document WHERE id = ?", (model_id,)
    ).fetchone()
    if row is not None and row[0] > document.row_version:
        return
    _forget(connection, model_id)
    connection.execute(
        "INSERT INTO document VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            model_id,
            document.row_version,
            document.name,
            document.updated,
            document.latency_ms,
            document.size_bytes,
            document.downloads,
        ),
    )
    keep(connection, document)
    fields = (document.name, document.summary, document.context_words, document.readme)
    connection.execute(
        "INSERT INTO words (rowid, name, summary, context_words, readme) VALUES (?, ?, ?, ?, ?)",
        (model_id, *(" ".join(tokens(text)) for text in fields)),
    )
    for table, text in HELD.items():
        connection.execute(
            f"INSERT INTO {table} (rowid, text) SELECT rowid, {text} FROM words WHERE rowid = ?",
            (model_id,),
        )


def _forget(connection: sqlite3.Connection, model_id: int) -> None:
    for table, text in HELD.items():
        # A list that keeps no text has to be told which words to take out.
        connection.execute(
            f"INSERT INTO {table} ({table}, rowid, text) "
            f"SELECT 'delete', rowid, {text} FROM words WHERE rowid = ?",
            (model_id,),
        )
    for table in ("document", "trait", "counted"):
        connection.execute(f"DELETE FROM {table} WHERE id = ?", (model_id,))
    connection.execute("DELETE FROM words WHERE rowid = ?", (model_id,))


def _among(audience: Audience) -> tuple[str, list[str]]:
    """Return the condition of a row of `document` that a person may know of it."""
    if audience is None:
        return "true", []
    marks = ", ".join("?" * len(audience))
    where = (
        "EXISTS (SELECT 1 FROM value AS whom JOIN trait AS known USING (code) "
        f"WHERE known.id = document.id AND whom.field = ? AND whom.value IN ({marks}))"
    )
    return where, [Trait.AUDIENCE, *audience]
