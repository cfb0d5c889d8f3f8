"""Full-text search in a SQLite file of its own: the embedded stand-in for Elasticsearch."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from repository.search.types import (
    ALL_WORDS,
    CONTEXT_WEIGHT,
    FIELD_WEIGHTS,
    HEADLINE_SHARE,
    TEXT_SHARE,
    WORDS_WEIGHT,
    Document,
    Hit,
    Situation,
    Wanted,
    names_of,
)
from repository.search.words import query_tokens, tokens

SCHEMA = """
CREATE TABLE IF NOT EXISTS document (id INTEGER PRIMARY KEY, row_version INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS context (
    id INTEGER NOT NULL, slug TEXT NOT NULL, PRIMARY KEY (slug, id)
) WITHOUT ROWID;
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (
    name, summary, context_words, readme, tokenize = 'unicode61'
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
            connection.executescript(SCHEMA)
            yield connection
        finally:
            connection.close()

    @contextlib.contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._open() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def put(self, document: Document) -> None:
        with self._write() as connection:
            row = connection.execute(
                "SELECT row_version FROM document WHERE id = ?", (document.model_id,)
            ).fetchone()
            if row is not None and row[0] > document.row_version:
                return
            self._forget(connection, document.model_id)
            connection.execute(
                "INSERT INTO document VALUES (?, ?)", (document.model_id, document.row_version)
            )
            connection.executemany(
                "INSERT INTO context VALUES (?, ?)",
                [(document.model_id, slug) for slug in set(document.contexts)],
            )
            fields = (document.name, document.summary, document.context_words, document.readme)
            connection.execute(
                "INSERT INTO words (rowid, name, summary, context_words, readme) "
                "VALUES (?, ?, ?, ?, ?)",
                (document.model_id, *(" ".join(tokens(text)) for text in fields)),
            )

    def remove(self, model_id: int) -> None:
        with self._write() as connection:
            self._forget(connection, model_id)

    @staticmethod
    def _forget(connection: sqlite3.Connection, model_id: int) -> None:
        connection.execute("DELETE FROM document WHERE id = ?", (model_id,))
        connection.execute("DELETE FROM context WHERE id = ?", (model_id,))
        connection.execute("DELETE FROM words WHERE rowid = ?", (model_id,))

    def search(self, wanted: Wanted, *, most: int) -> list[Hit]:
        """Return the best models: words by BM25, plus what each wanted context is worth."""
        scores: dict[int, float] = {}
        with self._open() as connection:
            for model_id, score in self._by_words(connection, wanted.text, most):
                scores[model_id] = scores.get(model_id, 0) + score
            for situation in wanted.situations:
                for model_id, weight in self._by_situation(connection, situation).items():
                    scores[model_id] = scores.get(model_id, 0) + CONTEXT_WEIGHT * weight
        ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
        return [Hit(model_id, score) for model_id, score in ranked[:most]]

    @staticmethod
    def _by_situation(connection: sqlite3.Connection, situation: Situation) -> dict[int, float]:
        best: dict[int, float] = {}

        def gain(query: str, argument: str, weight: float) -> None:
            for (model_id,) in connection.execute(query, (argument,)):
                best[model_id] = max(weight, best.get(model_id, 0.0))

        for slug, weight in situation.contexts.items():
            gain("SELECT id FROM context WHERE slug = ?", slug, weight)
        named = " OR ".join(f"({_all_of(words)})" for words in names_of(situation))
        if named:
            said = "SELECT rowid FROM words WHERE words MATCH ?"
            gain(said, f"{{name summary}} : ({named})", situation.weight * HEADLINE_SHARE)
            gain(said, f"readme : ({named})", situation.weight * TEXT_SHARE)
        return best

    @staticmethod
    def _by_words(
        connection: sqlite3.Connection, text: str, most: int
    ) -> Iterator[tuple[int, float]]:
        words = query_tokens(text)
        if not words:
            return
        weights = ", ".join(str(weight) for weight in FIELD_WEIGHTS.values())
        query = (
            f"SELECT rowid, -bm25(words, {weights}) FROM words WHERE words MATCH ? "  # noqa: S608
            "ORDER BY 2 DESC LIMIT ?"
        )
        for model_id, score in connection.execute(query, (_any_of(words), most)):
            yield model_id, WORDS_WEIGHT * max(score, 0.0)
        for model_id, _ in connection.execute(query, (_all_of(words), most)):
            # BM25 of a small collection can come near zero; a literal hit still counts for one.
            yield model_id, ALL_WORDS

    def clear(self) -> None:
        with self._write() as connection:
            for table in ("document", "context", "words"):
                connection.execute(f"DELETE FROM {table}")  # noqa: S608


def _quoted(words: list[str]) -> list[str]:
    # Quoted tokens of our own making: nothing the caller typed is read as query syntax.
    return [f'"{word}"' for word in words]


def _all_of(words: list[str]) -> str:
    return " AND ".join(_quoted(words))


def _any_of(words: list[str]) -> str:
    return " OR ".join(_quoted(words))
