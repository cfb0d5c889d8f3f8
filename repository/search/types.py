"""What the search index keeps and answers."""

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Document:
    """A model as the index sees it."""

    model_id: int
    row_version: int
    name: str
    summary: str
    contexts: list[str]
    context_words: str
    readme: str


@dataclass(frozen=True)
class Wanted:
    """Words to find, and contexts with the weight that a model having them gains."""

    text: str
    contexts: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Hit:
    model_id: int
    score: float


class SearchIndex(Protocol):
    """Put and remove are harmless to repeat; an older version never replaces a newer one."""

    def put(self, document: Document) -> None: ...
    def remove(self, model_id: int) -> None: ...
    def search(self, wanted: Wanted, *, most: int) -> list[Hit]: ...
    def clear(self) -> None: ...


FIELD_WEIGHTS = {"name": 6.0, "summary": 3.0, "context_words": 4.0, "readme": 1.0}
"""How much a word counts by where it stands; the same in every backend."""

CONTEXT_WEIGHT = 10.0
"""What a model gains for having a context that was asked for by name."""
