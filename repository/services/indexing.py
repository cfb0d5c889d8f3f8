"""Keeping the search index in step with the database."""

from collections.abc import Iterator, Mapping

from django.utils.text import slugify

from repository.models import AiModel, Artifact, Context, Readme
from repository.readme.front_matter import words_of_card
from repository.search.backend import search_index
from repository.search.types import Document, Offer, Trait, faint_term, service_term
from repository.search.words import parts_of
from repository.selectors.access import who_may_know
from repository.selectors.catalog import artifacts_in, best_of, catalog_rows_of, figures_of, head_of
from repository.selectors.contexts import models_serving, serving
from repository.selectors.focus import faint_tasks
from repository.selectors.lexicon import Lexicon, lexicon, words_of

README_LETTERS = 20_000
CARD_TRAITS = (Trait.LANGUAGE, Trait.DATASET, Trait.BASE_MODEL)
"""What only the card of a model says of it."""

BATCH = 200


def index_model(model_id: int) -> None:
    """Bring one model's entry in the index to what the database says now."""
    found = documents_of([model_id])
    if found:
        search_index().put(*found)
    else:
        search_index().remove(model_id)


def index_context(context_id: int) -> None:
    """Write the models of one context anew: its words stand in their entries."""
    for batch in _batches(models_serving(context_id)):
        search_index().put(*documents_of(batch))


def rebuild_index() -> int:
    """Fill the index anew while it is searched; return how many models it holds."""
    ids = list(AiModel.objects.order_by("id").values_list("pk", flat=True))
    search_index().rebuild(documents_of(batch) for batch in _batches(ids))
    # What was deleted while its batch was on the way would stay.
    repair_drift()
    return sum(1 for _ in search_index().versions())


def repair_index() -> int:
    """Bring index and database together; return how many entries were wrong."""
    index = search_index()
    if not index.is_current():
        return rebuild_index()
    index.tidy()
    ahead = _ahead(dict(index.versions()))
    if ahead:
        # A database that was brought back from a backup: what is held says what is no more.
        index.remove(*ahead)
        rebuild_index()
    return len(ahead) + repair_drift()


def _ahead(held: Mapping[int, int]) -> list[int]:
    """Return the models of which the index has a version that is not there yet.

    The index is read first: what is written meanwhile is never ahead.
    """
    now = AiModel.objects.values_list("pk", "row_version")
    return [pk for pk, version in now if held.get(pk, version) > version]


def repair_drift() -> int:
    index = search_index()
    held = dict(index.versions())
    wanted = dict(AiModel.objects.values_list("pk", "row_version"))
    gone = held.keys() - wanted.keys()
    stale = sorted(pk for pk, version in wanted.items() if held.get(pk, -1) < version)
    index.remove(*gone)
    for batch in _batches(stale):
        index.put(*documents_of(batch))
    return len(gone) + len(stale)


def _batches(ids: list[int]) -> Iterator[list[int]]:
    return (ids[at : at + BATCH] for at in range(0, len(ids), BATCH))


def documents_of(ids: list[int]) -> list[Document]:
    """Return what the index holds of these models, in a fixed number of queries."""
    found = AiModel.objects.filter(pk__in=ids).prefetch_related("collaborators").order_by("pk")
    rows = list(catalog_rows_of(found))
    known = lexicon()
    served = serving(rows, known)
    heads = {row.pk: head.pk for row in rows if (head := head_of(row))}
    readmes = {row.revision_id: row for row in Readme.objects.filter(revision__in=heads.values())}
    return [
        _document(
            row,
            sorted((known.by_pk[pk] for pk in served[row.pk]), key=str),
            readmes.get(heads.get(row.pk, 0)),
            known,
        )
        for row in rows
    ]


def _document(
    row: AiModel, contexts: list[Context], readme: Readme | None, known: Lexicon
) -> Document:
    best = best_of(row)
    figure = best.figure if best else None
    faint = faint_tasks(row, contexts, known)
    said = words_of_card(readme.front_matter if readme else {})
    return Document(
        model_id=row.pk,
        row_version=row.row_version,
        name=f"{row} {row.name.replace('-', ' ').replace('_', ' ')}",
        summary=f"{row.summary} {row.task}",
        context_words=" ".join(word for context in contexts for word in words_of(context)),
        readme=readme.text[:README_LETTERS] if readme else "",
        traits={
            Trait.TERM: [
                *(faint_term(row.slug) if row.pk in faint else row.slug for row in contexts),
                service_term(row.service_type.slug),
            ],
            Trait.SERVICE_TYPE: [row.service_type.slug],
            Trait.CONTEXT: [context.slug for context in row.contexts.all()],
            Trait.TASK: _folded([row.task]),
            Trait.LICENSE: _folded([row.license]),
            **{trait: _folded(said[trait]) for trait in CARD_TRAITS},
            Trait.OWNER: [row.namespace.slug],
            Trait.PART: parts_of(row.namespace.slug, row.name),
            Trait.AUDIENCE: who_may_know(row),
        },
        offers=[offer for artifact in artifacts_in(row) for offer in _offers(artifact)],
        updated=row.updated_at.timestamp(),
        latency_ms=figure.p50_ms if figure else None,
        size_bytes=best.artifact.size_bytes if best else None,
        downloads=row.downloads,
    )


def _folded(values: list[str]) -> list[str]:
    return list(dict.fromkeys(value.lower() for value in values if value))


def _offers(artifact: Artifact) -> Iterator[Offer]:
    """Return what an artifact offers; the figures of one network of several are not the model's."""
    figures = [] if artifact.component else figures_of(artifact)
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
