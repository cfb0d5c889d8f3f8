"""`manage.py reset_second_factor USERNAME`: for the administrator who lost phone and codes."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from portal.accounts.selectors.people import find_colleague
from portal.accounts.services.second_factor import reset_second_factor


class Command(BaseCommand):
    help = "Take away a person's second factor; they sign in with the password alone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, *_: Any, username: str, **__: Any) -> None:
        reset_second_factor(None, find_colleague(username))
