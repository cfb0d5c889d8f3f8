"""What is written to Elasticsearch: documents with versions, and indexes that take turns."""

import logging
import time
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from elasticsearch import ApiError, BadRequestError, Elasticsearch, NotFoundError

from portal.core.ids import new_id
from repository.search.elastic_document import source_of
from repository.search.elastic_mapping import CALLED, Hangul, mappings, settings
from repository.search.types import Document, Overtaken

logger = logging.getLogger(__name__)
PAGE = 5_000
MERGE_S = 3_600
LONGEST_FILL_S = 86_400
SEGMENTS = 1
"""What a rebuild leaves: each word is looked up in every segment, and several cores that look
through several at once do twice the work.
"""

WHILE_FILLED = {"refresh_interval": "-1", "translog.durability": "async"}
"""Nobody reads it yet, and a rebuild that is cut off begins anew."""

CONFLICT, MISSING = 409, 404
SECOND = "more than one write index"
"""Of two indexes made at once the second is refused: the first has the name that is written to."""


class NotWritten(Exception):
    """Elasticsearch refused a document."""


class ElasticWriter:
    """The indexes behind an alias, which searches read.

    Korean is cut by nori where the server has it; `hangul` says otherwise.

    While a rebuild fills the index that will take its place, every write goes to both; versions
    keep an older document from replacing a newer one.
    """

    def __init__(self, client: Elasticsearch, alias: str, hangul: Hangul | None) -> None:
        self._writer = client
        self._alias = alias
        self._next = f"{alias}-next"
        self._hangul = hangul

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
        """Fill a new index and swap the alias; the old one goes with the next rebuild or `tidy`.

        Raises Overtaken where another rebuild begins: the later one holds what is newer.
        """
        try:
            self._tidy(0.0)
            self._fill(self._make(self._next), batches)
        except ApiError as error:
            if error.status_code != MISSING and SECOND not in str(error):
                raise
            raise Overtaken("Another rebuild of the search index began: wait for it.") from error

    def tidy(self) -> None:
        """Delete what no search reads and no rebuild fills, as long as that may take.

        Searches that began before a swap have ended.
        """
        self._tidy(LONGEST_FILL_S)

    def clear(self) -> None:
        for index in self._indexes():
            self._drop(index)

    def _fill(self, made: str, batches: Iterable[list[Document]]) -> None:
        self._writer.indices.put_settings(index=made, settings=WHILE_FILLED)
        for batch in batches:
            # Not by its own name: of a write to an index that is no more, one would be born.
            self._bulk(self._next, batch, refresh=False)
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
        coming: list[dict[str, Any]] = [
            {"add": {"index": made, "alias": self._alias}},
            {"remove": {"index": made, "alias": self._next, "must_exist": True}},
        ]
        self._writer.indices.update_aliases(actions=[*leaving, *coming])

    def _tidy(self, longest_fill_s: float) -> None:
        for index, row in self._indexes().items():
            names = {index, *row["aliases"]}
            is_filled = self._next in names and not self._end_fill(index, longest_fill_s)
            if self._alias not in names and not is_filled:
                self._drop(index)

    def _end_fill(self, index: str, longest_s: float) -> bool:
        """Keep an index that is filled for longer from being swapped in; say whether it is kept."""
        if self._age_s(index) < longest_s:
            return False
        end = {"remove": {"index": index, "alias": self._next, "must_exist": True}}
        try:
            self._writer.indices.update_aliases(actions=[end])
        except NotFoundError:
            return False
        return True

    def _drop(self, index: str) -> None:
        self._writer.options(ignore_status=MISSING).indices.delete(index=index)

    def _age_s(self, index: str) -> float:
        found = self._writer.indices.get_settings(index=index, name="index.creation_date")
        return time.time() - int(found[index]["settings"]["index"]["creation_date"]) / 1_000

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
            index=name,
            mappings=mappings(hangul),
            settings=settings(hangul),
            aliases={alias: {"is_write_index": True}},
        )
        return name

    def _best_for_hangul(self) -> Hangul:
        try:
            self._writer.indices.analyze(tokenizer="nori_tokenizer", text="가")
        except BadRequestError:
            found = Hangul.PAIRS
        else:
            found = Hangul.NORI
        logger.info("new index in Elasticsearch: %s", CALLED[found])
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
