"""Netron, served so that it can be shown beside us: no network, no cookies, no way to our page.

As it comes it asks where its reader lives, reports what is opened, and after 180 days shows an
"update" in place of the model. `host.js` starts it without those parts, and the policy of the page
would let none of them out. The sandbox gives it an origin of its own, so a model file that found a
hole in Netron would still be nobody: it holds no session and cannot reach the frame around it.
"""

from importlib.util import find_spec
from pathlib import Path

from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.types import ASGIApp

from portal.core.http.edge import edge
from repository.selectors.files import NoSuchFile
from repository.services.raw_views import NETRON, NETRON_VERSION, NOTICE

SANDBOX = "allow-scripts allow-downloads"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; connect-src 'self'; worker-src data:; base-uri 'none'; "
    f"form-action 'none'; frame-ancestors 'self'; sandbox {SANDBOX}"
)
"""Netron sets styles on elements and writes markup, so styles are free and there are no Trusted
Types; scripts are those of this server alone."""
_OURS = Path(__file__).parent
_SHOWN = frozenset({".js", ".json", ".css", ".png", ".ico"})
# The sandbox has no origin, so to it these files are another site's. They are no secret.
_OPEN = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
_KEPT = {**_OPEN, "Cache-Control": "public, max-age=31536000, immutable"}
_ASKED = {**_OPEN, "Cache-Control": "no-cache"}
_CHANGES = {
    # Asked for openly, its rules may be read: `host.js` chooses the theme.
    'href="grapher.css">': 'href="grapher.css" crossorigin>',
    '<script type="text/javascript" src="index.js"></script>': (
        '<script type="module" src="host.js"></script>'
    ),
    # Theirs would forbid the worker; ours stands in the header.
    'http-equiv="Content-Security-Policy"': 'name="former-policy"',
}


def _folder() -> Path:
    spec = find_spec("netron")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("netron is in requirements.lock, but not installed.")
    return Path(spec.origin).parent


_THEIRS = _folder()
_FILES = {path.name: path for path in _THEIRS.iterdir() if path.suffix in _SHOWN}


def page() -> str:
    """Return Netron's page as we start it. Raises `LookupError` where a new version is another."""
    text = (_THEIRS / "index.html").read_text("utf-8")
    for theirs, ours in _CHANGES.items():
        if theirs not in text:
            raise LookupError(f"Netron {NETRON_VERSION} has no {theirs}")
        text = text.replace(theirs, ours)
    return text


async def show(request: Request) -> Response:
    """Give out the page, our two files, or one that Netron brings."""
    name = request.url.path.removeprefix(NETRON)
    if name == "":
        headers = {**_ASKED, "Content-Security-Policy": POLICY, "X-Frame-Options": "SAMEORIGIN"}
        return HTMLResponse(page(), headers=headers)
    if name == NOTICE:
        return FileResponse(_OURS / name, media_type="text/plain; charset=utf-8", headers=_ASKED)
    if name == "host.js":
        return FileResponse(_OURS / name, headers=_ASKED)
    if name not in _FILES:
        raise NoSuchFile(f"Netron {NETRON_VERSION} has no such file.")
    return FileResponse(_FILES[name], headers=_KEPT)


netron: ASGIApp = GZipMiddleware(edge(show), compresslevel=6)
