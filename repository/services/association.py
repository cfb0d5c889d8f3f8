"""Learning ties between contexts from the catalogue and from words; keeping them as rows."""

from django.db import transaction

from repository.models import AiModel, Context, ContextRelation, Readme
from repository.search.association import Pair, alike, occurring_together
from repository.selectors.contexts import serving
from repository.selectors.lexicon import lexicon, words_of
from repository.services.vocabulary import renew_vocabulary
from repository.types import RelationOrigin, Visibility

README_LETTERS = 4_000


def associate_contexts() -> dict[RelationOrigin, int]:
    """Learn both kinds of ties anew and put them in the place of the old; return how many.

    Private models say nothing here: what they are about would show in everybody's answers.
    """
    shared = AiModel.objects.exclude(visibility=Visibility.PRIVATE).prefetch_related("contexts")
    models = list(shared)
    curated = {row.pk: words_of(row) for row in Context.objects.filter(is_proposal=False)}
    served = {pk: contexts & curated.keys() for pk, contexts in serving(models, lexicon()).items()}
    readmes = dict(
        Readme.objects.filter(
            revision__refs__name="main", revision__refs__ai_model__in=served
        ).values_list("revision__refs__ai_model", "text")
    )
    texts: dict[int, list[str]] = {}
    for model in models:
        text = f"{model.summary} {readmes.get(model.pk, '')[:README_LETTERS]}"
        for context in served[model.pk]:
            texts.setdefault(context, []).append(text)
    learned = {
        RelationOrigin.COOCCURRENCE: occurring_together(list(served.values())),
        RelationOrigin.EMBEDDING: alike(curated, texts),
    }
    _replace(learned)
    return {origin: len(pairs) for origin, pairs in learned.items()}


@transaction.atomic
def _replace(learned: dict[RelationOrigin, list[Pair]]) -> None:
    ContextRelation.objects.filter(origin__in=learned).delete()
    ContextRelation.objects.bulk_create(
        ContextRelation(source_id=source, target_id=target, origin=origin, weight=pair.weight)
        for origin, pairs in learned.items()
        for pair in pairs
        for source, target in ((pair.one, pair.other), (pair.other, pair.one))
    )
    renew_vocabulary()
