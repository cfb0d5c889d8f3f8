"""`manage.py search_rebuild`: fill the search index anew from the database."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from repository.search.backend import search_index
from repository.search.types import Overtaken
from repository.services.indexing import rebuild_index


class Command(BaseCommand):
    help = "Fill the search index anew from the database while it is searched."

    def handle(self, *_: Any, **__: Any) -> None:
        try:
            count = rebuild_index()
        except Overtaken as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{count} models indexed in {search_index().called()}")
