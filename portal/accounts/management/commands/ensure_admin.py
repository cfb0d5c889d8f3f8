"""`manage.py ensure_admin`: the first administrator, from ONDOL_ADMIN_PASSWORD."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from portal.accounts.selectors.people import find_first_admin
from portal.accounts.services.audit import record
from portal.accounts.services.people import create_user
from portal.accounts.types import Role


class Command(BaseCommand):
    help = "Make the administrator `admin` unless one exists; print who it is."

    def handle(self, *_: Any, **__: Any) -> None:
        admin = find_first_admin()
        if admin is None:
            password = settings.ENV.admin_password
            secret = password.get_secret_value() if password else None
            admin = create_user("admin", secret, role=Role.ADMIN)
            record(None, "person.first_admin", admin.username)
        self.stdout.write(admin.username)
