"""The headers of tus 1.0, read and written."""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from portal.core.errors import Invalid, invalid_field
from repository.models import UploadSession

VERSION = "1.0.0"
MEDIA_TYPE = "application/offset+octet-stream"
ALGORITHMS = ("sha256", "sha1", "md5")
MOST_DIGITS = 18  # A number of bytes fits a signed 64-bit one.
ALWAYS = {"Tus-Resumable": VERSION, "Cache-Control": "no-store"}
ABILITIES = {
    "Tus-Version": VERSION,
    "Tus-Extension": "creation,checksum,expiration,termination",
    "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
}


class WrongMediaType(Invalid):
    code = "wrong_media_type"


class UnknownAlgorithm(Invalid):
    code = "unknown_algorithm"


@dataclass(frozen=True)
class Checksum:
    """What the body of one request must hash to."""

    algorithm: str
    digest: bytes

    def start(self) -> Any:
        # tus names SHA-1 and MD5; they guard against a bad line here, not against people.
        return hashlib.new(self.algorithm, usedforsecurity=False)


def read_number(request: Request, header: str) -> int:
    text = request.headers.get(header, "")
    if not text.isascii() or not text.isdigit() or len(text) > MOST_DIGITS:
        raise invalid_field(header, f"The header {header} must be a number of bytes.")
    return int(text)


def read_metadata(request: Request) -> dict[str, str]:
    """Read `key base64,key base64`."""
    found = {}
    for pair in request.headers.get("Upload-Metadata", "").split(","):
        key, _, value = pair.strip().partition(" ")
        try:
            found[key] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise invalid_field(
                "Upload-Metadata", f"The value of '{key}' is not base64."
            ) from error
    return found


def read_checksum(request: Request) -> Checksum | None:
    """Read `algorithm base64`, of one the server offers."""
    header = request.headers.get("Upload-Checksum")
    if header is None:
        return None
    algorithm, _, text = header.strip().partition(" ")
    if algorithm not in ALGORITHMS:
        offered = ", ".join(ALGORITHMS)
        raise UnknownAlgorithm(f"'{algorithm}' is not known. Use one of: {offered}.")
    try:
        return Checksum(algorithm, base64.b64decode(text, validate=True))
    except binascii.Error as error:
        raise invalid_field("Upload-Checksum", "The checksum is not base64.") from error


def check_media_type(request: Request) -> None:
    if request.headers.get("Content-Type") != MEDIA_TYPE:
        raise WrongMediaType(f"Send the bytes as {MEDIA_TYPE}.")


def expiry_of(upload: UploadSession) -> dict[str, str]:
    return {"Upload-Expires": upload.expires_at.strftime("%a, %d %b %Y %H:%M:%S GMT")}
