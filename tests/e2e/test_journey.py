"""One journey of a model developer: register by the form, find it, convert it, see the number."""

import hashlib
import re
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.house import PASSWORD, Product
from tests.services import ROOT

SHOTS = ROOT / "build" / "screenshots"
README = """---
license: apache-2.0
language: [ko, en]
---
# Gate counter

Counts what passes a gate.

| Input | Shape |
|---|---|
| image | 1x3x32x32 |
"""
JOB_MS = 90_000
MOST_STOPS = 60
PAGES = ["/", "/models", "/models/new", "/models/admin/gate-counter", "/jobs", "/devices"]
PAGES += ["/people", "/people/teams", "/people/system", "/settings"]
PAGES += ["/settings/webhooks", "/notices", "/benchmarks"]


def gate_counter(folder: Path) -> list[Path]:
    """Write a small convolutional network as ONNX, with its README."""
    random = np.random.default_rng(3)

    def weight(name: str, *shape: int) -> onnx.TensorProto:
        values = random.normal(0, 0.3, shape).astype(np.float32)
        return numpy_helper.from_array(values, name)

    nodes = [
        helper.make_node("Conv", ["image", "w1"], ["c1"], strides=[2, 2], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c1"], ["r1"]),
        helper.make_node("GlobalAveragePool", ["r1"], ["pool"]),
        helper.make_node("Flatten", ["pool"], ["flat"]),
        helper.make_node("Gemm", ["flat", "w2"], ["logits"], transB=1),
    ]
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 3, 32, 32])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 4])
    weights = [weight("w1", 16, 3, 3, 3), weight("w2", 4, 16)]
    graph = helper.make_graph(nodes, "gate", [image], [logits], weights)
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=9), folder / "gate.onnx")
    (folder / "README.md").write_text(README)
    return [folder / "gate.onnx", folder / "README.md"]


def shoot(page: Page, name: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.wait_for_timeout(300)
    page.screenshot(path=SHOTS / f"{name}.png", full_page=True)


@pytest.fixture
def page(browser: Browser, product: Product) -> Page:
    """Open a page in English that collects every complaint of the console."""
    context = browser.new_context(base_url=product.url, viewport={"width": 1440, "height": 900})
    context.add_init_script("localStorage.setItem('ondol.locale', 'en')")
    return context.new_page()


@pytest.mark.browser
def test_a_developer_registers_converts_and_measures_a_model(
    page: Page, product: Product, tmp_path: Path
) -> None:
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "request",
        lambda request: (
            complaints.append(request.url)
            if not request.url.startswith((product.url, "data:", "blob:"))
            else None
        ),
    )

    sign_in(page)
    register(page, gate_counter(tmp_path))
    find(page)
    convert(page)
    measure(page)
    choose_device(page)
    download(page, tmp_path)
    switch(page)

    assert complaints == []


def sign_in(page: Page) -> None:
    page.goto("/jobs")
    expect(page).to_have_url(re.compile("/login"))
    page.goto("/")
    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("User name").fill("admin")
    page.get_by_role("textbox", name="Password").fill("wrong-horse-9")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not match")
    shoot(page, "login")
    page.get_by_label("User name").fill("admin")
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="No models yet")).to_be_visible()
    shoot(page, "entry-empty")


