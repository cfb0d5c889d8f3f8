"""Quotas: bytes are promised before the first one comes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.db import transaction

from portal.accounts.models import Namespace, User
from portal.accounts.selectors.people import MayNot, is_admin
from portal.accounts.services.audit import record
from portal.core.errors import Invalid
from repository.models import AiModel, Blob, StorageLimit
from repository.selectors.storage import limit_of, new_to, reserved_for, usage_of


class QuotaExceeded(Invalid):
    code = "quota_exceeded"


@contextmanager
def reserving(namespace: Namespace, size_bytes: int) -> Iterator[None]:
    """Hold the namespace's account while an upload is opened. Refuses what would not fit."""
    with transaction.atomic():
        # Fifty uploads at a time would all see the same free bytes: they take turns.
        Namespace.objects.select_for_update().get(pk=namespace.pk)
        _refuse_over(namespace, size_bytes)
        yield


def check_commit(ai_model: AiModel, files: Mapping[str, Blob]) -> None:
    """Refuse files that the model's owner has no room for; call it in the commit's transaction."""
    namespace = Namespace.objects.select_for_update().get(pk=ai_model.namespace_id)
    if limit_of(namespace) == 0:
        return
    digests = {blob.sha256 for blob in files.values()}
    promised = reserved_for(namespace, digests)
    more = new_to(namespace, digests) - promised
    if more > 0:
        _refuse_over(namespace, more)


def check_room(namespace: Namespace, more: int) -> None:
    """Refuse early what would not fit; whoever goes on is asked again with each upload."""
    if more > 0:
        _refuse_over(namespace, more)


@transaction.atomic
def set_limit(user: User, namespace: Namespace, limit_bytes: int | None) -> None:
    """Give a user or team a limit of its own, or back the rule's with None.

    Refuses who is no administrator.
    """
    if not is_admin(user):
        raise MayNot("Only administrators change how much somebody may hold.")
    record(user, "storage.limit", namespace.slug, limit_bytes=str(limit_bytes))
    if limit_bytes is None:
        StorageLimit.objects.filter(namespace=namespace).delete()
        return
    StorageLimit.objects.update_or_create(
        namespace=namespace, defaults={"limit_bytes": limit_bytes}
    )


def _refuse_over(namespace: Namespace, more: int) -> None:
    usage = usage_of(namespace)
    if usage.has_room(more):
        return
    free = max(0, usage.limit_bytes - usage.held_bytes - usage.reserved_bytes)
    raise QuotaExceeded(
        f"'{namespace}' may hold {usage.limit_bytes} bytes and has {free} left, but this needs "
        f"{more}. Delete versions that nobody uses, or ask an administrator for more.",
        details={"file": ["quota"]},
        values={
            "owner": namespace.slug,
            "limit_bytes": usage.limit_bytes,
            "free_bytes": free,
            "needed_bytes": more,
        },
    )
