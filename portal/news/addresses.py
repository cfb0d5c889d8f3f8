"""Where a webhook may go: the address behind its name, resolved once and held on to.

A name that answers with a public address when it is checked and with a private one when it is
called would lead into our own network, so the call goes to the very address that was checked.
"""

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
NAT64 = ipaddress.ip_network("64:ff9b::/96")
PORTS = {"http": 80, "https": 443}


class Unreachable(ValueError):
    """An address that nothing may or can be sent to; the sentence says why."""


@dataclass(frozen=True)
class Target:
    """One address to call, and the name that it is called by."""

    url: str
    host: str
    name: str


def find_target(url: str, *, private_allowed: bool) -> Target:
    """Resolve a URL to one address that may be called, or raise Unreachable."""
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS.get(parts.scheme)
    except ValueError as error:
        raise Unreachable("This is no URL.") from error
    if port is None or not parts.hostname or "@" in parts.netloc or not url.isascii():
        raise Unreachable(
            "Give a URL that begins with https:// or http://, in ASCII, without a password."
        )
    address = _resolve(parts.hostname, port, private_allowed=private_allowed)
    literal = f"[{address}]" if isinstance(address, ipaddress.IPv6Address) else str(address)
    path = parts.path or "/"
    query = f"?{parts.query}" if parts.query else ""
    host = parts.netloc
    return Target(f"{parts.scheme}://{literal}:{port}{path}{query}", host, parts.hostname)


def _resolve(name: str, port: int, *, private_allowed: bool) -> Address:
    try:
        rows = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"The name {name} cannot be resolved.") from error
    found = [ipaddress.ip_address(str(row[4][0]).partition("%")[0]) for row in rows]
    # One private address among public ones is refused too: nobody needs that by accident.
    if not private_allowed and not all(map(is_public, found)):
        raise Unreachable(
            f"{name} is an address of a private network. "
            "An administrator can allow those with ONDOL_WEBHOOK_PRIVATE."
        )
    return found[0]


def is_public(address: Address) -> bool:
    """Say whether an address, and what it may carry inside, belongs to the public internet."""
    inner: Address | None = None
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if inner is not None:
        return is_public(inner)
    return address.is_global and not address.is_multicast
