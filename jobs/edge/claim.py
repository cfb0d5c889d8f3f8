"""The held claim of a runner: no thread and no database connection while it waits."""

import asyncio
import json
import time

from django.conf import settings
from ondol_runner.protocol import ClaimRequest, Grant, ProtocolError, decode, encode
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from jobs.edge.bearers import Stranger, secret_of
from jobs.models.device import topic_of
from jobs.selectors.devices import find_runner
from jobs.services.dispatch import claim
from jobs.services.messages import WrongMessage
from portal.accounts.edge import peer_of
from portal.accounts.services.entering import try_secret
from portal.accounts.tokens import digest_of
from portal.core.http.edge import in_database
from portal.core.http.streams import receive
from portal.core.wakeups import sleep_until, sleepers

LARGEST_BODY = 64 * 1024
LOOK_AGAIN_S = 5.0


async def hold_claim(request: Request) -> Response:
    """Answer with a grant as soon as there is one, or with 204 when the wait is over."""
    secret = secret_of(request.scope)
    message = await receive(request, most=LARGEST_BODY)
    try:
        grant = await _wait_for_work(request, secret, message)
    except asyncio.CancelledError:
        # This process is to end: who asks again is answered by the next one.
        grant = None
    return Response(status_code=204) if grant is None else JSONResponse(encode(grant))


async def _wait_for_work(request: Request, secret: str, message: bytes) -> Grant | None:
    began = time.monotonic()
    # Who asks is looked up with each look, in one go: a connection is the dearest part of it.
    async with sleepers().watch(frozenset({topic_of(digest_of(secret))})) as woken:
        while True:
            grant, wait_s = await in_database(_look, peer_of(request.scope), secret, message)
            left = began + wait_s - time.monotonic()
            if grant is not None or left <= 0 or await request.is_disconnected():
                return grant
            # Looking costs, so without need there is none: while a runner with work sleeps, the
            # janitor wakes it every round.
            await sleep_until(woken, left if sleepers().hears else min(left, LOOK_AGAIN_S))


def _look(peer: str, secret: str, message: bytes) -> tuple[Grant | None, float]:
    """Return what there is for a runner, and how long it may be held; refuse a stranger first."""
    runner = try_secret(secret, peer, find_runner)
    if runner is None:
        raise Stranger
    try:
        wanted = decode(ClaimRequest, json.loads(message))
    except (ValueError, ProtocolError) as error:
        raise WrongMessage(f"This is no claim: {error}") from error
    return claim(runner, wanted), min(max(wanted.wait_s, 0), settings.ENV.claim_wait_s)
