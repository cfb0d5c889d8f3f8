"""What people call the values of facets."""

from collections.abc import Collection

from django.db.models import Count
from django.db.models.functions import Lower

from repository.models import ArtifactFigure, ReadmeWord
from repository.search.types import Facet, Facets, OfferTrait, Trait
from repository.selectors.lexicon import Lexicon
from repository.types import FigureOrigin

Labels = dict[tuple[Facet, str], tuple[str, str]]


def labels_of(facets: Facets, known: Lexicon) -> Labels:
    """Return the English and the Korean name of the values that have names of their own."""
    labels: Labels = {}
    for slug in facets.get(Trait.CONTEXT, {}).keys() & known.by_slug.keys():
        context = known.by_slug[slug]
        english, korean = context.label_en, context.label_ko
        labels[Trait.CONTEXT, slug] = (english or korean, korean or english)
    for row in known.types:
        labels[Trait.SERVICE_TYPE, row.slug] = (row.name_en, row.name_ko)
    for trait in (Trait.DATASET, Trait.BASE_MODEL):
        for value, name in _spelled(trait, facets.get(trait, {})).items():
            labels[trait, value] = (name, name)
    for slug in facets.get(OfferTrait.DEVICE, ()):
        name = _device_name(slug)
        labels[OfferTrait.DEVICE, slug] = (name, name)
    return labels


def _device_name(slug: str) -> str:
    """Return what makers call a device. Names of a kind of board do not change: ask once."""
    if slug not in _device_names:
        published = ArtifactFigure.objects.filter(profile=slug, origin=FigureOrigin.PUBLISHED)
        name = published.values_list("device", flat=True).first()
        if not name:
            return slug
        _device_names[slug] = name
    return _device_names[slug]


_device_names: dict[str, str] = {}


def _spelled(kind: Trait, values: Collection[str]) -> dict[str, str]:
    """Return how most cards write each of these values, which the index has in lower case."""
    new = [value for value in values if (kind, value) not in _spellings]
    if new:
        written = ReadmeWord.objects.filter(kind=kind).annotate(lower=Lower("word"))
        counted = written.filter(lower__in=new).values_list("lower", "word").annotate(n=Count("id"))
        _spellings.update({(kind, value): value for value in new})
        _spellings.update({(kind, value): word for value, word, _ in counted.order_by("n", "word")})
    return {value: _spellings[kind, value] for value in values}


_spellings: dict[tuple[Trait, str], str] = {}
