"""`manage.py restore FOLDER`: fill an empty server from one backup."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.operation.restores import CannotRestore, restore


class Command(BaseCommand):
    help = "Fill an empty, migrated server from one backup. Its database and blob store may differ."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            manifest = restore(options["folder"].resolve())
        except CannotRestore as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(
            f"Restored {sum(manifest.rows.values())} rows and {len(manifest.blobs)} blobs "
            f"of {manifest.made_at}."
        )
