"""`manage.py setup_link`: where the first administrator sets a password, if none is set."""

from typing import Any

from django.core.management.base import BaseCommand

from portal.accounts.selectors.people import find_first_admin
from portal.accounts.services.audit import record
from portal.accounts.services.people import setup_path


class Command(BaseCommand):
    help = "Print the one-time link of an administrator who has no password yet, or nothing."

    def handle(self, *_: Any, **__: Any) -> None:
        admin = find_first_admin()
        if admin is not None and not admin.has_usable_password():
            record(None, "person.setup_link", admin.username)
            self.stdout.write(setup_path(admin))
