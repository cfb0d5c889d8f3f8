"""The way in for Xet clients: a content store that takes chunks and gives none back.

Each token request opens a store of its own under an address of its own. A client remembers what it
sent to an address and never sends it there again; an address that is never used twice lets us
forget the chunks as soon as the files are whole.
"""

import re
import secrets
import time
from pathlib import Path
from typing import Any

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from portal.accounts.selectors.people import get_active_user
from portal.core.errors import Invalid
from portal.core.http.edge import Unauthorized, in_database
from portal.core.http.streams import receive_into
from repository.hub.asking import Ask, public
from repository.hub.capabilities import sign, unsign
from repository.hub.errors import error_answer
from repository.models.blob import SHA256
from repository.services.uploads import check_size
from repository.services.xet import SHARD_BYTES, XORB_BYTES, receive_shard, session_folder
from repository.types import Need

TOKEN_S = 900
STORE_S = 24 * 3600


class WrongXorbName(Invalid):
    code = "wrong_xorb_name"


def write_token(ask: Ask) -> Response:
    """Open a store for one upload to one model."""
    ai_model = ask.ai_model(Need.WRITE)
    owner = ai_model.namespace.slug
    who = {"user": ask.writer().pk, "model": ai_model.pk, "owner": owner}
    store = sign("cas", {**who, "session": secrets.token_hex(16)})
    expires = int(time.time()) + TOKEN_S
    return JSONResponse(
        {"casUrl": public(f"/cas/{store}"), "accessToken": sign("xet", who), "exp": expires}
    )


async def no_chunk(_: Request) -> Response:
    """Say that no chunk is known: nobody learns what others have uploaded."""
    return error_answer(404, "There is nothing to reuse.")


async def put_xorb(request: Request) -> Response:
    """Keep chunks until the shard says what they are for."""
    store = _store_of(request)
    name = request.path_params["name"]
    if not re.fullmatch(SHA256.regex, name):
        raise WrongXorbName("A xorb is named by 64 hex digits.")
    size = int(request.headers.get("Content-Length", "0"))
    if size > XORB_BYTES:
        return error_answer(413, f"A xorb has at most {XORB_BYTES} bytes.")
    check_size("chunks", size)
    folder = session_folder(store["session"])
    target = folder / name
    inserted = not target.exists()
    await _receive(request, target, XORB_BYTES)
    return JSONResponse({"was_inserted": inserted})


async def put_shard(request: Request) -> Response:
    """Put the files of a shard together; when this answers they can be committed."""
    store = _store_of(request)
    shard = session_folder(store["session"]) / f"shard-{secrets.token_hex(8)}"
    await _receive(request, shard, SHARD_BYTES)
    await in_database(_take, store, shard)
    return JSONResponse({"result": 1})


def _take(store: dict[str, Any], shard: Path) -> None:
    user = get_active_user(store["user"])
    try:
        receive_shard(user, store["owner"], store["session"], shard)
    finally:
        shard.unlink(missing_ok=True)


async def _receive(request: Request, target: Path, most: int) -> None:
    """Write a body aside and give it its name when it is whole."""
    scratch = target.with_name(f"{target.name}.{secrets.token_hex(4)}")
    try:
        with scratch.open("wb") as part:
            await receive_into(request, part, most=most)
        await anyio.to_thread.run_sync(scratch.replace, target)
    finally:
        scratch.unlink(missing_ok=True)


def _store_of(request: Request) -> dict[str, Any]:
    """Return the store of the address, for who holds a token of the same person and model.

    A client renews its token during a long upload and stays at the address it began with.
    """
    store = unsign("cas", request.path_params["store"], max_age_s=STORE_S)
    kind, _, word = request.headers.get("Authorization", "").partition(" ")
    token = unsign("xet", word if kind.lower() == "bearer" else "", max_age_s=TOKEN_S)
    if (token["user"], token["model"]) != (store["user"], store["model"]):
        raise Unauthorized("This token is for another upload.", code="wrong_capability", status=403)
    return store
