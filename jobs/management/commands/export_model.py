"""`manage.py export_model OWNER/NAME FILE`: a model as one archive, for another site."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from jobs.services.archives import export_model
from portal.accounts.selectors.people import find_first_admin
from portal.core.errors import Refusal
from repository.selectors.access import get_model_once_called


class Command(BaseCommand):
    help = "Write a model with files, versions, device files and benchmarks to one archive."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("model", metavar="OWNER/NAME")
        parser.add_argument("file", type=Path)

    def handle(self, *_: Any, **options: Any) -> None:
        admin = find_first_admin()
        if admin is None:
            raise CommandError("There is no administrator yet. Run: manage.py ensure_admin")
        owner, _, name = options["model"].partition("/")
        try:
            document = export_model(get_model_once_called(admin, owner, name), options["file"])
        except Refusal as error:
            raise CommandError(error.message) from error
        if not document.has_files:
            self.stdout.write("A catalogue entry: it has no model files.")
        for row in document.left_out:
            self.stdout.write(f"left out, {row.why}: {row.path}")
        self.stdout.write(
            f"{len(document.versions)} versions, {len(document.forms)} device files, "
            f"{len(document.benchmarks)} benchmarks in {options['file']}"
        )
