"""`manage.py create_token USER --scope write`: an API token, printed once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.accounts.models import User
from portal.accounts.services.tokens import create_token
from portal.accounts.types import Scope


class Command(BaseCommand):
    help = "Make an API token for a user and print its secret, this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--scope", choices=Scope.values, default=Scope.READ.value)
        parser.add_argument("--name", default="command line")

    def handle(self, *_: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"], is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active user '{options['username']}'.")
        _token, secret = create_token(user, name=options["name"], scope=Scope(options["scope"]))
        self.stdout.write(secret)
