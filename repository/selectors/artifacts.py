"""Reading artifacts, through the door of their model."""

from django.db.models import QuerySet

from portal.accounts.models import User
from portal.core.errors import NotFound
from repository.models import Artifact, Revision
from repository.selectors.access import may_on, visible_to
from repository.types import Need


class NoSuchArtifact(NotFound):
    code = "no_such_artifact"


def list_artifacts(revision: Revision) -> QuerySet[Artifact]:
    return (
        revision.artifacts.select_related("source", "evaluation_set")
        .prefetch_related("files__blob", "figures")
        .order_by("id")
    )


def get_artifact(user: User, artifact_id: int, need: Need = Need.READ) -> Artifact:
    """Return an artifact of a model that the caller may read, or change where that is needed."""
    found = (
        Artifact.objects.select_related("revision__ai_model__namespace")
        .filter(pk=artifact_id, revision__ai_model__in=visible_to(user))
        .first()
    )
    if found is None or not may_on(user, found.revision.ai_model, need):
        raise NoSuchArtifact("There is no such device file, or it is not yours to work on.")
    return found
