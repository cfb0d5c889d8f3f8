"""Taking the word of a publisher's key on files of a revision."""

import hashlib

from django.db import transaction
from ondol.releases import NotSigned, Release, Signed, read_signed

from portal.accounts.models import User
from portal.accounts.services.audit import record
from portal.core.errors import Conflict, invalid_field
from repository.models import ArtifactFile, ReleaseSignature, Revision

MOST_SIGNATURES = 200


class TooManySignatures(Conflict):
    code = "too_many_signatures"


@transaction.atomic
def add_signature(user: User, revision: Revision, signed: Signed) -> ReleaseSignature:
    """Keep a signature; the same one again changes nothing.

    Refuses one that the key did not make, and a text that says of another model, another version
    or other bytes than the revision has. Whether the key is to be trusted is not for the server to
    say: who pulls pins it.
    """
    release = check_signed(revision, signed)
    if release.model != str(revision.ai_model):
        raise invalid_field(
            "statement", f"This is signed for {release.model}, not for {revision.ai_model}."
        )
    kept, is_new = keep_signature(revision, signed)
    if is_new:
        record(user, "release.sign", str(revision.ai_model), revision=revision.oid, key=signed.key)
    return kept


def check_signed(revision: Revision, signed: Signed) -> Release:
    """Return what was signed of a revision, or refuse it by its field."""
    try:
        release = read_signed(signed)
    except NotSigned as error:
        raise invalid_field("signature", str(error)) from error
    if release.version != revision.oid:
        raise invalid_field("statement", f"This is signed for another version than {revision}.")
    held = set(revision.files.values_list("path", "blob_id"))
    held |= set(
        ArtifactFile.objects.filter(artifact__revision=revision).values_list("path", "blob_id")
    )
    if odd := sorted(path for path, sha256 in release.files.items() if (path, sha256) not in held):
        raise invalid_field("statement", f"{odd[0]}: the version has other bytes or no such file.")
    return release


def keep_signature(revision: Revision, signed: Signed) -> tuple[ReleaseSignature, bool]:
    """Write a signature that was checked; say whether it is new."""
    known = ReleaseSignature.objects.filter(revision=revision)
    digest = hashlib.sha256(signed.statement.encode()).hexdigest()
    if known.count() >= MOST_SIGNATURES:
        raise TooManySignatures(f"A version keeps at most {MOST_SIGNATURES} signatures.")
    return known.get_or_create(
        revision=revision,
        key=signed.key,
        statement_sha256=digest,
        defaults={"statement": signed.statement, "signature": signed.signature},
    )
