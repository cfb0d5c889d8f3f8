"""One server and one token: requests, pages, errors as exceptions."""

import time
from collections.abc import Iterator
from typing import Any

import httpx

from ondol.errors import OndolError

API = "/api/v1"
TRIES = 6
FIRST_WAIT_S = 0.5
BUSY = frozenset({429, 502, 503, 504})
CHUNK = 2**20
SAFE = frozenset({"GET", "HEAD"})


class Server:
    """Speaks HTTP for everything else. Safe calls are repeated while the network is away."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url.rstrip("/")
        self._http = httpx.Client(
            base_url=self.url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(60, connect=10),
            follow_redirects=True,
        )

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, **params: Any) -> Any:
        return self.call("GET", path, params=params).json()

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        return self.call("POST", path, json=body or {}).json()

    def patch(self, path: str, body: dict[str, Any]) -> Any:
        return self.call("PATCH", path, json=body).json()

    def find(self, path: str) -> Any | None:
        """Return what is there, or nothing."""
        try:
            return self.get(path)
        except OndolError as error:
            if error.status == httpx.codes.NOT_FOUND:
                return None
            raise

    def pages(self, path: str, **params: Any) -> Iterator[dict[str, Any]]:
        """Yield the rows of every page of a list."""
        cursor = None
        while True:
            page = self.get(path, **params, **({"cursor": cursor} if cursor else {}))
            yield from page["results"]
            cursor = page.get("next")
            if not cursor:
                return

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send one request under the API's root; raise OndolError unless it succeeded."""
        for attempt in range(TRIES):
            last = attempt == TRIES - 1 or method not in SAFE
            try:
                answer = self._http.request(method, API + path, **options)
            except httpx.TransportError as error:
                if last:
                    raise OndolError(
                        f"{self.url} cannot be reached: {error}. Is the address right?",
                        code="unreachable",
                    ) from error
            else:
                if last or answer.status_code not in BUSY:
                    return _checked(answer)
            time.sleep(FIRST_WAIT_S * 2**attempt)
        raise AssertionError("the last try returns or raises")

    def stream(self, path: str, **params: Any) -> Iterator[bytes]:
        """Yield the body of an answer that may be longer than memory."""
        with self._http.stream("GET", API + path, params=params) as answer:
            if not answer.is_success:
                answer.read()
            _checked(answer)
            try:
                yield from answer.iter_raw(CHUNK)
            except httpx.TransportError as error:
                raise OndolError(
                    f"The connection was cut: {error}. Try again.", code="cut"
                ) from error

    def read_range(self, path: str, first: int, last: int) -> bytes:
        """Return the bytes `first` to `last`, both included."""
        answer = self.call("GET", path, headers={"Range": f"bytes={first}-{last}"})
        whole = answer.status_code == httpx.codes.OK and first == 0
        if answer.status_code != httpx.codes.PARTIAL_CONTENT and not whole:
            raise OndolError(f"{path} does not come in ranges.", code="no_ranges")
        return answer.content


def _checked(answer: httpx.Response) -> httpx.Response:
    if answer.is_success:
        return answer
    try:
        said = answer.json()
        code, message = str(said["code"]), str(said["message"])
    except (ValueError, KeyError, TypeError):
        # A proxy in between answers with a page of its own.
        code, message = "no_api", f"{answer.url.host} answered {answer.status_code}."
    raise OndolError(message, code=code, status=answer.status_code)
