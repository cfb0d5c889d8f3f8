"""What the search index keeps and answers."""

from dataclasses import dataclass, field
from typing import Protocol

from repository.search.words import query_tokens


@dataclass(frozen=True)
class Document:
    """A model as the index sees it; `contexts` holds the term of its service type too."""

    model_id: int
    row_version: int
    name: str
    summary: str
    contexts: list[str]
    context_words: str
    readme: str


@dataclass(frozen=True)
class Situation:
    """One thing that is asked for: the contexts that serve it by weight, and names it goes by.

    A model gains once, the most of: its best context here, or a name that its text holds.
    """

    contexts: dict[str, float]
    names: list[str] = field(default_factory=list)
    weight: float = 1.0


@dataclass(frozen=True)
class Wanted:
    """Words to find, and the situations that they name."""

    text: str
    situations: list[Situation] = field(default_factory=list)


@dataclass(frozen=True)
class Hit:
    model_id: int
    score: float


class IndexAway(Exception):
    """The index does not answer, or not in time."""


class SearchIndex(Protocol):
    """Put and remove are harmless to repeat; an older version never replaces a newer one.

    A search raises IndexAway rather than let a person wait.
    """

    def put(self, document: Document) -> None: ...
    def remove(self, model_id: int) -> None: ...
    def search(self, wanted: Wanted, *, most: int) -> list[Hit]: ...
    def clear(self) -> None: ...


FIELD_WEIGHTS = {"name": 6.0, "summary": 3.0, "context_words": 4.0, "readme": 1.0}
"""How much a word counts by where it stands; the same in every backend."""

CONTEXT_WEIGHT = 10.0
"""What a model gains for having a context that was asked for by name."""

SERVICE_SHARE = 0.8
"""What of a context a model gains whose service type goes by it."""

HEADLINE_SHARE, TEXT_SHARE = 0.7, 0.5
"""What of it a model gains whose name or summary, or only whose README, names the situation."""

WORDS_WEIGHT, ALL_WORDS = 0.3, 5.0
"""What BM25 counts, and what a model gains whose text holds every word of the query."""


def names_of(situation: Situation) -> list[list[str]]:
    """Return the names of a situation as the tokens that a text has to hold."""
    named = (query_tokens(name) for name in situation.names)
    return [words for words in named if words]


def service_term(slug: str) -> str:
    return f"service:{slug}"
