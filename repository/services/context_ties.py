"""Tying two contexts by hand, and how closely."""

from django.db import transaction

from portal.accounts.models import User
from portal.accounts.services.audit import record
from portal.core.errors import NotFound, invalid_field
from repository.models import Context, ContextRelation
from repository.selectors.contexts import get_context
from repository.services.contexts import keep_to_maintainers
from repository.services.vocabulary import renew_vocabulary
from repository.types import RelationOrigin


class NotTied(NotFound):
    code = "context_not_tied"


@transaction.atomic
def tie_contexts(user: User, slug: str, other: str, weight: float) -> Context:
    """Set how closely two contexts belong together, from above 0 to 1, in both directions.

    It counts before what was learned of the two, and the shipped files no longer change it.
    """
    keep_to_maintainers(user)
    one, two = get_context(slug), get_context(other)
    if one.pk == two.pk:
        raise invalid_field("context", "A context cannot be tied to itself. Choose another.")
    for source, target in ((one, two), (two, one)):
        ContextRelation.objects.update_or_create(
            source=source,
            target=target,
            origin=RelationOrigin.CURATED,
            defaults={"weight": weight},
        )
    record(user, "context.tie", one.slug, other=two.slug, weight=f"{weight:g}")
    _overrule_files(one, two)
    return one


@transaction.atomic
def untie_contexts(user: User, slug: str, other: str) -> Context:
    """Take back a tie that people set; what was learned of the two counts again."""
    keep_to_maintainers(user)
    one, two = get_context(slug), get_context(other)
    gone, _ = ContextRelation.objects.filter(
        origin=RelationOrigin.CURATED, source__in=[one, two], target__in=[one, two]
    ).delete()
    if not gone:
        raise NotTied(f"Nobody tied '{one}' to '{two}'; a learned tie gives way to one set here.")
    record(user, "context.untie", one.slug, other=two.slug)
    _overrule_files(one, two)
    return one


def _overrule_files(*contexts: Context) -> None:
    Context.objects.filter(pk__in=[row.pk for row in contexts]).update(is_edited=True)
    renew_vocabulary()
