"""What an index of models looks like in Elasticsearch, and how Korean is cut there.

Latin words come as stems of our own making. Hangul stands in fields beside them and is cut by the
server: by nori where its plugin is installed, else into pairs of syllables. Searches are written
alike for both, for the server cuts their words as it cut the text.
"""

from enum import StrEnum
from typing import Any

from repository.search.types import (
    OFFER_FACETS,
    STEPS_OF,
    Limit,
    OfferTrait,
    Trait,
)

VERSION = 10
"""Of the mappings; an index of another version has to be filled anew."""

KEYWORD, REAL, WHOLE = {"type": "keyword"}, {"type": "double"}, {"type": "long"}
OFFER: dict[str, Any] = {
    "type": "nested",
    "properties": {
        **dict.fromkeys(("format", "precision", "device", "origin"), KEYWORD),
        **dict.fromkeys(("size_bytes", "memory_bytes"), WHOLE),
        "p50_ms": REAL,
    },
}


class Hangul(StrEnum):
    """What cuts Korean: the plugin analysis-nori, or a filter that every Elasticsearch has."""

    NORI = "nori"
    PAIRS = "pairs"


CALLED = {
    Hangul.NORI: "nori",
    Hangul.PAIRS: "bigrams (no analysis-nori)",
}

NORI: dict[str, Any] = {
    "tokenizer": {"hangul": {"type": "nori_tokenizer", "decompound_mode": "discard"}},
    "analyzer": {
        "hangul": {"type": "custom", "tokenizer": "hangul", "filter": ["nori_part_of_speech"]},
        "hangul_asked": {
            "type": "custom",
            "tokenizer": "hangul",
            "filter": ["nori_part_of_speech"],
        },
    },
}
PAIRS: dict[str, Any] = {
    "filter": {
        "pairs": {"type": "cjk_bigram"},
        "pairs_and_syllables": {"type": "cjk_bigram", "output_unigrams": True},
    },
    "analyzer": {
        "hangul": {"type": "custom", "tokenizer": "standard", "filter": ["pairs_and_syllables"]},
        "hangul_asked": {"type": "custom", "tokenizer": "standard", "filter": ["pairs"]},
    },
}


HEADLINE, README, WEIGHED = "headline", "readme", "weighed"
"""Fields with words: the name and the summary, the README, and all, as often as each counts.

BM25 over fields with weights is BM25 over a text that repeats them; to add up four lists for a word
at every search took longer, and let the server skip nothing that cannot come among the best.
"""


def offered(kind: OfferTrait) -> str:
    """Return the name of the field with what any offer of a model is."""
    return f"offered_{kind}"


def least(limit: Limit) -> str:
    """Return the name of the field with the least that any offer of a model needs."""
    return f"least_{limit}"


def hangul_of(field: str) -> str:
    """Return the name of the field that has the Korean words of a text."""
    return f"{field}_hangul"


def mappings(hangul: Hangul) -> dict[str, Any]:
    return {
        "_meta": {"version": VERSION, "hangul": hangul},
        # Nothing reads what was sent: a rebuild takes it from the database.
        "_source": {"enabled": False},
        "dynamic": "strict",
        "properties": {
            **{str(trait): KEYWORD for trait in Trait},
            **_texts("stems", "stems"),
            **{hangul_of(name): text for name, text in _texts("hangul", "hangul_asked").items()},
            "offers": OFFER,
            **{offered(kind): KEYWORD for kind in OFFER_FACETS},
            **{least(limit): REAL for limit in STEPS_OF},
            "model_id": WHOLE,
            "sort_name": KEYWORD,
            "updated": REAL,
            "latency_ms": REAL,
            "size_bytes": WHOLE,
            "downloads": WHOLE,
        },
    }


def _texts(analyzer: str, asked: str) -> dict[str, Any]:
    cut = {"type": "text", "analyzer": analyzer, "search_analyzer": asked}
    held = {**cut, "index_options": "docs", "norms": False}
    return {HEADLINE: held, README: held, WEIGHED: {**cut, "index_options": "freqs"}}


def settings(hangul: Hangul) -> dict[str, Any]:
    analysis = NORI if hangul == Hangul.NORI else PAIRS
    stems = {"type": "custom", "tokenizer": "whitespace"}
    analyzers = {"stems": stems, **analysis["analyzer"]}
    return {
        "number_of_shards": 1,
        "number_of_replicas": 0,
        "analysis": {**analysis, "analyzer": analyzers},
    }
