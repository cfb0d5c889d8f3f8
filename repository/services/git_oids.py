"""git's names of blobs: counted once, when a Hugging Face client first asks for them."""

from collections.abc import Iterable

from repository.blobs.git import is_large, oid_of, oid_of_file, pointer_of
from repository.blobs.store import blob_store
from repository.models import Blob


def git_oids(blobs: Iterable[Blob]) -> dict[str, str]:
    """Return by digest what git calls each blob: of a large one, its pointer."""
    different = {blob.sha256: blob for blob in blobs}
    return {sha256: git_oid(blob) for sha256, blob in different.items()}


def git_oid(blob: Blob) -> str:
    """Return what git calls a blob, and remember it for a small one."""
    if is_large(blob.size_bytes):
        return oid_of(pointer_of(blob.sha256, blob.size_bytes))
    if not blob.git_oid:
        blob.git_oid = oid_of_file(blob_store().path(blob.sha256))
        Blob.objects.filter(pk=blob.pk).update(git_oid=blob.git_oid)
    return blob.git_oid
