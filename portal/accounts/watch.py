"""What stands around every endpoint and writes down whom it refused."""

import json
import re

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal.accounts.authentication import CALLER
from portal.accounts.services.denials import Denial, DenialLog
from portal.core.http.edge import in_database

UNKNOWN, FORBIDDEN, TOO_MANY = 401, 403, 429
BODY_BYTES = 4096
# Addresses of the Hugging Face edge may carry a signed word, which would let its reader in.
WORDS = re.compile(r"[^/]{65,}")


class DenialWatch:
    """An ASGI application that notes a refusal in the audit log before the caller hears it."""

    def __init__(self, app: ASGIApp, log: DenialLog) -> None:
        self._app = app
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Whoever recognizes the caller writes the name here: it is the same dictionary everywhere.
        scope = {**scope, CALLER: {}}
        status, body = 0, b""

        async def watched(message: Message) -> None:
            nonlocal status, body
            if message["type"] == "http.response.start":
                status = message["status"]
            elif status in {UNKNOWN, FORBIDDEN, TOO_MANY}:
                body += message.get("body", b"")[: BODY_BYTES - len(body)]
                if not message.get("more_body"):
                    await self._consider(scope, status, body)
            await send(message)

        await self._app(scope, receive, watched)

    async def _consider(self, scope: Scope, status: int, body: bytes) -> None:
        """Note a refusal, but not that somebody without any token was asked to sign in."""
        code = _code_of(body)
        if code == "second_factor_needed":
            return
        has_token = "authorization" in Headers(scope=scope)
        if status == UNKNOWN and not has_token and code != "wrong_login":
            return
        denial = Denial(
            actor_id=scope[CALLER].get("id"),
            status=status,
            code=code,
            method=scope["method"],
            path=WORDS.sub("…", scope["path"]),
            address=str((scope.get("client") or ("",))[0]),
        )
        await in_database(self._log.note, denial)


def _code_of(body: bytes) -> str:
    """Return the code of a refusal in the API's shape or the Hugging Face edge's."""
    try:
        return str(json.loads(body).get("code", ""))[:60]
    except (ValueError, AttributeError):
        return ""
