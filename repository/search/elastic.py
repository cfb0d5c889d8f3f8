"""Full-text search in Elasticsearch 8."""

import logging
import time
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from elasticsearch import (
    ApiError,
    BadRequestError,
    ConnectionTimeout,
    Elasticsearch,
    TransportError,
)

from portal.core.ids import new_id
from repository.search.elastic_document import source_of
from repository.search.elastic_facets import facets_of
from repository.search.elastic_filters import Json
from repository.search.elastic_health import cut_by, health_of, is_current
from repository.search.elastic_mapping import (
    Hangul,
    mappings,
    settings,
)
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
from repository.search.types import (
    MOST_COUNTED,
    Audience,
    Document,
    Health,
    Hits,
    IndexAway,
    Sort,
    Wanted,
)

logger = logging.getLogger(__name__)
NAME = "Elasticsearch"
CALLED = {
    Hangul.NORI: "Korean cut by nori",
    Hangul.PAIRS: "Korean in pairs of syllables (no plugin analysis-nori)",
}
PATIENCE_S = 0.2
SHORTEST_S = 0.01
PAGE = 5_000
MERGE_S = 3_600
SEGMENTS = 1
"""What a rebuild leaves: each word is looked up in every segment, and several cores that look
through several at once do twice the work.
"""

WHILE_FILLED = {"refresh_interval": "-1", "translog.durability": "async"}
"""Nobody reads it yet, and a rebuild that is cut off begins anew."""
CONFLICT, MISSING = 409, 404


class NotWritten(Exception):
    """Elasticsearch refused a document."""


class ElasticIndex:
    """Models in Elasticsearch.

    Korean is cut by nori where the server has it; `hangul` says otherwise.

    Searches read an alias. While a rebuild fills the index that will take its place, every write
    goes to both; versions keep an older document from replacing a newer one.
    """

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
        self._writer = self._client.options(request_timeout=30)
        self._patience_s = patience_s
        self._alias = alias
        self._next = f"{alias}-next"
        self._hangul = hangul
        self._rest = Rest()

    def put(self, *documents: Document) -> None:
        for index in self._written():
            self._bulk(index, documents, refresh=True)

    def remove(self, *model_ids: int) -> None:
        for index in self._written():
            operations = [{"delete": {"_id": str(pk)}} for pk in model_ids]
            if operations:
                self._read_items(
                    self._writer.bulk(index=index, operations=operations, refresh=True)
                )

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

    def versions(self) -> Iterator[tuple[int, int]]:
        after: dict[str, Any] = {}
        while True:
            answer = self._writer.search(
                index=self._alias,
                ignore_unavailable=True,
                sort=["model_id"],
                size=PAGE,
                source=False,
                version=True,
                **after,
            )
            hits = answer["hits"]["hits"]
            yield from ((int(hit["_id"]), hit["_version"]) for hit in hits)
            if len(hits) < PAGE:
                return
            after = {"search_after": hits[-1]["sort"]}

    def rebuild(self, batches: Iterable[list[Document]]) -> None:
        """Fill a new index and swap the alias; the old one goes with the next rebuild or `tidy`."""
        self.tidy()
        made = self._make(self._next)
        self._writer.indices.put_settings(index=made, settings=WHILE_FILLED)
        for batch in batches:
            self._bulk(made, batch, refresh=False)
        self._writer.indices.put_settings(index=made, settings=dict.fromkeys(WHILE_FILLED))
        self._writer.options(request_timeout=MERGE_S).indices.forcemerge(
            index=made, max_num_segments=SEGMENTS
        )
        self._writer.indices.refresh(index=made)
        # An index that has the alias's own name is of an older release: it goes in the same step.
        leaving: list[dict[str, Any]] = (
            [{"remove": {"index": "*", "alias": self._alias}}]
            if self._writer.indices.exists_alias(name=self._alias)
            else [{"remove_index": {"index": self._alias}}]
            if self._writer.indices.exists(index=self._alias)
            else []
        )
        coming = [
            {"add": {"index": made, "alias": self._alias}},
            {"remove": {"index": made, "alias": self._next}},
        ]
        self._writer.indices.update_aliases(actions=[*leaving, *coming])

    def is_current(self) -> bool:
        return is_current(self._client, self._alias)

    def health(self) -> Health:
        return health_of(self._client, self._alias)

    def called(self) -> str:
        cut = cut_by(self._client, self._alias)
        return f"{NAME}, {CALLED[cut]}" if cut else NAME

    def tidy(self) -> None:
        """Delete the indexes that no search reads: searches that began before a swap have ended."""
        for index, row in self._indexes().items():
            if self._alias not in row["aliases"] and index != self._alias:
                self._writer.options(ignore_status=MISSING).indices.delete(index=index)

    def clear(self) -> None:
        for index in self._indexes():
            self._writer.options(ignore_status=MISSING).indices.delete(index=index)

    def _indexes(self) -> dict[str, Any]:
        names = f"{self._alias},{self._alias}-*"
        found = self._writer.indices.get_alias(index=names, ignore_unavailable=True)
        return dict(found)

    def _written(self) -> list[str]:
        """Return the indexes that a write goes to; the first write makes one."""
        read = self._writer.indices.exists(index=self._alias)
        following = self._writer.indices.exists_alias(name=self._next)
        if not read:
            self._make(self._alias)
        return [self._alias, self._next] if following else [self._alias]

    def _make(self, alias: str) -> str:
        name = f"{self._alias}-{new_id()}"
        hangul = self._hangul or self._best_for_hangul()
        self._writer.indices.create(
            index=name, mappings=mappings(hangul), settings=settings(hangul), aliases={alias: {}}
        )
        return name

    def _best_for_hangul(self) -> Hangul:
        try:
            self._writer.indices.analyze(tokenizer="nori_tokenizer", text="가")
        except BadRequestError:
            found = Hangul.PAIRS
        else:
            found = Hangul.NORI
        logger.info("new index in %s: %s", NAME, CALLED[found])
        return found

    def _bulk(self, index: str, documents: Collection[Document], *, refresh: bool) -> None:
        operations: list[dict[str, Any]] = []
        for row in documents:
            version = {"version": row.row_version, "version_type": "external_gte"}
            operations += [{"index": {"_id": str(row.model_id), **version}}, source_of(row)]
        if operations:
            # A rebuild that ends meanwhile takes the second name away: no index may be born of it.
            answer = self._writer.bulk(
                index=index,
                operations=operations,
                refresh=refresh,
                require_alias=index == self._next,
            )
            self._read_items(answer)

    @staticmethod
    def _read_items(answer: Any) -> None:
        for item in answer["items"]:
            (said,) = item.values()
            # A newer version is there already, or what is to be removed is not there.
            if "error" in said and said["status"] not in (CONFLICT, MISSING):
                raise NotWritten(f"model {said['_id']}: {said['error']}")

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
        return self._client.options(request_timeout=patience_s).search(
            index=self._alias, allow_partial_search_results=False, **request
        )
