"""`manage.py invite_runner NAME`: a one-time code for a runner, printed once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from jobs.services.runners import invite_runner
from portal.accounts.selectors.people import find_first_admin


class Command(BaseCommand):
    help = "Make a one-time code that connects a runner; it is good for 30 minutes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")

    def handle(self, *_: Any, **options: Any) -> None:
        admin = find_first_admin()
        if admin is None:
            raise CommandError("There is no administrator yet. Run `manage.py ensure_admin` first.")
        _runner, code = invite_runner(admin, options["name"])
        self.stdout.write(code)
