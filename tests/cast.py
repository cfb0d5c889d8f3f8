"""The people of the tests: olga owns, mark edits, rita reads, stella is strange, ada rules."""

from dataclasses import dataclass

from portal.accounts.models import User
from portal.accounts.services.people import create_user
from portal.accounts.types import Role

PASSWORD = "correct-horse-9"


@dataclass(frozen=True)
class Cast:
    ada: User
    olga: User
    mark: User
    rita: User
    stella: User


def people() -> Cast:
    return Cast(
        ada=create_user("ada", PASSWORD, role=Role.ADMIN),
        olga=create_user("olga", PASSWORD),
        mark=create_user("mark", PASSWORD),
        rita=create_user("rita", PASSWORD, role=Role.VIEWER),
        stella=create_user("stella", PASSWORD),
    )
