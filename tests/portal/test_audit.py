from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command
from django.db.models import QuerySet

from portal.accounts.models import AuditEvent
from portal.accounts.services.audit import find_fault, record
from portal.accounts.services.tokens import create_token, revoke_token
from portal.accounts.types import Scope
from tests.cast import Cast

Rows = QuerySet[AuditEvent]
FORGERIES: dict[str, Callable[[AuditEvent, Rows], object]] = {
    "changed": lambda row, rows: rows.filter(pk=row.pk).update(target="somebody else"),
    "whitened": lambda row, rows: rows.filter(pk=row.pk).update(allowed=True),
    "signed over": lambda row, rows: rows.filter(pk=row.pk).update(digest="0" * 64),
    "removed": lambda row, rows: rows.filter(pk=row.pk).delete(),
    "cut off the end": lambda row, rows: rows.filter(pk__gte=row.pk).delete(),
    "all gone": lambda _, rows: rows.all().delete(),
}


@pytest.fixture
def log(cast: Cast) -> list[AuditEvent]:
    for number in range(4):
        record(cast.ada, "model.delete", f"olga/m{number}", allowed=False, revision="보행자")
    return list(AuditEvent.objects.order_by("id"))


@pytest.mark.usefixtures("log")
def test_a_log_that_nobody_touched_is_whole() -> None:
    call_command("verify_audit")


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_log_is_told_from_a_whole_one(log: list[AuditEvent], forgery: str) -> None:
    FORGERIES[forgery](log[1], AuditEvent.objects.all())

    with pytest.raises(CommandError):
        call_command("verify_audit")


def test_the_fault_names_the_row(log: list[AuditEvent]) -> None:
    AuditEvent.objects.filter(pk=log[2].pk).update(actor=None)

    assert f"Row {log[2].pk} (model.delete olga/m2)" in find_fault()


def test_making_and_ending_a_token_is_in_the_log_and_its_secret_is_not(cast: Cast) -> None:
    token, secret = create_token(cast.olga, name="ci", scope=Scope.WRITE)
    revoke_token(cast.olga, token.pk)

    told = list(AuditEvent.objects.order_by("id").values("action", "actor", "details"))
    assert [row["action"] for row in told] == ["token.create", "token.revoke"]
    assert {row["actor"] for row in told} == {cast.olga.pk}
    assert secret not in str(told)
