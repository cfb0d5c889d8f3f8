"""What a search is narrowed to, asked of the database: for answers without the index."""

from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower

from repository.models import AiModel, Artifact, ReadmeWord
from repository.search.types import FOLDED, Limit, Narrowing, OfferTrait, Trait
from repository.selectors.revisions import MAIN

COLUMNS = {
    Trait.SERVICE_TYPE: "service_type__slug",
    Trait.CONTEXT: "contexts__slug",
    Trait.OWNER: "namespace__slug",
}
CARD_TRAITS = frozenset({Trait.LANGUAGE, Trait.DATASET, Trait.BASE_MODEL})


def narrow_rows(rows: QuerySet[AiModel], narrowing: Narrowing) -> QuerySet[AiModel]:
    """Keep what the index would keep of these rows."""
    for trait, values in narrowing.traits.items():
        if trait in CARD_TRAITS:
            rows = rows.filter(says(values, kinds=[trait], folded=True))
        elif trait in FOLDED:
            rows = rows.alias(**{f"{trait}_lower": Lower(trait)}).filter(
                Q((f"{trait}_lower__in", values))
            )
        elif trait == Trait.CONTEXT:
            for slug in values:
                rows = rows.filter(Q((COLUMNS[trait], slug)))
        else:
            rows = rows.filter(Q((f"{COLUMNS[trait]}__in", values)))
    offer = _offer_filter(narrowing)
    if offer:
        head = Artifact.objects.filter(
            offer, revision__refs__ai_model=OuterRef("pk"), revision__refs__name=MAIN
        )
        rows = rows.filter(Exists(head))
    return rows


def says(words: Collection[str], *, kinds: Collection[str], folded: bool = False) -> Exists:
    """Tell the models whose card on `main` says one of these words in one of these places.

    `folded`: the words are in lower case, and the card's may be in any.
    """
    said = ReadmeWord.objects.alias(lower=Lower("word"))
    return Exists(
        said.filter(
            Q(("lower__in" if folded else "word__in", words)),
            kind__in=kinds,
            readme__revision__refs__ai_model=OuterRef("pk"),
            readme__revision__refs__name=MAIN,
        )
    )


def _offer_filter(narrowing: Narrowing) -> Q:
    wanted = Q()
    devices = narrowing.offers.get(OfferTrait.DEVICE)
    for kind, values in narrowing.offers.items():
        if kind != OfferTrait.DEVICE:
            wanted &= Q((f"{kind}__in", values))
    if devices:
        wanted &= Q(figures__profile__in=devices, component="")
    limits = narrowing.limits
    if Limit.SIZE in limits:
        wanted &= Q(size_bytes__lte=limits[Limit.SIZE])
    if Limit.LATENCY in limits:
        wanted &= Q(figures__p50_ms__lte=limits[Limit.LATENCY], component="")
    if Limit.MEMORY in limits:
        most = limits[Limit.MEMORY]
        unknown = Q(figures__peak_memory_bytes=None)
        wanted &= Q(figures__peak_memory_bytes__lte=most) | (
            unknown & (Q(size_bytes=None) | Q(size_bytes__lte=most))
        )
    return wanted
