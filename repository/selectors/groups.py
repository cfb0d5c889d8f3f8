"""The newest models of every service type."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from portal.accounts.models import User
from repository.models import AiModel, ServiceType
from repository.selectors.catalog import catalog_rows, list_service_types


@dataclass(frozen=True)
class Group:
    type: ServiceType
    models: Sequence[AiModel]


def list_groups(user: User | None, size: int) -> list[Group]:
    """Return the service types that have models, each with its newest, as the person sees them."""
    newest = [F("updated_at").desc(), F("id").desc()]
    place = Window(RowNumber(), partition_by="service_type", order_by=newest)
    rows = catalog_rows(user).annotate(place=place).filter(place__lte=size)
    ordered = rows.order_by("service_type__order", "service_type__slug", "place")
    heads = {pk: list(models) for pk, models in groupby(ordered, lambda row: row.service_type_id)}
    return [Group(kind, heads[kind.pk]) for kind in list_service_types(user) if kind.pk in heads]
