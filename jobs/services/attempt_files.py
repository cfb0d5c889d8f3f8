"""Files that an attempt produces: parts with their digests, whole once the last one came.

A part is on the disk before its row says so, and whoever writes it again writes the same bytes in
the same place: a kill at any moment costs that part, never the file.
"""

import contextlib
import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from django.db.models import Sum
from ondol_runner.protocol import FileOffer

from jobs.models import Attempt, AttemptFile
from jobs.services.logs import LogGap
from portal.core.crash import saving
from portal.core.errors import Conflict, Invalid, TooLarge
from repository.blobs.hashing import digest_of
from repository.services.blobs import adopt_file
from repository.services.incoming import incoming_folder

MOST_FILES = 16
MOST_BYTES = 64 * 2**20
LARGEST_PART = 2**20
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
SHA256 = re.compile(r"[0-9a-f]{64}")


class WrongFile(Invalid):
    code = "wrong_file"


class FileAltered(Invalid):
    code = "file_altered"


class FileDiffers(Conflict):
    code = "file_differs"


class FileTooLarge(TooLarge):
    code = "attempt_file_too_large"


@dataclass(frozen=True)
class Part:
    """Bytes of a file from an offset on, and what their SHA-256 is said to be."""

    offset: int
    content: bytes
    sha256: str


def offer_file(attempt: Attempt, offer: FileOffer) -> AttemptFile:
    """Begin a file of an attempt, or return the one that was begun, to go on from `received`.

    Refuses with WrongFile a name or digest that is none, with FileTooLarge what is beyond the
    limits of an attempt, and with FileDiffers another file under a name that was used.
    """
    if not NAME.fullmatch(offer.name) or not SHA256.fullmatch(offer.sha256) or offer.size_bytes < 1:
        raise WrongFile("A file needs a plain name, a size and the SHA-256 of its bytes in hex.")
    known = AttemptFile.objects.filter(attempt=attempt, name=offer.name).first()
    if known is None:
        others = AttemptFile.objects.filter(attempt=attempt)
        held = others.aggregate(sum=Sum("size_bytes"))["sum"] or 0
        if others.count() >= MOST_FILES or held + offer.size_bytes > MOST_BYTES:
            raise FileTooLarge(
                f"An attempt keeps at most {MOST_FILES} files of {MOST_BYTES // 2**20} MiB in all."
            )
        known, _ = AttemptFile.objects.get_or_create(
            attempt=attempt,
            name=offer.name,
            defaults={"size_bytes": offer.size_bytes, "sha256": offer.sha256},
        )
    if (known.sha256, known.size_bytes) != (offer.sha256, offer.size_bytes):
        raise FileDiffers(f"{offer.name} was begun with other bytes. Send them under another name.")
    if known.blob_id is None and known.received:
        _recover(known)
    return known


def _recover(file: AttemptFile) -> None:
    """Go on with what an earlier process left: begin anew without its bytes, or end with all."""
    path = part_path(file)
    if not path.exists():
        _begin_anew(file)
    elif file.received == file.size_bytes:
        with contextlib.suppress(FileAltered):
            _complete(file, path)


def keep_file(attempt: Attempt, name: str, path: Path) -> AttemptFile:
    """Keep a whole file that the worker itself made; the file is moved away."""
    size = path.stat().st_size
    blob = adopt_file(path)
    return AttemptFile.objects.create(
        attempt=attempt, name=name, size_bytes=size, sha256=blob.sha256, received=size, blob=blob
    )


def append_part(file: AttemptFile, part: Part) -> int:
    """Add a part where the file ends and return its new size; the last one makes it whole.

    Raises LogGap where it does not continue, and FileAltered, keeping nothing of it, where the
    bytes are not what they are said to be: the part, or with the last one the whole file.
    """
    if hashlib.sha256(part.content).hexdigest() != part.sha256:
        raise FileAltered("These bytes are not what their digest says: send this part again.")
    if file.blob_id is not None or part.offset != file.received:
        raise LogGap(file.received)
    end = part.offset + len(part.content)
    if len(part.content) > LARGEST_PART or end > file.size_bytes:
        raise FileTooLarge(f"Send at most {LARGEST_PART} bytes a part, {file.size_bytes} in all.")
    path = part_path(file)
    _write(path, part)
    grown = AttemptFile.objects.filter(pk=file.pk, received=part.offset, blob=None)
    with saving("file.part"):
        moved = grown.update(received=end)
    if not moved:
        file.refresh_from_db()
        raise LogGap(file.received)
    file.received = end
    if end == file.size_bytes:
        _complete(file, path)
    return end


def part_path(file: AttemptFile) -> Path:
    return incoming_folder() / f"attempt-file-{file.pk}"


def _write(path: Path, part: Part) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.seek(part.offset)
        out.write(part.content)
        out.truncate()
        out.flush()
        os.fsync(out.fileno())


def _complete(file: AttemptFile, path: Path) -> None:
    if digest_of(path) != file.sha256:
        _begin_anew(file)
        raise FileAltered(f"{file.name} is not what its digest says: send it again from the start.")
    blob = adopt_file(path, file.sha256)
    with saving("file.whole"):
        AttemptFile.objects.filter(pk=file.pk).update(blob=blob)


def _begin_anew(file: AttemptFile) -> None:
    part_path(file).unlink(missing_ok=True)
    AttemptFile.objects.filter(pk=file.pk, blob=None).update(received=0)
    file.received = 0
