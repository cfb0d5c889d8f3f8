"""`manage.py import_catalog FOLDER`: published models with their makers' figures."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.accounts.selectors.people import find_first_admin
from repository.catalog.reading import UnreadableCatalog
from repository.services.catalog_import import import_catalog
from repository.services.vocabulary import load_vocabulary


class Command(BaseCommand):
    help = "Import a catalog folder (models.jsonl, benchmarks.csv, accuracy.csv); safe to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *_: Any, **options: Any) -> None:
        admin = find_first_admin()
        if admin is None:
            raise CommandError("There is no administrator yet. Run: manage.py ensure_admin")
        load_vocabulary()
        try:
            done = import_catalog(admin, options["folder"], self._tell)
        except UnreadableCatalog as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{done.models} models with {done.figures} published figures")

    def _tell(self, done: int, total: int) -> None:
        if done % 50 == 0:
            self.stdout.write(f"{done} of {total}")
