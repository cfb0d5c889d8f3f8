"""`manage.py associate_contexts`: learn the ties between contexts from the catalogue and words."""

from typing import Any

from django.core.management.base import BaseCommand

from repository.services.association import associate_contexts


class Command(BaseCommand):
    help = "Learn the ties between contexts from the catalogue and from words."

    def handle(self, *_: Any, **__: Any) -> None:
        for origin, count in associate_contexts().items():
            self.stdout.write(f"{count} ties by {origin}")
