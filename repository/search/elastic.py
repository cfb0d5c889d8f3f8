"""Full-text search in Elasticsearch 8."""

import time
from collections.abc import Collection
from typing import Any

from elasticsearch import ApiError, ConnectionTimeout, Elasticsearch, TransportError

from repository.search.elastic_facets import facets_of
from repository.search.elastic_filters import Json
from repository.search.elastic_health import cut_by, health_of, is_current
from repository.search.elastic_mapping import CALLED, Hangul
from repository.search.elastic_query import (
    best_of,
    counting_request,
    counts_apart,
    hits_of,
    holding_request,
    near_request,
    parts_request,
    request_of,
    starting_request,
)
from repository.search.elastic_rest import Rest
from repository.search.elastic_writing import ElasticWriter
from repository.search.types import (
    MOST_COUNTED,
    Audience,
    Health,
    Hits,
    IndexAway,
    Sort,
    Wanted,
)

NAME = "Elasticsearch"
PATIENCE_S = 0.2
SHORTEST_S = 0.01


class ElasticIndex(ElasticWriter):
    """Models in Elasticsearch: searches read an alias, and are given a short time."""

    def __init__(
        self,
        url: str,
        alias: str,
        *,
        patience_s: float = PATIENCE_S,
        hangul: Hangul | None = None,
    ) -> None:
        # People wait for a search; the worker that writes can wait for a busy server.
        self._client = Elasticsearch(
            url, request_timeout=patience_s, retry_on_timeout=False, max_retries=0
        )
        super().__init__(self._client.options(request_timeout=30), alias, hangul)
        self._patience_s = patience_s
        self._rest = Rest()

    def search(self, wanted: Wanted) -> Hits:
        """Return the best models: words by BM25, plus what each wanted context is worth."""
        if not wanted.text or wanted.sort != Sort.RELEVANCE:
            return hits_of(self._ask(request_of(wanted)))
        asked = time.monotonic()
        apart = counts_apart(wanted)
        near = hits_of(self._ask(near_request(best_of(wanted) if apart else wanted)))
        waited_s = time.monotonic() - asked
        if near.total < MOST_COUNTED:
            return hits_of(self._ask(request_of(wanted), waited_s=waited_s))
        if not apart:
            return near
        counted = self._ask(counting_request(near.page), waited_s=waited_s)
        facets = facets_of(counted["aggregations"]) if "aggregations" in counted else {}
        return Hits(near.page[wanted.offset : wanted.offset + wanted.limit], near.total, facets)

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

    def is_current(self) -> bool:
        return is_current(self._client, self._alias)

    def health(self) -> Health:
        return health_of(self._client, self._alias)

    def called(self) -> str:
        cut = cut_by(self._client, self._alias)
        return f"{NAME}, {CALLED[cut]}" if cut else NAME

    def _ask(self, request: Json, *, waited_s: float = 0.0) -> Any:
        if self._rest.is_on:
            raise IndexAway("A search was not answered in time a moment ago.")
        try:
            answer = self._read(request, max(self._patience_s - waited_s, SHORTEST_S))
        except (ApiError, TransportError) as error:
            if isinstance(error, ConnectionTimeout):
                self._rest.begin(lambda: self._answers(request))
            raise IndexAway(str(error)) from error
        self._rest.was_answered()
        return answer

    def _answers(self, request: Json) -> bool:
        """Say whether a search is answered in time, or refused: that makes nobody wait either."""
        try:
            self._read(request, self._patience_s)
        except ConnectionTimeout:
            return False
        except (ApiError, TransportError):
            return True
        return True

    def _read(self, request: Json, patience_s: float) -> Any:
        client = self._client
        if patience_s < self._patience_s:  # To make a client takes half a millisecond.
            client = client.options(request_timeout=patience_s)
        return client.search(index=self._alias, allow_partial_search_results=False, **request)
