"""The tree of where a revision came from and what became of it."""

from collections.abc import Iterator
from dataclasses import dataclass

from portal.accounts.models import User
from repository.models import Artifact, Lineage, Revision
from repository.selectors.access import visible_to
from repository.types import Relation

DEEPEST = 20


@dataclass(frozen=True)
class Node:
    """A line of the tree. `depth` says how far right it stands; its parent is the line above.

    Where it came from a model that the reader may not see, that keeps its place and says nothing
    else; what was made of it there is left out.
    """

    depth: int
    kind: str
    relation: str
    model: str = ""
    revision: str = ""
    artifact_id: int | None = None
    label: str = ""


def lineage_of(user: User | None, revision: Revision) -> list[Node]:
    """Return the tree from the first known origin down to what was made of a revision."""
    seen = set(visible_to(user).values_list("pk", flat=True))
    chain = _origins(revision)
    nodes: list[Node] = []
    first = origin_of(chain[0])
    if first is not None and first.source and chain[0].ai_model_id in seen:
        nodes.append(Node(0, "source", "", label=first.source))
    for step in chain:
        nodes.append(_shown(step, len(nodes), seen))
    depth = len(nodes)
    nodes += _artifacts(revision, depth)
    for made in revision.descendants.select_related("revision__ai_model__namespace").order_by("id"):
        if made.revision.ai_model_id in seen:
            nodes.append(_shown(made.revision, depth, seen))
    return nodes


def origin_of(revision: Revision) -> Lineage | None:
    """Return what a revision came from: what was said of it, else of the one it was made on."""
    ai_model = revision.ai_model_id
    rows = Lineage.objects.select_related("parent__ai_model__namespace")
    said = {row.revision_id: row for row in rows.filter(revision__ai_model=ai_model)}
    above = dict(Revision.objects.filter(ai_model=ai_model).values_list("pk", "parent"))
    at: int | None = revision.pk
    while at is not None and at not in said:
        at = above[at]
    return said.get(at) if at is not None else None


def _origins(revision: Revision) -> list[Revision]:
    """Return a revision after all those it came from, the first one first."""
    chain = [revision]
    while len(chain) < DEEPEST:
        link = origin_of(chain[0])
        if link is None or link.parent is None or link.parent in chain:
            break
        chain.insert(0, link.parent)
    return chain


def _shown(revision: Revision, depth: int, seen: set[int]) -> Node:
    if revision.ai_model_id not in seen:
        return Node(depth, "hidden", "")
    link = origin_of(revision)
    relation = link.relation if link else Relation.UPLOADED
    model = str(revision.ai_model)
    return Node(depth, "revision", relation, model, revision.oid, label=revision.message)


def _artifacts(revision: Revision, depth: int) -> Iterator[Node]:
    made: dict[int | None, list[Artifact]] = {}
    for artifact in revision.artifacts.order_by("id"):
        made.setdefault(artifact.source_id, []).append(artifact)

    def below(source: int | None, depth: int) -> Iterator[Node]:
        for artifact in made.get(source, []):
            relation = Relation.CONVERTED if artifact.source_id else Relation.UPLOADED
            label = str(artifact)
            yield Node(depth, "artifact", relation, artifact_id=artifact.pk, label=label)
            yield from below(artifact.pk, depth + 1)

    return below(None, depth)
