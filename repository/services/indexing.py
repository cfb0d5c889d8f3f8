"""Keeping the search index in step with the database."""

from collections.abc import Iterator

from django.utils.text import slugify

from repository.models import AiModel, Artifact, Context, Readme
from repository.search.backend import search_index
from repository.search.types import Document, Offer, Trait, service_term
from repository.search.words import parts_of
from repository.selectors.access import who_may_know
from repository.selectors.catalog import best_of, catalog_rows_of, head_of
from repository.selectors.contexts import serving
from repository.selectors.lexicon import words_of

README_LETTERS = 20_000


def index_model(model_id: int) -> None:
    """Bring one model's entry in the index to what the database says now."""
    found = catalog_rows_of(AiModel.objects.filter(pk=model_id)).first()
    if found is None:
        search_index().remove(model_id)
    else:
        search_index().put(_document(found))


def rebuild_index() -> int:
    """Fill the index anew from the database; return how many models it holds."""
    search_index().clear()
    ids = list(AiModel.objects.order_by("id").values_list("pk", flat=True))
    for model_id in ids:
        index_model(model_id)
    return len(ids)


def _document(row: AiModel) -> Document:
    served = serving([row])[row.pk]
    contexts = list(Context.objects.filter(pk__in=served).order_by("slug"))
    head, best = head_of(row), best_of(row)
    readme = Readme.objects.filter(revision=head).first() if head else None
    figure = best.figure if best else None
    return Document(
        model_id=row.pk,
        row_version=row.row_version,
        name=f"{row} {row.name.replace('-', ' ').replace('_', ' ')}",
        summary=f"{row.summary} {row.task}",
        context_words=" ".join(word for context in contexts for word in words_of(context)),
        readme=readme.text[:README_LETTERS] if readme else "",
        traits={
            Trait.TERM: [
                *(context.slug for context in contexts),
                service_term(row.service_type.slug),
            ],
            Trait.SERVICE_TYPE: [row.service_type.slug],
            Trait.CONTEXT: [context.slug for context in row.contexts.all()],
            Trait.TASK: [row.task] if row.task else [],
            Trait.LICENSE: [row.license] if row.license else [],
            Trait.OWNER: [row.namespace.slug],
            Trait.PART: parts_of(row.namespace.slug, row.name),
            Trait.AUDIENCE: who_may_know(row),
        },
        offers=[offer for artifact in head.artifacts.all() for offer in _offers(artifact)]
        if head
        else [],
        updated=row.updated_at.timestamp(),
        latency_ms=figure.p50_ms if figure else None,
        size_bytes=best.artifact.size_bytes if best else None,
    )


def _offers(artifact: Artifact) -> Iterator[Offer]:
    """Return what an artifact offers; the figures of one network of several are not the model's."""
    figures = [] if artifact.component else list(artifact.figures.all())
    if not figures:
        yield Offer(
            artifact.format,
            artifact.precision,
            artifact.size_bytes,
            memory_bytes=artifact.size_bytes,
            origin=artifact.origin,
        )
    for figure in figures:
        yield Offer(
            artifact.format,
            artifact.precision,
            artifact.size_bytes,
            figure.profile or slugify(figure.device),
            figure.p50_ms,
            figure.peak_memory_bytes or artifact.size_bytes,
            artifact.origin,
        )
