"""What Elasticsearch says of the index that searches read."""

from typing import Any

from elasticsearch import ApiError, Elasticsearch, NotFoundError, TransportError

from repository.search.elastic_mapping import VERSION, Hangul
from repository.search.types import Health, IndexAway


def is_current(client: Elasticsearch, alias: str) -> bool:
    try:
        found = client.indices.get_mapping(index=alias)
    except NotFoundError:
        return False
    except (ApiError, TransportError) as error:
        raise IndexAway(str(error)) from error
    return all(meta.get("version") == VERSION for meta in _metas(found))


def cut_by(client: Elasticsearch, alias: str) -> Hangul | None:
    """Return what cuts Korean in the index, if it answers."""
    try:
        found = client.indices.get_mapping(index=alias)
    except (ApiError, TransportError):
        return None
    cut = {meta.get("hangul") for meta in _metas(found)}
    return Hangul.NORI if Hangul.NORI in cut else Hangul.PAIRS


def health_of(client: Elasticsearch, alias: str) -> Health:
    """Say how the index is; a block is set by people, or by a server whose disk is nearly full."""
    try:
        if not is_current(client, alias):
            return Health.UNFILLED
        found = client.indices.get_settings(index=alias, name="index.blocks.*", flat_settings=True)
    except (IndexAway, ApiError, TransportError):
        return Health.AWAY
    blocks = [value for row in found.values() for value in row["settings"].values()]
    return Health.READ_ONLY if "true" in blocks else Health.READY


def _metas(found: Any) -> list[dict[str, Any]]:
    return [row["mappings"].get("_meta", {}) for row in found.values()]
