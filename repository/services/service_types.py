"""Editing the service types: they are made, named, put in order and deleted."""

import re
from typing import TypedDict

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.accounts.models import User
from portal.accounts.models.user import SLUG
from portal.accounts.services.audit import record
from portal.core.errors import Conflict, NotFound, invalid_field
from repository.models import RemovedServiceType, ServiceType
from repository.services.contexts import keep_to_maintainers
from repository.services.vocabulary import renew_vocabulary

STEP = 10
LAST = 1_000


class ServiceTypeChanges(TypedDict, total=False):
    """What may be said of a service type; `place` counts from 1 in the order of the sidebar."""

    name_ko: str
    name_en: str
    icon: str
    place: int


class NoSuchServiceType(NotFound):
    code = "no_such_service_type"


class ServiceTypeTaken(Conflict):
    code = "service_type_taken"


class ServiceTypeInUse(Conflict):
    code = "service_type_in_use"


@transaction.atomic
def create_service_type(user: User, slug: str, changes: ServiceTypeChanges) -> ServiceType:
    """Add a service type, as the last one. Without a slug its English name is spelled as one."""
    keep_to_maintainers(user)
    wanted = slug or re.sub(r"[^a-z0-9]+", "-", changes.get("name_en", "").lower()).strip("-")
    try:
        SLUG(wanted)
    except ValidationError as error:
        raise invalid_field("slug", f"'{wanted}' is no slug. {error.message}") from error
    if ServiceType.objects.filter(slug=wanted).exists():
        raise ServiceTypeTaken(f"There is a service type '{wanted}' already. Choose another slug.")
    RemovedServiceType.objects.filter(slug=wanted).delete()
    place = changes.pop("place", LAST)
    made = ServiceType.objects.create(slug=wanted, order=LAST, is_edited=True, **changes)
    _put(made, place)
    record(user, "service_type.create", wanted)
    renew_vocabulary()
    return made


@transaction.atomic
def change_service_type(user: User, slug: str, changes: ServiceTypeChanges) -> ServiceType:
    """Name a service type otherwise or put it elsewhere.

    The shipped file says nothing of it from then on.
    """
    keep_to_maintainers(user)
    found = _get(slug)
    fields = ", ".join(sorted(changes))
    place = changes.pop("place", None)
    for name, value in changes.items():
        setattr(found, name, value)
    found.is_edited = True
    found.save()
    if place is not None:
        _put(found, place)
    record(user, "service_type.change", found.slug, fields=fields)
    renew_vocabulary()
    return found


@transaction.atomic
def delete_service_type(user: User, slug: str) -> None:
    """Delete a service type that no model is filed under."""
    keep_to_maintainers(user)
    found = _get(slug)
    count = found.ai_models.count()
    if count:
        raise ServiceTypeInUse(
            f"{count} models are filed under '{slug}'. Give them another service type first.",
            values={"count": count},
        )
    found.delete()
    RemovedServiceType.objects.get_or_create(slug=slug)
    record(user, "service_type.delete", slug)
    renew_vocabulary()


def _get(slug: str) -> ServiceType:
    found = ServiceType.objects.select_for_update().filter(slug=slug).first()
    if found is None:
        raise NoSuchServiceType(f"There is no service type '{slug}'. Choose one of the list.")
    return found


def _put(moved: ServiceType, place: int) -> None:
    """Give every service type a new number, with one of them at a place of its own."""
    rows = list(ServiceType.objects.exclude(pk=moved.pk).order_by("order", "slug"))
    rows.insert(max(place - 1, 0), moved)
    for number, row in enumerate(rows, start=1):
        row.order, row.is_edited = number * STEP, True
    ServiceType.objects.bulk_update(rows, ["order", "is_edited"])
