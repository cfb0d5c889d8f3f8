"""What every call of the Hugging Face edge brings along, read once and passed to plain functions.

An endpoint is a function from `Ask` to an answer. It runs in a thread, because it uses the
database; the event loop only reads the body.
"""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, unquote

from django.conf import settings
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from portal.accounts.edge import peer_of, token_of
from portal.accounts.models import ApiToken, User
from portal.accounts.scopes import check_scope, check_writes
from portal.core.errors import Invalid
from portal.core.http.edge import Unauthorized, in_database
from repository.hub.revisions import Snapshot, find_snapshot
from repository.models import AiModel
from repository.selectors.access import get_model_once_called
from repository.types import Need

BODY_BYTES = 4 * 2**20


class BodyTooLarge(Invalid):
    code = "body_too_large"


class NotJson(Invalid):
    code = "not_json"


@dataclass(frozen=True)
class Ask:
    """One call: who asks, about what, with which words."""

    token: ApiToken | None
    address: str
    place: Mapping[str, str]
    """The parts of the path, each decoded after the path was cut: a revision may hold a slash."""
    path: str
    """The path below `/hf` as it was sent, for addresses of further pages."""
    query: QueryParams
    headers: Mapping[str, str]
    body: Mapping[str, Any]

    @property
    def user(self) -> User | None:
        return self.token.user if self.token else None

    @property
    def takes_names_only(self) -> bool:
        """Say whether the client is older than 1.2: those cannot read an address below a path.

        It finds owner and name in `owner/name` as in a whole address, so it is given that.
        """
        return re.search(r"\bhf_hub/(0|1\.[01])\.", self.headers.get("user-agent", "")) is not None

    def address_of(self, repo: str) -> str:
        """Return the address of a model as the client can read it."""
        return repo if self.takes_names_only else public(f"/{repo}")

    def person(self) -> User:
        """Return who asks, or refuse nobody."""
        if self.user is None:
            raise Unauthorized("Sign in first: hf auth login.", code="not_authenticated")
        return self.user

    def writer(self) -> User:
        """Return who asks with a token that may change things."""
        user = self.person()
        if self.token is not None:
            check_writes(self.token)
        return user

    def ai_model(self, need: Need = Need.READ) -> AiModel:
        """Return the model of the path, by the one door. Names are lower-case here."""
        if need != Need.READ:
            self.writer()
        return get_model_once_called(
            self.user, self.place["owner"].lower(), self.place["name"].lower(), need
        )

    @cached_property
    def snapshot(self) -> Snapshot:
        """Return the revision of the path, of a model that the caller may read."""
        return find_snapshot(self.ai_model(), self.place.get("rev", "main"))


Answering = Callable[[Ask], Response]
Endpoint = Callable[[Request], Awaitable[Response]]


def answers(work: Answering) -> Endpoint:
    """Make an endpoint of a function that reads a small body and uses the database."""

    async def endpoint(request: Request) -> Response:
        body = await _read_body(request)
        return await in_database(lambda: work(make_ask(request, body)))

    return endpoint


def make_ask(request: Request, body: Mapping[str, Any]) -> Ask:
    """Find out who asks. Uses the database."""
    token = token_of(request.scope)
    if token is None and not settings.ENV.anonymous_read:
        raise Unauthorized("Sign in first: hf auth login.", code="not_authenticated")
    if token is not None:
        # What only reads may be a POST here; `writer` looks at what changes something.
        check_scope(token, "GET", request.url.path)
    # What refuses later must know whether anybody was there.
    request.scope["hub.anonymous"] = token is None
    place = {name: unquote(part) for name, part in request.path_params.items()}
    address = peer_of(request.scope)
    return Ask(
        token, address, place, request.scope["path"], request.query_params, request.headers, body
    )


async def _read_body(request: Request) -> Mapping[str, Any]:
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > BODY_BYTES:
            raise BodyTooLarge(f"The body of this call is at most {BODY_BYTES} bytes.")
    if not content:
        return {}
    if request.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
        return dict(parse_qs(content.decode("utf-8", "replace")))
    return read_object(bytes(content))


def read_object(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotJson("The body is not JSON.") from error
    if not isinstance(found, dict):
        raise NotJson("A JSON object is expected.")
    return found


def text_of(body: Mapping[str, Any], field: str, default: str = "") -> str:
    """Return a field that has to be text, empty where it is missing or null."""
    found = body.get(field)
    if found is None:
        return default
    if not isinstance(found, str):
        raise NotJson(f"The field `{field}` has to be text.")
    return found


def list_of(body: Mapping[str, Any], field: str) -> list[Any]:
    found = body.get(field)
    if found is None:
        return []
    return found if isinstance(found, list) else [found]


def objects_of(body: Mapping[str, Any], field: str) -> list[dict[str, Any]]:
    found = list_of(body, field)
    if any(not isinstance(item, dict) for item in found):
        raise NotJson(f"The field `{field}` has to be a list of objects.")
    return found


def public(path: str) -> str:
    """Return an absolute address below `/hf`: clients do not follow relative ones."""
    return f"{settings.ENV.public_url.rstrip('/')}/hf{path}"
