"""`manage.py import_model FILE OWNER[/NAME]`: a model of an archive, or of a folder."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from jobs.services.archives import import_archive
from portal.accounts.models import User
from portal.accounts.selectors.people import find_first_admin
from portal.core.errors import Refusal
from repository.models import AiModel
from repository.services.archives.restore import Target
from repository.services.folder_import import import_folder


class Command(BaseCommand):
    help = "Make a model of an archive, every digest checked, or of a folder with its README."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", type=Path, help="an archive, a folder, or a snapshot folder")
        parser.add_argument("model", metavar="OWNER[/NAME]")
        parser.add_argument("--service-type", default="", help="if its card or entry says none")
        parser.add_argument("--as", dest="username", default="", help="default: an administrator")

    def handle(self, *_: Any, **options: Any) -> None:
        wanted = options["username"]
        user = User.objects.filter(username=wanted).first() if wanted else find_first_admin()
        if user is None:
            raise CommandError(f"There is no user '{wanted}'." if wanted else NO_ADMIN)
        owner, _, name = options["model"].partition("/")
        target = Target(owner=owner, name=name, service_type=options["service_type"])
        try:
            made = self._make(user, options["source"], target)
        except Refusal as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"{made}: {made.revisions.count()} versions")

    def _make(self, user: User, source: Path, target: Target) -> AiModel:
        if source.is_dir():
            return import_folder(
                user,
                source,
                owner=target.owner,
                name=target.name or source.resolve().name.lower(),
                service_type=target.service_type,
            )
        made = import_archive(user, source, target)
        if not made.document.has_files:
            self.stdout.write("A catalogue entry: it has no model files.")
        for row in made.document.left_out:
            self.stdout.write(f"left out there, {row.why}: {row.path}")
        return made.ai_model


NO_ADMIN = "There is no administrator yet. Run: manage.py ensure_admin"
