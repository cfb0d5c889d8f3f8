"""Reading the catalogue: rows of lists with what each row shows, in a fixed number of queries."""

import base64
import binascii
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from portal.accounts.models import User
from portal.core.errors import invalid_field
from repository.models import AiModel, Artifact, ArtifactFigure, Context, Ref, ServiceType
from repository.selectors.access import visible_to
from repository.selectors.contexts import present_slugs
from repository.types import FigureOrigin

PAGE = 50
Order = Literal["updated_at", "created_at", "downloads"]


@dataclass(frozen=True)
class Best:
    """The artifact that a list shows for a model, and its fastest figure if it has one."""

    artifact: Artifact
    figure: ArtifactFigure | None


@dataclass(frozen=True)
class Filters:
    service_type: str = ""
    contexts: tuple[str, ...] = ()
    format: str = ""
    license: str = ""
    devices: tuple[str, ...] = ()
    max_latency_ms: float | None = None
    max_size_bytes: int | None = None
    q: str = ""


def catalog_rows(user: User | None) -> QuerySet[AiModel]:
    """Return the models a person sees, with all that a list row needs."""
    return catalog_rows_of(visible_to(user))


def catalog_rows_of(rows: QuerySet[AiModel]) -> QuerySet[AiModel]:
    """Load with these models, in a fixed number of queries, all that a list row needs."""
    return rows.select_related("namespace", "service_type").prefetch_related(
        Prefetch("contexts", Context.objects.defer("aliases", "hints")),
        Prefetch(
            "refs",
            main_refs().prefetch_related(
                Prefetch(
                    "revision__artifacts",
                    head_artifacts().prefetch_related(
                        Prefetch("figures", told_figures(), to_attr="told_figures")
                    ),
                    to_attr="told_artifacts",
                )
            ),
            to_attr="main_refs",
        ),
    )


@cache
def main_refs() -> QuerySet[Ref]:
    """Return a query to narrow; to make one takes longer than the database needs to answer it."""
    rows = Ref.objects.filter(name="main").select_related("revision")
    return rows.only("ai_model", "name", "revision__ai_model", "revision__oid")


@cache
def head_artifacts() -> QuerySet[Artifact]:
    rows = Artifact.objects.filter(revision__refs__name="main").order_by("id")
    return rows.defer("recipe", "recipe_sha256", "content_sha256", "source_accuracy", "created_at")


@cache
def told_figures() -> QuerySet[ArtifactFigure]:
    """Return a query for what rows tell of figures, the fastest first."""
    return ArtifactFigure.objects.order_by("p50_ms", "id").defer("p95_ms", "measured_at")


def filter_rows(rows: QuerySet[AiModel], filters: Filters) -> QuerySet[AiModel]:
    """Narrow a list. Filters are of a known set: nothing typed becomes a name of the ORM."""
    if filters.service_type:
        rows = rows.filter(service_type__slug=filters.service_type)
    for slug in present_slugs(filters.contexts):
        rows = rows.filter(contexts__slug=slug)
    if filters.license:
        rows = rows.filter(license__iexact=filters.license)
    if filters.q:
        for word in filters.q.split():
            rows = rows.filter(
                Q(name__icontains=word)
                | Q(summary__icontains=word)
                | Q(namespace__slug__icontains=word)
            )
    wanted = _artifact_filter(filters)
    if wanted:
        head = Artifact.objects.filter(
            wanted, revision__refs__ai_model=OuterRef("pk"), revision__refs__name="main"
        )
        rows = rows.filter(Exists(head))
    return rows


def _artifact_filter(filters: Filters) -> Q:
    wanted = Q()
    if filters.format:
        wanted &= Q(format=filters.format)
    if filters.max_size_bytes is not None:
        wanted &= Q(size_bytes__lte=filters.max_size_bytes)
    if filters.max_latency_ms is not None:
        wanted &= Q(figures__p50_ms__lte=filters.max_latency_ms, component="")
        if filters.devices:
            names = filters.devices
            wanted &= Q(figures__device__in=names) | Q(figures__profile__in=names)
    return wanted


def page_of(
    rows: QuerySet[AiModel], cursor: str, size: int = PAGE, *, by: Order = "updated_at"
) -> tuple[list[AiModel], str | None]:
    """Return one page, the newest or most downloaded first, and the cursor of the next."""
    rows = rows.order_by(f"-{by}", "-id")
    if cursor:
        at, pk = _read_cursor(cursor, by)
        rows = rows.filter(Q((f"{by}__lt", at)) | Q((by, at), pk__lt=pk))
    found = list(rows[: size + 1])
    if len(found) <= size:
        return found, None
    last = found[size - 1]
    at = last.downloads if by == "downloads" else getattr(last, by).isoformat()
    text = f"{at} {last.pk}"
    return found[:size], base64.urlsafe_b64encode(text.encode()).decode()


def _read_cursor(cursor: str, by: Order) -> tuple[dt.datetime | int, int]:
    try:
        at, pk = base64.urlsafe_b64decode(cursor.encode()).decode().split(" ")
        return int(at) if by == "downloads" else dt.datetime.fromisoformat(at), int(pk)
    except (ValueError, binascii.Error) as error:
        raise invalid_field("cursor", "Take `next` of the page before as it is.") from error


def head_of(row: AiModel) -> Any:
    """Return the revision that `main` names, of a row that `catalog_rows` loaded."""
    refs: list[Ref] = getattr(row, "main_refs", [])
    return refs[0].revision if refs else None


def artifacts_in(row: AiModel) -> list[Artifact]:
    """Return the artifacts of the newest version, of a row that `catalog_rows` loaded."""
    head = head_of(row)
    return list(head.told_artifacts) if head else []


def figures_of(artifact: Artifact) -> list[ArtifactFigure]:
    """Return the figures of one of `artifacts_in`, the fastest first."""
    return list(artifact.told_figures)  # type: ignore[attr-defined]


def best_of(row: AiModel, devices: Sequence[str] = ()) -> Best | None:
    """Choose the artifact to show: the fastest one measured here, else published, else the first.

    With devices, names or profiles in order of preference, only their figures count. A model of
    several networks has no latency of its own: those of its components do not count.
    """
    artifacts = artifacts_in(row)
    ranked = [
        (
            _place(figure, devices),
            figure.origin != FigureOrigin.MEASURED,
            figure.p50_ms,
            figure.pk,
            Best(artifact, figure),
        )
        for artifact in artifacts
        if not artifact.component
        for figure in figures_of(artifact)
    ]
    if not ranked:
        return Best(artifacts[0], None) if artifacts else None
    place, *_, best = min(ranked, key=lambda row: row[:4])
    return best if place < max(len(devices), 1) else Best(best.artifact, None)


def _place(figure: ArtifactFigure, devices: Sequence[str]) -> int:
    """Return where the figure's device stands among these; behind the last if it is none."""
    names = (figure.device, figure.profile)
    return next((at for at, name in enumerate(devices) if name in names), len(devices))


def list_service_types(user: User | None) -> QuerySet[ServiceType]:
    """Return the service types in order, each with the number of models the person sees."""
    seen = visible_to(user).values("pk")
    return ServiceType.objects.annotate(
        model_count=Count("ai_models", filter=Q(ai_models__in=seen), distinct=True)
    ).order_by("order", "slug")
