"""Reading what the heads of READMEs say."""

from collections.abc import Iterable
from typing import Any

from repository.models import Readme


def front_matters(revision_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Return by revision the YAML head of its README, where it has one."""
    rows = Readme.objects.filter(revision__in=list(revision_ids))
    return dict(rows.values_list("revision_id", "front_matter"))
