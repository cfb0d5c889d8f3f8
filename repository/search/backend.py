"""Which search index the settings name."""

from functools import cache

from django.conf import settings

from repository.search.elastic import ElasticIndex
from repository.search.sqlite import SqliteIndex
from repository.search.types import SearchIndex


@cache
def search_index() -> SearchIndex:
    """Return Elasticsearch where one is set, else the embedded index."""
    env = settings.ENV
    if env.elasticsearch_url:
        return ElasticIndex(
            env.elasticsearch_url, env.elasticsearch_index, patience_s=env.search_patience_s
        )
    return SqliteIndex(env.home / "search.sqlite3")
