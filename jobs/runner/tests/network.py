"""Networks as companies have them: an authority of their own, and proxies of several moods."""

from __future__ import annotations

import datetime as dt
import ipaddress
import select
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from fake_portal import running

LOCAL = "127.0.0.1"
LOGIN_PAGE = b"<html><head><title>Guest network: sign in</title></head></html>"


class Authority:
    """A company's own authority, whose certificate lies in `ca_file`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Company CA")])
        basics = x509.BasicConstraints(ca=True, path_length=None)
        certificate = self._sign(self._name, self._key, basics, critical=True)
        self.ca_file = folder / "ca.pem"
        self.ca_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def server(self, *, name: str = "", days: tuple[int, int] = (-1, 1)) -> ssl.SSLContext:
        """Return what a server shows: made out to 127.0.0.1 or `name`, good from day to day."""
        key = ec.generate_private_key(ec.SECP256R1())
        made_out_to = x509.DNSName(name) if name else x509.IPAddress(ipaddress.ip_address(LOCAL))
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server")])
        certificate = self._sign(
            subject, key, x509.SubjectAlternativeName([made_out_to]), days=days
        )
        chain = self._folder / f"server-{name or LOCAL}-{days[1]}.pem"
        chain.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        return context

    def _sign(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        extension: x509.ExtensionType,
        *,
        critical: bool = False,
        days: tuple[int, int] = (-1, 1),
    ) -> x509.Certificate:
        now = dt.datetime.now(dt.timezone.utc)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + dt.timedelta(days=days[0]))
            .not_valid_after(now + dt.timedelta(days=days[1]))
            .add_extension(extension, critical=critical)
            .sign(self._key, hashes.SHA256())
        )


@contextmanager
def proxy(*, status: int = 200, page: bool = False) -> Iterator[str]:
    """Serve a proxy that tunnels, or refuses with a status, or answers with its own page."""

    class Handler(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            if status != 200:
                self.send_error(status)
                return
            host, _, port = self.path.partition(":")
            self.send_response(200)
            self.end_headers()
            if page:
                self.wfile.write(LOGIN_PAGE)
                return
            with socket.create_connection((host, int(port))) as there:
                _splice(self.connection, there)

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(LOGIN_PAGE)))
            self.end_headers()
            self.wfile.write(LOGIN_PAGE)

        def log_message(self, *_: object) -> None:
            """Keep the test's output to itself."""

    server = ThreadingHTTPServer((LOCAL, 0), Handler)
    server.daemon_threads = True
    with running(server):
        yield f"http://{LOCAL}:{server.server_address[1]}"


def _splice(here: socket.socket, there: socket.socket) -> None:
    while True:
        readable, _, _ = select.select([here, there], [], [], 10)
        for side in readable:
            piece = side.recv(65536)
            if not piece:
                return
            (there if side is here else here).sendall(piece)
