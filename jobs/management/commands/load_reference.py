"""`manage.py load_reference`: the shipped service types, contexts and device profiles."""

from typing import Any

from django.core.management.base import BaseCommand

from jobs.services.profiles import load_profiles
from portal.core.background import enqueue
from repository.services.vocabulary import load_vocabulary
from repository.types import Task


class Command(BaseCommand):
    help = "Load the shipped service types, contexts and device profiles; safe to repeat."

    def handle(self, *_: Any, **__: Any) -> None:
        types, contexts = load_vocabulary()
        profiles = load_profiles()
        # The index of an older release has another form; words of contexts stand in it too.
        enqueue(Task.REPAIR_INDEX)
        self.stdout.write(f"{types} service types, {contexts} contexts, {profiles} device profiles")
