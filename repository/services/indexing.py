"""Keeping the search index in step with the database."""

from repository.models import AiModel, Context, Readme
from repository.search.backend import search_index
from repository.search.types import Document, service_term
from repository.selectors.contexts import serving, words_of

README_LETTERS = 20_000


def index_model(model_id: int) -> None:
    """Bring one model's entry in the index to what the database says now."""
    found = AiModel.objects.select_related("namespace", "service_type").filter(pk=model_id).first()
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


def _document(ai_model: AiModel) -> Document:
    served = serving([ai_model])[ai_model.pk]
    contexts = list(Context.objects.filter(pk__in=served).order_by("slug"))
    readme = Readme.objects.filter(
        revision__refs__ai_model=ai_model, revision__refs__name="main"
    ).first()
    return Document(
        model_id=ai_model.pk,
        row_version=ai_model.row_version,
        name=f"{ai_model} {ai_model.name.replace('-', ' ').replace('_', ' ')}",
        summary=f"{ai_model.summary} {ai_model.task}",
        contexts=[
            *(context.slug for context in contexts),
            service_term(ai_model.service_type.slug),
        ],
        context_words=" ".join(word for context in contexts for word in words_of(context)),
        readme=readme.text[:README_LETTERS] if readme else "",
    )
