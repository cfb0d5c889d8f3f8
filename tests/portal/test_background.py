import pytest
from django.db import transaction
from django.utils import timezone

from portal.core.background import background, enqueue
from portal.core.models import OutboxMessage

ran: list[int] = []


@background("tests.note")
def note(*, number: int) -> None:
    ran.append(number)


@background("tests.fail")
def fail(*, number: int) -> None:
    raise RuntimeError(f"number {number} is unlucky")


@pytest.mark.django_db(transaction=True)
def test_work_leaves_with_its_transaction_and_never_without() -> None:
    def change_one_s_mind() -> None:
        with transaction.atomic():
            enqueue("tests.note", number=1)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change_one_s_mind()

    assert not OutboxMessage.objects.exists()
    with transaction.atomic():
        enqueue("tests.note", number=1)
        enqueue("tests.note", number=1)

    assert OutboxMessage.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_done_work_removes_its_row_and_running_it_again_is_harmless() -> None:
    enqueue("tests.note", number=7)
    row = OutboxMessage.objects.get()
    ran.clear()

    note(message_id=row.pk)
    note(message_id=row.pk)

    assert ran == [7]
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_work_that_fails_stays_with_its_reason_and_waits() -> None:
    enqueue("tests.fail", number=13)
    row = OutboxMessage.objects.get()

    fail(message_id=row.pk)

    row.refresh_from_db()
    assert row.error == "RuntimeError: number 13 is unlucky"
    assert row.send_at > timezone.now()
