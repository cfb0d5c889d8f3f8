"""The held claim of a runner: no thread and no database connection while it waits."""

import json
import time

from django.conf import settings
from ondol_runner.protocol import ClaimRequest, ProtocolError, decode, encode
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from jobs.models import Runner
from jobs.selectors.devices import find_runner
from jobs.services.dispatch import claim
from portal.accounts.edge import peer_of
from portal.accounts.services.entering import try_secret
from portal.core.errors import Invalid
from portal.core.http.edge import Unauthorized, in_database
from portal.core.wakeups import sleep_until, sleepers

LARGEST_BODY = 64 * 1024
LOOK_AGAIN_S = 5.0


class WrongMessage(Invalid):
    code = "wrong_message"


async def hold_claim(request: Request) -> Response:
    """Answer with a grant as soon as there is one, or with 204 when the wait is over."""
    runner = await in_database(_runner, request)
    wanted = await _read(request)
    until = time.monotonic() + min(max(wanted.wait_s, 0), settings.ENV.claim_wait_s)
    async with sleepers().watch(frozenset({f"runner:{runner.pk}"})) as woken:
        while True:
            grant = await in_database(claim, runner, wanted)
            if grant is not None:
                return JSONResponse(encode(grant))
            left = until - time.monotonic()
            if left <= 0 or await request.is_disconnected():
                return Response(status_code=204)
            # Looking costs, so without need there is none: while a runner with work sleeps, the
            # janitor wakes it every round.
            await sleep_until(woken, left if sleepers().hears else min(left, LOOK_AGAIN_S))


def _runner(request: Request) -> Runner:
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    secret = secret.strip() if kind.lower() == "bearer" else ""
    runner = try_secret(secret, peer_of(request.scope), find_runner)
    if runner is None:
        raise Unauthorized(
            "This runner is not connected. Enroll it again with a code from the portal.",
            code="wrong_runner",
        )
    return runner


async def _read(request: Request) -> ClaimRequest:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_BODY:
            raise WrongMessage(f"A claim has at most {LARGEST_BODY} bytes.")
    try:
        return decode(ClaimRequest, json.loads(body))
    except (ValueError, ProtocolError) as error:
        raise WrongMessage(f"This is no claim: {error}") from error
