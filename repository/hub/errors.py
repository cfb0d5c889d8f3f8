"""Refusals, retold in the headers that Hugging Face clients turn into their exceptions."""

from starlette.responses import JSONResponse, Response

from portal.core.errors import Full, Invalid, Refusal
from portal.core.http.edge import Unauthorized
from portal.core.http.errors import status_of, wait_of
from repository.selectors.access import NoSuchModel
from repository.selectors.files import NoSuchFile
from repository.selectors.revisions import NoRevisionYet, NoSuchRef, NoSuchRevision
from repository.services.commits import StaleParent

ERROR_CODES: dict[type[Refusal], str] = {
    NoSuchModel: "RepoNotFound",
    NoSuchRevision: "RevisionNotFound",
    NoSuchRef: "RevisionNotFound",
    NoRevisionYet: "RevisionNotFound",
    NoSuchFile: "EntryNotFound",
    Full: "InsufficientStorage",
}
STATUS: dict[type[Refusal], int] = {StaleParent: 412, NoRevisionYet: 404, Invalid: 400}
"""Where clients expect another status than our API answers."""


class NotSupported(Invalid):
    code = "not_supported"


def answer_refusal(refusal: Refusal, *, anonymous: bool) -> Response:
    """Answer a refusal. Who did not sign in learns nothing but that signing in may help."""
    other = (status for kind, status in STATUS.items() if isinstance(refusal, kind))
    status = next(other, status_of(refusal))
    if isinstance(refusal, NoSuchModel) and anonymous:
        status = 401
    if isinstance(refusal, NotSupported):
        status = 501
    error_code = next((name for kind, name in ERROR_CODES.items() if isinstance(refusal, kind)), "")
    response = error_answer(status, refusal.message, error_code, refusal.code)
    response.headers.update(wait_of(refusal))
    return response


def answer_unauthorized(refusal: Unauthorized) -> Response:
    if refusal.code == "wrong_token":
        # The one sentence by which clients know that the token, not the repository, is at fault.
        sentence = "Invalid credentials in Authorization header"
        return error_answer(401, sentence, "", refusal.code)
    return error_answer(refusal.status, str(refusal), "", refusal.code)


def error_answer(status: int, message: str, error_code: str = "", code: str = "") -> Response:
    headers = {"X-Error-Message": in_a_header(message)}
    if error_code:
        headers["X-Error-Code"] = error_code
    return JSONResponse({"error": message, "code": code}, status_code=status, headers=headers)


def in_a_header(text: str) -> str:
    """Headers hold one line of printable ASCII; the body says the same in full."""
    line = " ".join(text.split()).encode("ascii", "replace").decode()
    return "".join(letter if letter.isprintable() else "?" for letter in line)
