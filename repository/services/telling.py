"""Telling the webhooks of a model's owner that a revision got a name."""

from portal.accounts.models import User
from portal.news.services.telling import tell_webhooks
from portal.news.types import Happening
from repository.models import Revision
from repository.types import RefKind

HAPPENINGS = {
    RefKind.BRANCH: Happening.VERSION_COMMITTED,
    RefKind.TAG: Happening.VERSION_PUBLISHED,
    RefKind.ALIAS: Happening.ALIAS_MOVED,
}


def tell_named(user: User, revision: Revision, kind: RefKind, name: str) -> None:
    """Tell that a branch grew, a version was published or an alias means another revision."""
    data = {
        "model": str(revision.ai_model),
        "revision": revision.oid,
        "name": name,
        "by": user.username,
    }
    tell_webhooks(HAPPENINGS[kind], [revision.ai_model.namespace_id], data)
