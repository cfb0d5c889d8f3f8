"""`manage.py search_rebuild`: fill the search index anew from the database."""

from typing import Any

from django.core.management.base import BaseCommand

from repository.search.backend import search_index
from repository.services.indexing import rebuild_index


class Command(BaseCommand):
    help = "Fill the search index anew from the database while it is searched."

    def handle(self, *_: Any, **__: Any) -> None:
        self.stdout.write(f"{rebuild_index()} models indexed in {search_index().called()}")
