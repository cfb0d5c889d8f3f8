"""What the search index keeps and answers."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from operator import itemgetter
from typing import Protocol

from repository.search.words import query_tokens


class Trait(StrEnum):
    """What a model has, and may have several of."""

    SERVICE_TYPE = "service_type"
    CONTEXT = "context"
    TASK = "task"
    LICENSE = "license"
    LANGUAGE = "language"
    DATASET = "dataset"
    BASE_MODEL = "base_model"
    OWNER = "owner"
    TERM = "term"
    PART = "part"
    AUDIENCE = "audience"


FOLDED = frozenset({Trait.TASK, Trait.LICENSE, Trait.LANGUAGE, Trait.DATASET, Trait.BASE_MODEL})
"""Traits that people write freely: COCO and coco are one value, in lower case."""


class OfferTrait(StrEnum):
    """What one offer of a model is."""

    FORMAT = "format"
    PRECISION = "precision"
    DEVICE = "device"
    ORIGIN = "origin"


class Limit(StrEnum):
    """What one offer may need at most. An offer that does not say so passes none but memory."""

    LATENCY = "p50_ms"
    SIZE = "size_bytes"
    MEMORY = "memory_bytes"


class Sort(StrEnum):
    RELEVANCE = "relevance"
    UPDATED = "updated"
    LATENCY = "latency"
    SIZE = "size"
    NAME = "name"
    DOWNLOADS = "downloads"


@dataclass(frozen=True)
class Offer:
    """One way to run a model: an artifact, and its figure on one device where there is one.

    `memory_bytes` is the peak that was measured, else its size: no engine runs it in less.
    """

    format: str
    precision: str
    size_bytes: int | None = None
    device: str = ""
    p50_ms: float | None = None
    memory_bytes: int | None = None
    origin: str = ""


@dataclass(frozen=True)
class Document:
    """A model as the index sees it.

    The trait `term` has the contexts it serves, faint ones as such, and the term of its service
    type, `part` its name
    and the parts of it in lower case, `audience` who may know of it. `latency_ms` and `size_bytes`
    are those that lists show.
    """

    model_id: int
    row_version: int
    name: str
    summary: str
    context_words: str
    readme: str
    traits: dict[Trait, list[str]] = field(default_factory=dict)
    offers: list[Offer] = field(default_factory=list)
    updated: float = 0.0
    latency_ms: float | None = None
    size_bytes: int | None = None
    downloads: int = 0


@dataclass(frozen=True)
class Situation:
    """One thing that is asked for: the contexts that serve it by weight, and names it goes by.

    A model gains once, the most of: its best context here, or a name that its text holds.
    """

    contexts: dict[str, float]
    names: list[str] = field(default_factory=list)
    weight: float = 1.0


@dataclass(frozen=True)
class Narrowing:
    """What hits are narrowed to. Values of a trait are alternatives, but contexts add up.

    Everything asked of offers has to hold for one and the same offer.
    """

    traits: dict[Trait, tuple[str, ...]] = field(default_factory=dict)
    offers: dict[OfferTrait, tuple[str, ...]] = field(default_factory=dict)
    limits: dict[Limit, float] = field(default_factory=dict)

    def without(self, facet: "Facet") -> "Narrowing":
        """Return all of it but what the facet itself chooses: its counts offer the alternatives."""
        if facet == Trait.CONTEXT:
            return self
        return Narrowing(
            {name: values for name, values in self.traits.items() if name != facet},
            {name: values for name, values in self.offers.items() if name != facet},
            {name: most for name, most in self.limits.items() if name != facet},
        )


Facet = Trait | OfferTrait | Limit
Facets = dict[Facet, dict[str, int]]
"""How many models have each value; of a limit, how many keep within it."""

TRAIT_FACETS = (
    Trait.SERVICE_TYPE,
    Trait.CONTEXT,
    Trait.TASK,
    Trait.LICENSE,
    Trait.LANGUAGE,
    Trait.DATASET,
    Trait.BASE_MODEL,
    Trait.OWNER,
)
OFFER_FACETS = (OfferTrait.FORMAT, OfferTrait.PRECISION, OfferTrait.DEVICE)
STEPS_OF: dict[Limit, tuple[int, ...]] = {
    Limit.LATENCY: (1, 5, 10, 33, 100),
    Limit.SIZE: (1_000_000, 10_000_000, 100_000_000, 1_000_000_000),
}
"""The bounds at which models are counted."""

MOST_COUNTED = 500
"""Of the hits, the best first: those whose values facets count."""

MOST_VALUES = 30
Audience = tuple[str, ...] | None
"""Who asks, in the words of the trait; None sees all."""


@dataclass(frozen=True)
class Wanted:
    """Words to find, the situations that they name, and what the hits are narrowed to.

    Without a text everything is wanted.
    """

    text: str = ""
    situations: list[Situation] = field(default_factory=list)
    narrowing: Narrowing = field(default_factory=Narrowing)
    audience: Audience = None
    sort: Sort = Sort.RELEVANCE
    offset: int = 0
    limit: int = 50
    facets: bool = False


@dataclass(frozen=True)
class Hit:
    model_id: int
    score: float


@dataclass(frozen=True)
class Hits:
    """One page of hits, how many there are in all, and their facets: of the best 500 at least.

    `sort` is the order they are in, where it is not the one that was wanted.
    """

    page: list[Hit]
    total: int
    facets: Facets = field(default_factory=dict)
    sort: Sort | None = None


class IndexAway(Exception):
    """The index does not answer, or not in time."""


class Overtaken(Exception):
    """Another rebuild began meanwhile: it fills the index now."""


class Health(StrEnum):
    """How an index is; unfilled: it is lost or of an older release, and will be filled anew."""

    READY = "ready"
    READ_ONLY = "read_only"
    UNFILLED = "unfilled"
    AWAY = "away"


class SearchIndex(Protocol):
    """Put and remove are harmless to repeat; an older version never replaces a newer one.

    A search raises IndexAway rather than let a person wait.
    """

    def put(self, *documents: Document) -> None: ...
    def remove(self, *model_ids: int) -> None: ...
    def search(self, wanted: Wanted) -> Hits: ...
    def clear(self) -> None: ...

    def versions(self) -> Iterator[tuple[int, int]]:
        """Return every model that is held with the version of its row."""

    def rebuild(self, batches: Iterable[list[Document]]) -> None:
        """Hold these documents and no other, without a search that fails or misses one meanwhile.

        A batch may be older than what was put meanwhile; the newer document stays. May raise
        Overtaken.
        """

    def is_current(self) -> bool:
        """Say whether there is an index, and in the form that this release writes.

        Raises IndexAway where that cannot be asked.
        """

    def called(self) -> str:
        """Say what this is and how it cuts Korean, as far as it answers."""

    def health(self) -> Health:
        """Say whether it can be searched and written."""

    def tidy(self) -> None:
        """Let go of what earlier rebuilds left."""

    def starting(self, prefix: str, audience: Audience, *, most: int) -> list[int]:
        """Return the models, by name, with a part of the name that starts so."""

    def parts(self, *, most: int) -> list[str]:
        """Return the parts of names, the most used first."""

    def holding(self, words: Collection[str], audience: Audience) -> set[str]:
        """Return those of these words that any model holds somewhere."""


FIELD_WEIGHTS = {"name": 6, "summary": 3, "context_words": 4, "readme": 1}
"""How much a word counts by where it stands; the same in every backend."""

CONTEXT_WEIGHT = 10.0
"""What a model gains for having a context that was asked for by name."""

SERVICE_SHARE = 0.8
"""What of a context a model gains whose service type goes by it."""

FAINT_SHARE = 0.85
"""What of a task a model gains that is filed under it but speaks of others."""

HEADLINE_SHARE, TEXT_SHARE = 0.7, 0.5
"""What of it a model gains whose name or summary, or only whose README, names the situation."""

WORDS_WEIGHT, ALL_WORDS = 0.3, 5.0
"""What BM25 counts, and what a model gains whose text holds every word of the query."""


def names_of(situation: Situation) -> list[list[str]]:
    """Return the names of a situation as the tokens that a text has to hold."""
    named = (query_tokens(name) for name in situation.names)
    return [words for words in named if words]


def by_weight(contexts: Mapping[str, float]) -> dict[float, tuple[str, ...]]:
    """Return contexts with those that count the same, the least first."""
    found: dict[float, tuple[str, ...]] = {}
    for slug, weight in sorted(contexts.items(), key=itemgetter(1)):
        found[weight] = (*found.get(weight, ()), slug)
    return found


def service_term(slug: str) -> str:
    return f"service:{slug}"


def faint_term(slug: str) -> str:
    return f"faint:{slug}"
