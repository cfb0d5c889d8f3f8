"""The road from here to the server, hop by hop, as the runner's own client takes it."""

from __future__ import annotations

import http.client
import json
import re
import socket
import time
import urllib.request
from email.utils import parsedate_to_datetime
from urllib.parse import SplitResult, unquote, urlsplit

import httpx

from ondol_runner.client import trusted
from ondol_runner.doctor.advice import (
    LET_THROUGH,
    PATIENCE_S,
    connect_faults,
    proxy_faults,
    spell,
    tls_faults,
    told,
)
from ondol_runner.doctor.findings import Amiss, Check, Minor
from ondol_runner.faults import Trouble
from ondol_runner.masking import clean

LARGEST_ANSWER = 64 * 1024
CLOCK_TOLERANCE_S = 120.0
READY_PATH = "/readyz"
PORTS = {"http": 80, "https": 443}
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)


def proxy_for(server: str) -> SplitResult | None:
    """Return the proxy that the environment names for a server, as the runner's client reads it."""
    transport = httpx.URL(server)
    if urllib.request.proxy_bypass(transport.host):
        return None
    proxies = urllib.request.getproxies()
    named = proxies.get(transport.scheme) or proxies.get("all")
    return urlsplit(named if "://" in named else f"http://{named}") if named else None


class Road:
    """Walks to one server; each hop needs the one before it."""

    def __init__(self, server: str, ca_file: str) -> None:
        self._server = urlsplit(server)
        self._host = self._server.hostname or ""
        self._port = self._server.port or PORTS[self._server.scheme]
        self._ca_file = ca_file
        self._proxy = proxy_for(server)
        self._connection = http.client.HTTPConnection(self._host, self._port, timeout=PATIENCE_S)
        self._date = ""
        self._asked_at = 0.0

    def hops(self) -> list[tuple[str, Check]]:
        return [
            ("dns", self._dns),
            ("proxy", self._through_proxy),
            ("tcp", self._tcp),
            ("tls", self._tls),
            ("http", self._http),
            ("clock", self._clock),
        ]

    def close(self) -> None:
        self._connection.close()

    def _dns(self) -> str:
        name = self._host if self._proxy is None else self._proxy.hostname or ""
        try:
            found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise Amiss(
                f"The name {name} leads nowhere: {told(error)}.",
                f"Check the spelling of {name}, and the name server in /etc/resolv.conf. Where "
                "only a proxy leads out of this network, name it in HTTPS_PROXY.",
            ) from error
        return f"{name} is {', '.join(sorted({str(entry[4][0]) for entry in found}))}"

    def _through_proxy(self) -> str:
        proxy = self._proxy
        if proxy is None:
            return f"none is set for {self._host}"
        shown = f"{proxy.hostname}:{proxy.port or PORTS['http']}"
        if proxy.scheme != "http":
            raise Amiss(
                f"The proxy {shown} is named as {proxy.scheme}://, which the runner cannot use.",
                "Name it in HTTPS_PROXY as http://host:port; what passes is encrypted even so.",
            )
        self._connection = http.client.HTTPConnection(
            proxy.hostname or "", proxy.port or PORTS["http"], timeout=PATIENCE_S
        )
        if self._server.scheme == "https":
            self._connection.set_tunnel(self._host, self._port, _sign_in(proxy))
        with proxy_faults(shown, self._host):
            self._connection.connect()
        return f"{shown} lets this machine through to {self._host}"

    def _tcp(self) -> str:
        if self._proxy is not None:
            return "by the proxy"
        with connect_faults(f"{self._host}:{self._port}"):
            self._connection.connect()
        return f"{self._host}:{self._port} answers"

    def _tls(self) -> str:
        if self._server.scheme == "http":
            if self._host in LOOPBACK:
                return "none is needed within this machine"
            raise Minor(
                "The address begins with http://: whoever is on the way can read the credential.",
                "Have the server answer by https:// and enroll again with that address.",
            )
        try:
            context = trusted(self._ca_file)
        except Trouble as trouble:
            raise Amiss(str(trouble), "Enroll again with the file's right place.") from trouble
        with tls_faults(self._host):
            connected = context.wrap_socket(self._connection.sock, server_hostname=self._host)
        self._connection.sock = connected
        return f"{connected.version()}, a certificate that this machine trusts"

    def _http(self) -> str:
        plain_proxy = self._proxy is not None and self._server.scheme == "http"
        path = self._server.path.rstrip("/") + READY_PATH
        target = f"http://{self._host}:{self._port}{path}" if plain_proxy else path
        headers = {"User-Agent": "ondol-runner-doctor", "Connection": "close"}
        if plain_proxy and self._proxy is not None:
            headers |= _sign_in(self._proxy)
        try:
            self._connection.request("GET", target, headers=headers)
            reply = self._connection.getresponse()
            body = reply.read(LARGEST_ANSWER)
        except (OSError, http.client.HTTPException) as error:
            raise Amiss(
                f"No answer to a call came back: {told(error)}.",
                f"See whether Ondol runs at {self._server.geturl()}, and what a firewall between "
                "does with longer answers.",
            ) from error
        self._date, self._asked_at = reply.headers.get("Date", ""), time.time()
        location = reply.headers.get("Location", "")
        if location:
            raise Amiss(
                f"The server sends callers on to {clean(location)}.",
                "Enroll with the address that it names; if that is a sign-in page, "
                + LET_THROUGH.format(host=self._host),
            )
        return self._read_answer(reply.status, body)

    def _read_answer(self, status: int, body: bytes) -> str:
        text = body.decode("utf-8", "replace")
        try:
            told = json.loads(text)
        except ValueError:
            told = None
        if not isinstance(told, dict) or not isinstance(told.get("status"), str):
            title = TITLE.search(text)
            named = f', a page with the title "{clean(title[1].strip())[:80]}"' if title else ""
            raise Amiss(
                f"Not Ondol but something before it answered {status}{named}.",
                LET_THROUGH.format(host=self._host),
            )
        if status != http.client.OK:
            raise Amiss(
                f"The server is there but cannot work: {clean(told['status'])[:80]}.",
                "Tell the administrator of Ondol; the runner goes on by itself afterwards.",
            )
        return "the answer is Ondol's"

    def _clock(self) -> str:
        try:
            theirs = parsedate_to_datetime(self._date).timestamp()
        except (ValueError, TypeError) as error:
            raise Minor(
                "The server does not tell its time, so the clocks cannot be compared.",
                "Check this machine's clock yourself.",
            ) from error
        skew_s = self._asked_at - theirs
        if abs(skew_s) > CLOCK_TOLERANCE_S:
            way = "ahead of" if skew_s > 0 else "behind"
            raise Amiss(
                f"This machine's clock is {spell(abs(skew_s))} {way} the server's.",
                "Set it: 'timedatectl set-ntp true', or 'date' where there is no network time.",
            )
        return f"within {max(1, round(abs(skew_s)))} s of the server's"


def _sign_in(proxy: SplitResult) -> dict[str, str]:
    """Return the header for a proxy whose address has a name and a password in it."""
    if proxy.username is None:
        return {}
    basic = httpx.BasicAuth(unquote(proxy.username), unquote(proxy.password or ""))
    request = next(basic.auth_flow(httpx.Request("GET", "http://proxy")))
    return {"Proxy-Authorization": request.headers["Authorization"]}
