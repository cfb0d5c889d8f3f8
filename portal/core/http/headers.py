"""What every answer tells the browser: load nothing but ours, guess nothing, frame nothing.

The endpoints in front of Django never see its middleware, so this stands around them all.
"""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; manifest-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-src 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types vue ondol default"
)
"""For pages of ours. `vue` is Vue's own policy, `ondol` that of the portal's coloured code, and
`default` lets charts empty their box. The one page that may stand in a frame is Netron's."""
NO_PAGE = "default-src 'none'; frame-ancestors 'none'; sandbox"
"""For every other answer: were it taken for a page, it could do nothing."""
FOR_ALL = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class SafeHeaders:
    """An ASGI application whose answers say these headers, unless the answer says its own."""

    def __init__(self, app: ASGIApp, *, hsts_s: int = 0, pictures: str = "") -> None:
        """Take how long browsers insist on https, and where pictures of users come from."""
        self._app = app
        self._policy = POLICY.replace("img-src 'self'", f"img-src 'self' {pictures}".rstrip())
        self._headers = dict(FOR_ALL)
        if hsts_s:
            self._headers["Strict-Transport-Security"] = f"max-age={hsts_s}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                # Django writes names in capitals, Starlette finds those in small letters.
                message["headers"] = [(name.lower(), said) for name, said in message["headers"]]
                headers = MutableHeaders(raw=message["headers"])
                is_page = headers.get("Content-Type", "").startswith("text/html")
                policy = {"Content-Security-Policy": self._policy if is_page else NO_PAGE}
                # What depends on who asks is kept by nobody.
                kept = {"Cache-Control": "no-store"}
                for name, value in {**self._headers, **policy, **kept}.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, dressed)
