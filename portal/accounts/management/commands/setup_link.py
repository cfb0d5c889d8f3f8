"""`manage.py setup_link [USERNAME]`: where a person sets a password."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from portal.accounts.selectors.people import find_colleague, find_first_admin
from portal.accounts.services.audit import record
from portal.accounts.services.people import setup_path


class Command(BaseCommand):
    help = (
        "Print the one-time link of the first administrator, if that one has no password yet; "
        "with a name, of that person in any case."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", nargs="?", default="")

    def handle(self, *_: Any, username: str, **__: Any) -> None:
        person = find_colleague(username) if username else find_first_admin()
        if person is not None and (username or not person.has_usable_password()):
            record(None, "person.setup_link", person.username)
            self.stdout.write(setup_path(person))
