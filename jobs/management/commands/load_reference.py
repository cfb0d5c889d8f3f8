"""`manage.py load_reference`: the shipped service types, contexts and device profiles."""

from typing import Any

from django.core.management.base import BaseCommand

from jobs.services.profiles import load_profiles
from repository.services.vocabulary import load_vocabulary


class Command(BaseCommand):
    help = "Load the shipped service types, contexts and device profiles; safe to repeat."

    def handle(self, *_: Any, **__: Any) -> None:
        types, contexts = load_vocabulary()
        profiles = load_profiles()
        self.stdout.write(f"{types} service types, {contexts} contexts, {profiles} device profiles")
