"""Bytes of users at an address of their own, where no cookie of the portal is."""

from django.core import signing
from starlette.requests import Request
from starlette.responses import Response

from portal.core.errors import Forbidden
from portal.core.http.edge import in_database
from repository.blobs.delivery import give_out, read_word
from repository.blobs.store import blob_store
from repository.selectors.files import NoSuchFile


class WrongAddress(Forbidden):
    code = "wrong_address"


async def send_bytes(request: Request) -> Response:
    """Answer GET and HEAD of a signed address; who got it may have the bytes, for its time."""
    word = request.url.path.split("/")[2]
    try:
        given = read_word(word)
    except signing.BadSignature as error:
        raise WrongAddress("This address is too old. Ask for the file again.") from error
    if not blob_store().exists(given[0]):
        raise NoSuchFile("These bytes are gone.")
    return await in_database(give_out, *given)
