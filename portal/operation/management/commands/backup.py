"""`manage.py backup FOLDER`: save every row and every blob while the product runs."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.operation.backups import back_up
from portal.operation.sealing import BadKey


class Command(BaseCommand):
    help = "Write a backup into a folder of backups; blobs that lie there are not copied again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument(
            "--recipient",
            action="append",
            default=[],
            help="seal it for the holder of this public key (age1...); may be said again",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            folder, manifest = back_up(options["folder"], options["recipient"])
        except BadKey as problem:
            raise CommandError(str(problem)) from problem
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
