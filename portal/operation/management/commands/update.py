"""`manage.py update`: copy the database, then migrate it."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal.operation.updates import CannotUpdate, update


class Command(BaseCommand):
    help = "Migrate the database; one in use is copied to ONDOL_HOME/backups before."

    def handle(self, *_: Any, **__: Any) -> None:
        try:
            copy = update(Path(settings.ENV.home) / "backups")
        except CannotUpdate as problem:
            raise CommandError(str(problem)) from problem
        if copy:
            self.stdout.write(f"What the database was before the update: {copy}")
