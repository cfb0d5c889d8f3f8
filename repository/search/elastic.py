"""Full-text search in Elasticsearch 8."""

from typing import Any

from elasticsearch import ApiError, ConflictError, Elasticsearch, NotFoundError, TransportError

from repository.search.types import (
    ALL_WORDS,
    CONTEXT_WEIGHT,
    FIELD_WEIGHTS,
    HEADLINE_SHARE,
    TEXT_SHARE,
    WORDS_WEIGHT,
    Document,
    Hit,
    IndexAway,
    Situation,
    Wanted,
    names_of,
)
from repository.search.words import query_tokens, tokens

MAPPINGS: dict[str, Any] = {
    "dynamic": "strict",
    "properties": {
        "contexts": {"type": "keyword"},
        **{field: {"type": "text", "analyzer": "pretokenized"} for field in FIELD_WEIGHTS},
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

    def put(self, document: Document) -> None:
        self._ensure()
        fields = {field: " ".join(tokens(getattr(document, field))) for field in FIELD_WEIGHTS}
        try:
            self._writer.index(
                index=self._index,
                id=str(document.model_id),
                document={"contexts": document.contexts, **fields},
                version=document.row_version,
                version_type="external_gte",
                refresh=True,
            )
        except ConflictError:
            return  # a newer version is there already

    def remove(self, model_id: int) -> None:
        try:
            self._writer.delete(index=self._index, id=str(model_id), refresh=True)
        except NotFoundError:
            return

    def search(self, wanted: Wanted, *, most: int) -> list[Hit]:
        """Return the best models: words by BM25, plus what each wanted context is worth."""
        should = [_worth(situation) for situation in wanted.situations]
        words = " ".join(query_tokens(wanted.text))
        if words:
            fields = [f"{field}^{weight}" for field, weight in FIELD_WEIGHTS.items()]
            should.append({"bool": {"must": _match(words, fields, "or"), "boost": WORDS_WEIGHT}})
            should.append(_constant(_match(words, fields, "and"), ALL_WORDS))
        if not should:
            return []
        try:
            answer = self._client.search(
                index=self._index,
                query={"bool": {"should": should, "minimum_should_match": 1}},
                size=most,
                source=False,
                sort=["_score"],
                ignore_unavailable=True,
            )
        except (ApiError, TransportError) as error:
            raise IndexAway(str(error)) from error
        return [Hit(int(hit["_id"]), float(hit["_score"])) for hit in answer["hits"]["hits"]]

    def clear(self) -> None:
        self._writer.options(ignore_status=404).indices.delete(index=self._index)


def _worth(situation: Situation) -> dict[str, Any]:
    """Return the clause that is worth the most of what a model has of a situation, once."""
    queries = [
        _constant({"term": {"contexts": slug}}, CONTEXT_WEIGHT * weight)
        for slug, weight in situation.contexts.items()
    ]
    for fields, share in ((["name", "summary"], HEADLINE_SHARE), (["readme"], TEXT_SHARE)):
        queries += [
            _constant(_match(" ".join(words), fields, "and"), CONTEXT_WEIGHT * weight * share)
            for weight in [situation.weight]
            for words in names_of(situation)
        ]
    return {"dis_max": {"queries": queries}}


def _constant(filter_: dict[str, Any], boost: float) -> dict[str, Any]:
    return {"constant_score": {"filter": filter_, "boost": boost}}


def _match(words: str, fields: list[str], operator: str) -> dict[str, Any]:
    return {
        "multi_match": {
            "query": words,
            "fields": fields,
            "type": "cross_fields",
            "operator": operator,
            "analyzer": "pretokenized",
        }
    }
