"""A model as Elasticsearch keeps it."""

from dataclasses import asdict
from typing import Any

from repository.search.elastic_mapping import (
    HEADLINE,
    README,
    WEIGHED,
    hangul_of,
    least,
    offered,
)
from repository.search.types import FIELD_WEIGHTS, OFFER_FACETS, STEPS_OF, Document, Offer
from repository.search.words import by_script


def source_of(document: Document) -> dict[str, Any]:
    return {
        **{str(trait): values for trait, values in document.traits.items()},
        **_words(document),
        **_offered(document.offers),
        "model_id": document.model_id,
        "sort_name": document.name,
        "updated": document.updated,
        "latency_ms": document.latency_ms,
        "size_bytes": document.size_bytes,
        "downloads": document.downloads,
    }


def _words(document: Document) -> dict[str, str]:
    cut = {field: by_script(getattr(document, field)) for field in FIELD_WEIGHTS}
    latin, hangul = (
        _texts({field: scripts[at] for field, scripts in cut.items()}) for at in range(2)
    )
    return {**latin, **{hangul_of(field): text for field, text in hangul.items()}}


def _texts(words: dict[str, list[str]]) -> dict[str, str]:
    weighed = [word for field, weight in FIELD_WEIGHTS.items() for word in words[field] * weight]
    return {
        HEADLINE: " ".join(words["name"] + words["summary"]),
        README: " ".join(words["readme"]),
        WEIGHED: " ".join(weighed),
    }


def _offered(offers: list[Offer]) -> dict[str, Any]:
    """Return offers one by one, and what they say together: most facets need no more."""
    found: dict[str, Any] = {"offers": [_said(asdict(offer)) for offer in offers]}
    for kind in OFFER_FACETS:
        found[offered(kind)] = sorted({getattr(offer, kind) for offer in offers} - {""})
    for limit in STEPS_OF:
        needed = [need for offer in offers if (need := getattr(offer, limit)) is not None]
        found[least(limit)] = min(needed, default=None)
    return found


def _said(offer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in offer.items() if value not in ("", None)}