def reach(page: Page, target: Locator) -> None:
    """Go on with Tab to something, as people without a mouse do."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"Tab did not reach {target}")


def register(page: Page, files: list[Path]) -> None:
    """Register by the keyboard alone."""
    keys = page.keyboard
    # The browser lets go of its own dialog for files as soon as somebody listens, not at once.
    page.on("filechooser", lambda _: None)
    keys.press("n")
    page.get_by_role("heading", name="Register model").wait_for()
    reach(page, page.locator("input[type=file]"))
    with page.expect_file_chooser() as chooser:
        keys.press("Enter")
    chooser.value.set_files(files)
    expect(page.get_by_text("ONNX, opset 17")).to_be_visible()
    expect(page.get_by_role("heading", name="Gate counter")).to_be_visible()
    reach(page, page.get_by_label("Owner and name"))
    keys.press("Control+A")
    keys.type("gate-counter")
    reach(page, page.get_by_label("Summary in one line"))
    keys.type("Counts what passes a gate")
    reach(page, page.get_by_role("radio", name="Intrusion detection"))
    keys.press("Space")
    add_contexts(page)
    shoot(page, "register")
    reach(page, page.get_by_role("button", name="Register", exact=True))
    keys.press("Enter")
    expect(page).to_have_url(re.compile("/models/admin/gate-counter$"))
    expect(page.get_by_role("heading", name="Gate counter")).to_be_visible()
    shoot(page, "model")


def add_contexts(page: Page) -> None:
    """Take one of the vocabulary, and type one that is not in it."""
    reach(page, page.get_by_role("combobox", name="Contexts", exact=True))
    page.keyboard.insert_text("침입")
    expect(page.get_by_role("option", name="intrusion")).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option", name="intrusion", selected=True)).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.insert_text("정문 통과")
    page.keyboard.press("Enter")


def find(page: Page) -> None:
    page.get_by_role("link", name="All", exact=False).first.click()
    expect(page.get_by_role("link", name="admin / gate-counter")).to_be_visible()
    shoot(page, "entry")
    # The word stands neither in the name nor in the README: it is an alias of the context.
    box = page.get_by_role("combobox", name="Search models and contexts")
    box.fill("방범")
    box.press("Enter")
    expect(page.get_by_role("link", name="admin / gate-counter")).to_be_visible()
    shoot(page, "search")
    page.get_by_role("link", name="admin / gate-counter").click()


def convert(page: Page) -> None:
    """Convert by the keyboard alone: the dialog begins at what can be done at once."""
    page.get_by_role("button", name="Convert").wait_for()
    reach(page, page.get_by_role("button", name="Convert"))
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("radio", name="OpenVINO fp32")).to_be_focused()
    shoot(page, "convert")
    reach(page, dialog.get_by_role("button", name="Convert"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=re.compile(r"Job \d+"))).to_be_visible()
    shoot(page, "job-running")
    expect(page.get_by_text("succeeded", exact=True)).to_be_visible(timeout=JOB_MS)
    expect(page.get_by_role("log")).to_contain_text("onnx_to_openvino")
    expect(page.get_by_text("Agreement")).to_be_visible()
    shoot(page, "job-succeeded")
    page.get_by_role("link", name=re.compile("gate-counter")).first.click()


def measure(page: Page) -> None:
    page.get_by_role("button", name="Measure").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Device file").select_option(index=1)
    expect(dialog.get_by_label("Engine")).to_have_value("openvino")
    shoot(page, "measure")
    dialog.get_by_role("button", name="Measure").click()
    expect(page.get_by_text("succeeded", exact=True)).to_be_visible(timeout=JOB_MS)
    page.get_by_role("link", name=re.compile("gate-counter")).first.click()
    bar = page.get_by_role("region", name="Figures on a device")
    expect(bar).to_contain_text(re.compile(r"\d\.\d+\s*ms"))
    expect(bar).to_contain_text("this-machine")
    shoot(page, "model-measured")
    page.get_by_role("link", name="Benchmarks 1").click()
    expect(page.get_by_role("cell", name=re.compile("OpenVINO"))).to_be_visible()
    shoot(page, "benchmarks")


def choose_device(page: Page) -> None:
    """Say which device models are looked for: the list tells what fits it."""
    page.goto("/")
    page.get_by_role("button", name="My device").click()
    page.get_by_role("menuitem", name="this-machine").click()
    page.get_by_role("button", name="Latency limit").click()
    page.get_by_role("menuitem", name="1,000 ms").click()
    row = page.get_by_role("row").filter(has_text="gate-counter")
    expect(row).to_contain_text("Fits")
    shoot(page, "entry-my-device")


def download(page: Page, folder: Path) -> None:
    """Take a device file: the bytes have the digest that stands beside the button."""
    page.get_by_role("link", name="admin / gate-counter").click()
    card = page.locator("section").filter(has=page.get_by_role("heading", name="Deploy"))
    form = card.locator("option").filter(has_text="ONNX fp32")
    card.get_by_role("combobox").select_option(form.get_attribute("value"))
    with page.expect_download() as event:
        card.get_by_role("button", name="Download ONNX fp32").click()
    digest = hashlib.sha256(event.value.path().read_bytes()).hexdigest()
    assert digest == hashlib.sha256((folder / "gate.onnx").read_bytes()).hexdigest()
    expect(card).to_contain_text(digest[:12])


def switch(page: Page) -> None:
    """Choose the other language and the other theme."""
    page.get_by_role("button", name="English").click()
    page.get_by_role("menuitem", name="한국어").click()
    expect(page.get_by_role("button", name="변환")).to_be_visible()
    page.get_by_role("button", name="테마").click()
    page.get_by_role("menuitem", name="어둡게").click()
    page.get_by_role("link", name="디바이스", exact=True).first.click()
    expect(page.get_by_role("heading", name="디바이스")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "ko")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    shoot(page, "devices")
