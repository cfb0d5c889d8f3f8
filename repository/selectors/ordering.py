"""The orders of a search, asked of the database: for answers without the index."""

from django.db.models import Case, Exists, F, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Concat

from repository.models import AiModel, Artifact, ArtifactFigure
from repository.search.types import Sort
from repository.selectors.revisions import MAIN
from repository.types import FigureOrigin

MOST_MEASURED = 2_000
"""Models whose figures are looked up one by one to put them in order."""


def orderly(sort: Sort, total: int) -> Sort:
    """Return the order in which so many models can be had at once: this one, or the newest."""
    return Sort.UPDATED if sort in {Sort.LATENCY, Sort.SIZE} and total > MOST_MEASURED else sort


def in_order(rows: QuerySet[AiModel], sort: Sort) -> QuerySet[AiModel, int]:
    """Return the ids of these models as the index orders them; what has no figure comes last."""
    if sort == Sort.NAME:
        rows = rows.alias(key=Concat("namespace__slug", Value("/"), "name")).order_by("key", "id")
    elif sort == Sort.DOWNLOADS:
        rows = rows.order_by("-downloads", "id")
    elif sort in {Sort.LATENCY, Sort.SIZE}:
        key = _latency() if sort == Sort.LATENCY else _size()
        rows = rows.alias(key=key).order_by(F("key").asc(nulls_last=True), "id")
    else:
        rows = rows.order_by("-updated_at", "id")
    return rows.values_list("pk", flat=True)


def _figures() -> QuerySet[ArtifactFigure]:
    """Return the figures of a model, the one that lists show first."""
    published = Case(When(origin=FigureOrigin.MEASURED, then=0), default=1)
    return ArtifactFigure.objects.filter(
        artifact__component="",
        artifact__revision__refs__ai_model=OuterRef("pk"),
        artifact__revision__refs__name=MAIN,
    ).order_by(published, "p50_ms", "pk")


def _latency() -> Subquery:
    return Subquery(_figures().values("p50_ms")[:1])


def _size() -> Case:
    first = Artifact.objects.filter(
        revision__refs__ai_model=OuterRef("pk"), revision__refs__name=MAIN
    ).order_by("pk")
    return Case(
        When(Exists(_figures()), then=Subquery(_figures().values("artifact__size_bytes")[:1])),
        default=Subquery(first.values("size_bytes")[:1]),
    )
