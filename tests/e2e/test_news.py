"""Being told: the bell of the portal, and an address of one's own."""

import hashlib
import hmac
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from ondol.client import Client
from playwright.sync_api import Browser, Page, expect

from tests.e2e.axe import broken_rules
from tests.e2e.house import Product, open_window
from tests.e2e.tour import write_network

MODEL = "admin/bell-ringer"
SENT_MS = 15_000
JOB_MS = 90_000


@dataclass
class Receiver:
    """Somebody's chat room: it answers as it is told, and keeps what it was sent."""

    port: int = 0
    status: int = 204
    calls: list[tuple[str, bytes]] = field(default_factory=list)

    def proves(self, secret: str) -> bool:
        """Say whether the last message was signed with the secret."""
        signature, body = self.calls[-1]
        at, _, given = signature.removeprefix("t=").partition(",v1=")
        made = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256)
        return hmac.compare_digest(made.hexdigest(), given)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    kept = Receiver()

    class Room(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.calls.append((self.headers["Ondol-Webhook-Signature"], body))
            self.send_response(kept.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Room) as room:
        kept.port = room.server_port
        threading.Thread(target=room.serve_forever, args=(0.02,), daemon=True).start()
        yield kept
        room.shutdown()


def make_webhook(page: Page, receiver: Receiver) -> str:
    """Make a webhook in the portal and return the secret that it shows once."""
    page.goto("/settings/webhooks")
    page.get_by_role("button", name="New webhook").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Address").fill(f"http://localhost:{receiver.port}/hook")
    assert broken_rules(page) == []
    dialog.get_by_role("button", name="Make the webhook").click()
    secret = dialog.locator("code").inner_text()
    dialog.get_by_role("button", name="Close").last.click()
    return secret


def convert(product: Product, folder: Path) -> None:
    network = folder / "model.onnx"
    write_network(network)
    token = product.once("create_token", "admin", "--scope", "write").splitlines()[-1]
    about = {"service_type": "image-classification", "summary": "Rings.", "license": "MIT"}
    with Client(product.url, token) as client:
        client.push(MODEL, {"model.onnx": network}, register=about)
        client.convert(MODEL, "openvino:fp32")


@pytest.mark.browser
def test_a_person_and_their_chat_room_are_told_that_a_job_ended(
    browser: Browser, product: Product, receiver: Receiver, tmp_path: Path
) -> None:
    page = open_window(
        browser, product, window="desktop", theme="light", locale="en", bypass_csp=True
    )
    secret = make_webhook(page, receiver)
    receiver.status = 500
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_text("Answered 500.")).to_be_visible(timeout=SENT_MS)
    receiver.status = 204
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_text("Answered 204.")).to_be_visible(timeout=SENT_MS)
    assert receiver.proves(secret)

    bell = page.get_by_role("link", name="Notices")
    before = bell.get_attribute("aria-label") or ""
    convert(product, tmp_path)
    # The page lies still: what it shows next came by the stream.
    expect(bell).not_to_have_attribute("aria-label", before, timeout=JOB_MS)
    bell.click()
    expect(page.get_by_role("link", name=f"Conversion of {MODEL}")).to_be_visible()
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.get_by_role("link", name="Notices, 0 unread")).to_be_visible()

    page.goto("/settings/webhooks")
    page.get_by_role("link", name=f"localhost:{receiver.port}").click()
    expect(page.get_by_text("Job ended")).to_be_visible()
    delete_webhook(page, f"localhost:{receiver.port}")
    expect(page.get_by_text("No webhooks yet")).to_be_visible()


def delete_webhook(page: Page, host: str) -> None:
    assert broken_rules(page) == []
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("paused", exact=True)).to_be_visible()
    page.get_by_role("button", name="Delete the webhook").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("to confirm").fill(host)
    dialog.get_by_role("button", name="Delete the webhook").click()
