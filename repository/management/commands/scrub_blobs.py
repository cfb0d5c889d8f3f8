"""`manage.py scrub_blobs`: read stored bytes again and name those that are damaged."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from repository.selectors.damage import list_damage
from repository.services.collection import adopt_strays
from repository.services.verification import scrub_blobs


class Command(BaseCommand):
    help = "Verify the digest of stored bytes; exit code 1 if any is damaged or gone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--limit", type=int, help="at most so many, the longest unread first")
        parser.add_argument(
            "--older-than-days", type=float, default=0, help="skip what was read since then"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        strays = adopt_strays()
        older = options["older_than_days"] * 86_400
        found = scrub_blobs(older_than_s=older, limit=options["limit"])
        self.stdout.write(f"{found.checked} blobs read, {len(found.damaged)} damaged.")
        if strays:
            self.stdout.write(f"{strays} files had no row; the collection takes them.")
        for row in list_damage():
            self.stdout.write(f"{row.sha256}  {row.model} {row.path}".rstrip())
        if found.damaged:
            raise CommandError("Upload the files with these digests again to heal them.")
