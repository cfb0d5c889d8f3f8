"""Bytes that come under a digest: a Hugging Face client says what it will send before it does."""

from pathlib import Path

from portal.accounts.models import User
from portal.accounts.selectors.people import list_namespaces
from portal.core.errors import Invalid
from repository.blobs.hashing import digest_of
from repository.models import Blob, UploadSession
from repository.services.blobs import adopt_file
from repository.services.uploads import part_path, start_upload
from repository.types import UploadState


class WrongDigest(Invalid):
    code = "wrong_digest"


def expect_blob(user: User, sha256: str, size_bytes: int, *, owner: str) -> UploadSession:
    """Open an upload for bytes of a known digest, or refuse their size before the first one.

    They count to the quota of `owner` where the caller publishes under that name, else to their
    own, as a collaborator's do until the commit.
    """
    same = UploadSession.objects.filter(
        owner=user, filename=sha256, size_bytes=size_bytes, state=UploadState.OPEN
    )
    known = same.order_by("id").first()
    if known is not None:
        return known
    names = {namespace.slug for namespace in list_namespaces(user)}
    account = owner if owner in names else ""
    return start_upload(user, filename=sha256, size_bytes=size_bytes, owner=account)


def find_arrival(upload_id: str) -> UploadSession | None:
    """Return an upload by its id: what leads here was signed by us."""
    return UploadSession.objects.filter(pk=upload_id).first()


def take_arrival(upload: UploadSession, path: Path) -> Blob:
    """Keep a file that arrived as the blob it was announced to be; the file is gone after.

    Refuses bytes of another digest or length. A reader looks at them when they get a name, with
    the commit.
    """
    sha256 = digest_of(path)
    if sha256 != upload.filename or path.stat().st_size != upload.size_bytes:
        path.unlink()
        raise WrongDigest(f"The bytes that came are not those of {upload.filename}. Send again.")
    blob = adopt_file(path, sha256)
    UploadSession.objects.filter(pk=upload.pk).update(state=UploadState.RECEIVED, blob=blob)
    part_path(upload).unlink(missing_ok=True)
    return blob
