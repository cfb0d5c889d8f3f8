"""Reading an archive that anybody may have made: nothing is believed, nothing grows."""

import hashlib
import secrets
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from portal.core.errors import Invalid
from repository.models import Blob
from repository.services.archives.document import Document
from repository.services.blobs import adopt_file
from repository.services.incoming import incoming_folder

DOCUMENT = "ondol-archive.json"
BLOBS = "blobs/"
CHUNK = 1 << 20
MOST_DOCUMENT = 64 * 2**20
MOST_DIRECTORY = 32 * 2**20
END = struct.Struct("<4s4H2LH")
END_64 = struct.Struct("<4sQ2H2L4Q")
LOCATOR_BYTES = 20
IN_THE_OTHER = 0xFFFFFFFF


class WrongArchive(Invalid):
    code = "wrong_archive"


class Package:
    """An archive whose every entry has been looked at; its bytes are checked as they are read."""

    def __init__(self, file: zipfile.ZipFile, size_bytes: int) -> None:
        self._file = file
        entries = {entry.filename: entry for entry in file.infolist()}
        _refuse_odd(file, size_bytes)
        self.document = _read_document(file, entries)
        wanted = {f"{BLOBS}{sha256}": size for sha256, size in self.document.blobs.items()}
        found = {name: entry.file_size for name, entry in entries.items() if name != DOCUMENT}
        if wanted != found:
            odd = min(wanted.items() ^ found.items())[0]
            raise WrongArchive(f"'{odd}' is missing, too much, or of another size than was said.")

    def bring(self, sha256: str) -> Blob:
        """Keep the bytes of one entry as a blob. Refuses those of another digest."""
        path = incoming_folder() / f"archive-{secrets.token_hex(8)}"
        running = hashlib.sha256()
        try:
            with self._file.open(f"{BLOBS}{sha256}") as content, path.open("wb") as target:
                _copy(content, target, running)
            if running.hexdigest() != sha256:
                raise WrongArchive(f"The bytes of {sha256} have another digest. Export again.")
            return adopt_file(path, sha256)
        except (zipfile.BadZipFile, EOFError) as error:
            raise WrongArchive(f"The bytes of {sha256} are broken. Export again.") from error
        finally:
            path.unlink(missing_ok=True)


@contextmanager
def opened(path: Path) -> Iterator[Package]:
    """Open an archive, or refuse what is none, was cut, or is made to hurt."""
    size = path.stat().st_size
    with path.open("rb") as raw:
        _refuse_long_directory(raw, size)
        try:
            file = zipfile.ZipFile(raw)
        except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError) as error:
            raise WrongArchive("This is no whole archive. Copy or export it again.") from error
        with file:
            yield Package(file, size)


def _refuse_long_directory(raw: IO[bytes], size: int) -> None:
    """Refuse a list of entries that would not fit in memory, before anything reads it."""
    tail = END.size + LOCATOR_BYTES + END_64.size
    raw.seek(max(0, size - tail))
    last = raw.read()
    if len(last) < END.size or not last[-END.size :].startswith(b"PK\5\6"):
        raise WrongArchive("This is no whole archive. Copy or export it again.")
    length = END.unpack(last[-END.size :])[5]
    if length == IN_THE_OTHER:
        length = END_64.unpack(last[: END_64.size])[8] if len(last) == tail else MOST_DIRECTORY + 1
    if length > MOST_DIRECTORY:
        raise WrongArchive("The archive lists more entries than any model has.")


def _refuse_odd(file: zipfile.ZipFile, size_bytes: int) -> None:
    entries = file.infolist()
    if len({entry.filename for entry in entries}) != len(entries):
        raise WrongArchive("A name is twice in the archive.")
    for entry in entries:
        packed = entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1
        if packed or entry.file_size != entry.compress_size:
            raise WrongArchive(
                "An archive of Ondol stores its bytes as they are: neither packed nor encrypted."
            )
    # Entries that lie over each other would be more bytes than came.
    if sum(entry.file_size for entry in entries) > size_bytes:
        raise WrongArchive("The archive promises more bytes than it has.")


def _read_document(file: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo]) -> Document:
    entry = entries.get(DOCUMENT)
    if entry is None:
        raise WrongArchive(f"There is no {DOCUMENT} in it: this is no model that Ondol exported.")
    if entry.file_size > MOST_DOCUMENT:
        raise WrongArchive(f"{DOCUMENT} is larger than {MOST_DOCUMENT} bytes.")
    try:
        text = file.read(entry)
        if b"\\u0000" in text:
            raise WrongArchive(f"{DOCUMENT} holds a character that no text holds: NUL.")
        return Document.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])[:120]
        raise WrongArchive(f"{DOCUMENT}: {place}: {first['msg']}.") from error
    except (zipfile.BadZipFile, EOFError) as error:
        raise WrongArchive(f"{DOCUMENT} is broken. Copy or export it again.") from error


def _copy(content: IO[bytes], target: IO[bytes], running: "hashlib._Hash") -> None:
    while part := content.read(CHUNK):
        running.update(part)
        target.write(part)
