"""`manage.py collect_blobs`: delete the bytes that nobody has pointed at for the grace period."""

from typing import Any

from django.core.management.base import BaseCommand

from repository.services.collection import adopt_strays, collect_blobs


class Command(BaseCommand):
    help = "Delete bytes that nobody points at; the janitor does it by itself every hour."

    def handle(self, *args: Any, **options: Any) -> None:
        del args, options
        adopt_strays()
        self.stdout.write(f"{collect_blobs()} blobs deleted.")
