"""Saying where a revision came from."""

from portal.core.errors import invalid_field
from repository.models import Lineage, Revision
from repository.selectors.lineage import origin_of
from repository.types import Relation

LONGEST_WAY = 100


def set_origin(
    revision: Revision, relation: Relation, *, parent: Revision | None = None, source: str = ""
) -> Lineage:
    """Keep what a revision came from: a revision here, or a source elsewhere in words.

    Refuses a revision that came from this one itself.
    """
    above = parent
    for _ in range(LONGEST_WAY):
        if above is None:
            break
        if above.pk == revision.pk:
            raise invalid_field("model", "A version cannot come from itself. Name another one.")
        link = origin_of(above)
        above = link.parent if link else None
    given = {"relation": relation, "parent": parent, "source": source}
    return Lineage.objects.update_or_create(revision=revision, defaults=given)[0]
