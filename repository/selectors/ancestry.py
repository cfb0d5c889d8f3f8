"""Which revision last changed a file."""

from collections.abc import Collection

from repository.models import ModelFile, Revision
from repository.selectors.revisions import list_history

LOOK_BACK = 500
"""Changes further back count as made by the last revision looked at."""


def find_last_changes(revision: Revision, paths: Collection[str]) -> dict[str, Revision]:
    """Return by path the revision that gave a file its present bytes."""
    history, _ = list_history(revision, LOOK_BACK)
    current = _blobs(revision, paths)
    found: dict[str, Revision] = {}
    newer = revision
    for older in history[1:]:
        before = _blobs(older, current.keys() - found.keys())
        for path in current.keys() - found.keys():
            if before.get(path) != current[path]:
                found[path] = newer
        newer = older
        if len(found) == len(current):
            return found
    return found | dict.fromkeys(current.keys() - found.keys(), newer)


def _blobs(revision: Revision, paths: Collection[str]) -> dict[str, str]:
    rows = ModelFile.objects.filter(revision=revision).values_list("path", "blob_id")
    return {path: blob for path, blob in rows if path in paths}
