"""`manage.py restore FOLDER`: fill an empty server from one backup."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.operation.restores import CannotRestore, restore
from portal.operation.sealing import BadKey, read_key


class Command(BaseCommand):
    help = "Fill an empty, migrated server from one backup. Its database and blob store may differ."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--key", type=Path, help="the file with a sealed backup's secret key")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            key = read_key(options["key"]) if options["key"] else None
            manifest = restore(options["folder"].resolve(), key)
        except (BadKey, CannotRestore) as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(
            f"Restored {sum(manifest.rows.values())} rows and {len(manifest.blobs)} blobs "
            f"of {manifest.made_at}."
        )
