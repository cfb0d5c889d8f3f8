"""`manage.py backup_key FILE`: a key for sealed backups."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.operation.sealing import make_key


class Command(BaseCommand):
    help = "Make a key for sealed backups: its secret half into a file, its public half shown."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *_: Any, **options: Any) -> None:
        path = options["file"]
        try:
            public = make_key(path)
        except OSError as error:
            raise CommandError(f"No key could be written to {path}: {error.strerror}.") from error
        self.stdout.write(
            f"Secret key: {path}. Take it off this server; without it nobody opens the backups.\n"
            f"manage.py backup FOLDER --recipient {public}"
        )
