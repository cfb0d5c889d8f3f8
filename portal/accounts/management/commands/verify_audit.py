"""`manage.py verify_audit`: whether the audit log is as it was written."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.accounts.services.audit import check_chain


class Command(BaseCommand):
    help = "Check the chain of the audit log; fail naming the first row that does not fit."

    def handle(self, *_: Any, **__: Any) -> None:
        if fault := check_chain().fault:
            raise CommandError(fault)
        self.stdout.write("The audit log is whole.")
