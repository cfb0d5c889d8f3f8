"""Full-text search in Elasticsearch 8."""

from collections.abc import Collection
from dataclasses import asdict
from typing import Any

from elasticsearch import ApiError, ConflictError, Elasticsearch, NotFoundError, TransportError

from repository.search.elastic_query import (
    facets_of,
    holding_request,
    parts_request,
    request_of,
    starting_request,
)
from repository.search.types import (
    FIELD_WEIGHTS,
    Audience,
    Document,
    Hit,
    Hits,
    IndexAway,
    Trait,
    Wanted,
)
from repository.search.words import tokens

KEYWORD, REAL, WHOLE = {"type": "keyword"}, {"type": "double"}, {"type": "long"}
OFFER: dict[str, Any] = {
    "type": "nested",
    "properties": {
        **dict.fromkeys(("format", "precision", "device", "origin"), KEYWORD),
        **dict.fromkeys(("size_bytes", "memory_bytes"), WHOLE),
        "p50_ms": REAL,
    },
}
MAPPINGS: dict[str, Any] = {
    "dynamic": "strict",
    "properties": {
        **{str(trait): KEYWORD for trait in Trait},
        **{field: {"type": "text", "analyzer": "pretokenized"} for field in FIELD_WEIGHTS},
        "offers": OFFER,
        "model_id": WHOLE,
        "sort_name": KEYWORD,
        "updated": REAL,
        "latency_ms": REAL,
        "size_bytes": WHOLE,
    },
}
SETTINGS: dict[str, Any] = {
    "number_of_shards": 1,
    "number_of_replicas": 0,
    "analysis": {"analyzer": {"pretokenized": {"type": "custom", "tokenizer": "whitespace"}}},
}


PATIENCE_S = 0.25


class ElasticIndex:
    """Models in Elasticsearch. Words are cut on our side, so that both backends find the same."""

    def __init__(self, url: str, index: str, *, patience_s: float = PATIENCE_S) -> None:
        # People wait for a search; the worker that writes can wait for a busy server.
        self._client = Elasticsearch(
            url, request_timeout=patience_s, retry_on_timeout=False, max_retries=0
        )
        self._writer = self._client.options(request_timeout=30)
        self._index = index

    def _ensure(self) -> None:
        if not self._writer.indices.exists(index=self._index):
            self._writer.options(ignore_status=400).indices.create(
                index=self._index, mappings=MAPPINGS, settings=SETTINGS
            )

    def put(self, *documents: Document) -> None:
        self._ensure()
        for document in documents:
            try:
                self._writer.index(
                    index=self._index,
                    id=str(document.model_id),
                    document=_source(document),
                    version=document.row_version,
                    version_type="external_gte",
                    refresh=True,
                )
            except ConflictError:
                continue  # a newer version is there already

    def remove(self, model_id: int) -> None:
        try:
            self._writer.delete(index=self._index, id=str(model_id), refresh=True)
        except NotFoundError:
            return

    def search(self, wanted: Wanted) -> Hits:
        """Return the best models: words by BM25, plus what each wanted context is worth."""
        answer = self._ask(request_of(wanted))
        found = answer["hits"]
        page = [Hit(int(hit["_id"]), float(hit["_score"])) for hit in found["hits"]]
        counted = answer.get("aggregations")
        return Hits(page, found["total"]["value"], facets_of(counted) if counted else {})

    def starting(self, prefix: str, audience: Audience, *, most: int) -> list[int]:
        answer = self._ask(starting_request(prefix, audience, most))
        return [int(hit["_id"]) for hit in answer["hits"]["hits"]]

    def parts(self, *, most: int) -> list[str]:
        counted = self._ask(parts_request(most)).get("aggregations")
        return [row["key"] for row in counted["parts"]["buckets"]] if counted else []

    def holding(self, words: Collection[str], audience: Audience) -> set[str]:
        counted = self._ask(holding_request(words, audience)).get("aggregations")
        rows = counted["held"]["buckets"] if counted else {}
        return {word for word, row in rows.items() if row["doc_count"]}

    def _ask(self, request: dict[str, Any]) -> Any:
        try:
            return self._client.search(index=self._index, ignore_unavailable=True, **request)
        except (ApiError, TransportError) as error:
            raise IndexAway(str(error)) from error

    def clear(self) -> None:
        self._writer.options(ignore_status=404).indices.delete(index=self._index)


def _source(document: Document) -> dict[str, Any]:
    return {
        **{str(trait): values for trait, values in document.traits.items()},
        **{field: " ".join(tokens(getattr(document, field))) for field in FIELD_WEIGHTS},
        "offers": [_said(asdict(offer)) for offer in document.offers],
        "model_id": document.model_id,
        "sort_name": document.name,
        "updated": document.updated,
        "latency_ms": document.latency_ms,
        "size_bytes": document.size_bytes,
    }


def _said(offer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in offer.items() if value not in ("", None)}
