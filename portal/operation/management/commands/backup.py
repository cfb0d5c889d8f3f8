"""`manage.py backup FOLDER`: save every row and every blob while the product runs."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.operation.backups import back_up


class Command(BaseCommand):
    help = "Write a backup into a folder of backups; blobs that lie there are not copied again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            folder, manifest = back_up(options["folder"])
        except OSError as error:
            raise CommandError(f"The backup could not be written: {error}") from error
        size = sum(manifest.blobs.values())
        self.stdout.write(
            f"{folder}: {sum(manifest.rows.values())} rows, {len(manifest.blobs)} blobs "
            f"({size / 1e6:.1f} MB)"
        )
        if manifest.damaged:
            raise CommandError(
                f"{len(manifest.damaged)} blobs are damaged or gone and are not in the backup; "
                f"the first is {manifest.damaged[0]}. `manage.py scrub_blobs` finds their models."
            )
