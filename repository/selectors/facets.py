"""What people call the values of facets."""

from repository.models import ArtifactFigure, Context, ServiceType
from repository.search.types import Facet, Facets, OfferTrait, Trait

Labels = dict[tuple[Facet, str], tuple[str, str]]


def labels_of(facets: Facets) -> Labels:
    """Return the English and the Korean name of the values that have names of their own."""
    labels: Labels = {}
    contexts = Context.objects.filter(slug__in=facets.get(Trait.CONTEXT, ()))
    for slug, english, korean in contexts.values_list("slug", "label_en", "label_ko"):
        labels[Trait.CONTEXT, slug] = (english or korean, korean or english)
    types = ServiceType.objects.filter(slug__in=facets.get(Trait.SERVICE_TYPE, ()))
    for slug, english, korean in types.values_list("slug", "name_en", "name_ko"):
        labels[Trait.SERVICE_TYPE, slug] = (english, korean)
    for slug in facets.get(OfferTrait.DEVICE, ()):
        figure = ArtifactFigure.objects.filter(profile=slug).exclude(device="").first()
        if figure:
            labels[OfferTrait.DEVICE, slug] = (figure.device, figure.device)
    return labels
