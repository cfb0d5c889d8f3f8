"""Full-text search in Elasticsearch 8."""

from typing import Any

from elasticsearch import ConflictError, Elasticsearch, NotFoundError

from repository.search.types import CONTEXT_WEIGHT, FIELD_WEIGHTS, Document, Hit, Wanted
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


class ElasticIndex:
    """Models in Elasticsearch. Words are cut on our side, so that both backends find the same."""

    def __init__(self, url: str, index: str) -> None:
        # People wait for a search; the worker that writes can wait for a busy server.
        self._client = Elasticsearch(url, request_timeout=2, retry_on_timeout=False, max_retries=0)
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
        self._ensure()
        should: list[dict[str, Any]] = [
            {
                "constant_score": {
                    "filter": {"term": {"contexts": slug}},
                    "boost": CONTEXT_WEIGHT * w,
                }
            }
            for slug, w in wanted.contexts.items()
        ]
        words = query_tokens(wanted.text)
        if words:
            fields = [f"{field}^{weight}" for field, weight in FIELD_WEIGHTS.items()]
            should.append(
                {
                    "multi_match": {
                        "query": " ".join(words),
                        "fields": fields,
                        "type": "cross_fields",
                        "operator": "and",
                        "analyzer": "pretokenized",
                    }
                }
            )
        if not should:
            return []
        answer = self._client.search(
            index=self._index,
            query={"bool": {"should": should, "minimum_should_match": 1}},
            size=most,
            source=False,
            sort=["_score"],
        )
        return [Hit(int(hit["_id"]), float(hit["_score"])) for hit in answer["hits"]["hits"]]

    def clear(self) -> None:
        self._writer.options(ignore_status=404).indices.delete(index=self._index)
