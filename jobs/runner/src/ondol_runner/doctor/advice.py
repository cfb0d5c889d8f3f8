"""What a fault on the way to the server means, and what a person can do about it."""

from __future__ import annotations

import http.client
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from ondol_runner.doctor.findings import Amiss

PATIENCE_S = 10.0
TUNNEL_STATUS = re.compile(r"Tunnel connection failed: (\d{3})")
# Of OpenSSL: not yet or no longer good; made out to another name or address.
OTHER_TIMES = frozenset({9, 10})
OTHER_NAMES = frozenset({62, 64})
PROXY_SIGN_IN = 407
# What answers a web server that is asked to be a proxy.
NO_PROXY_STATUSES = frozenset({400, 404, 405, 501})
UNITS = ((86400, "days"), (3600, "hours"), (60, "minutes"))

LET_THROUGH = (
    "Ask whoever runs the network to let this machine reach {host} without a sign-in page, or "
    "name their proxy in HTTPS_PROXY."
)


@contextmanager
def connect_faults(who: str, runs: str = "Ondol") -> Iterator[None]:
    """Turn a connection that was not made to what runs there into advice."""
    try:
        yield
    except ConnectionRefusedError as error:
        raise Amiss(
            f"{who} refuses connections.",
            f"Nothing listens there: check the port in the address, and whether {runs} runs.",
        ) from error
    except (TimeoutError, OSError) as error:
        raise Amiss(
            f"{who} cannot be reached: {told(error)}.",
            "A firewall drops the connection, or the machine is off: ask whoever runs the network "
            "to let this machine out to that address and port.",
        ) from error


@contextmanager
def proxy_faults(proxy: str, host: str) -> Iterator[None]:
    try:
        with connect_faults(f"The proxy {proxy}", "the proxy"):
            try:
                yield
            except http.client.HTTPException as error:
                raise _no_proxy(proxy) from error
            except OSError as error:
                status = TUNNEL_STATUS.match(str(error))
                if status is None:
                    raise
                raise _tunnel_refused(proxy, host, int(status[1])) from error
    except Amiss as amiss:
        exempt = f"Where {host} is inside the network, add it to NO_PROXY."
        raise Amiss(amiss.text, f"{amiss.cure} {exempt}") from amiss


def _no_proxy(proxy: str, status: str = "") -> Amiss:
    return Amiss(
        f"What answers at {proxy} is no proxy{status}.", "Check the address in HTTPS_PROXY."
    )


def _tunnel_refused(proxy: str, host: str, status: int) -> Amiss:
    if status == PROXY_SIGN_IN:
        return Amiss(
            f"The proxy {proxy} wants a sign-in ({status}).",
            "Name it as http://user:password@host:port in HTTPS_PROXY.",
        )
    if status in NO_PROXY_STATUSES:
        return _no_proxy(proxy, f" ({status})")
    return Amiss(
        f"The proxy {proxy} does not let this machine through to {host} ({status}).",
        f"Ask whoever runs the proxy to allow {host}.",
    )


@contextmanager
def tls_faults(host: str) -> Iterator[None]:
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise Amiss(
            f"The certificate of {host} is not trusted: {error.verify_message.rstrip('.')}.",
            _certificate_cure(error.verify_code),
        ) from error
    except OSError as error:
        raise Amiss(
            f"{host} does not answer in TLS: {told(error)}.",
            "Check that the port is the https one; otherwise something between answers in its "
            "place. " + LET_THROUGH.format(host=host),
        ) from error


def _certificate_cure(code: int) -> str:
    if code in OTHER_TIMES:
        return "Check this machine's clock with 'date'; if it is right, the server needs a new one."
    if code in OTHER_NAMES:
        return "Enroll with the name that the certificate is made out to."
    return (
        "Where a company signs its own certificates or opens TLS on the way, get its CA file and "
        "enroll with --ca-file FILE."
    )


def told(error: BaseException) -> str:
    """Say in words what a socket or TLS fault was."""
    if isinstance(error, TimeoutError):
        return f"no answer within {PATIENCE_S:.0f} seconds"
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.replace("_", " ").lower()
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


def spell(seconds: float) -> str:
    for size, unit in UNITS:
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} seconds"
