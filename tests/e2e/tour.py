"""Every route of the portal, and a product with enough in it that each has something to show."""

import time
from pathlib import Path

import numpy as np
import onnx
from ondol.client import Client
from onnx import TensorProto, helper, numpy_helper
from playwright.sync_api import Page, Request, expect

from tests.e2e.house import Product

MODEL = "admin/night-gate"
UNKNOWN = "admin/night-gate-draft"
TOPICS = ["job"]
ROUTES = {
    "entry": "/",
    "models": "/models",
    "models-cards": "/models?view=cards",
    "models-of-type": "/models?service_type=intrusion-detection",
    "models-none": "/models?format=gguf&max_latency_ms=1",
    "search": "/models?q=주차 단속",
    "contexts": "/contexts",
    "contexts-found": "/contexts?q=night",
    "context": "/contexts/night",
    "register": "/models/new",
    "model-published": "/models/catalog/yolov8_det",
    "model": f"/models/{MODEL}",
    "model-edit": f"/models/{MODEL}/edit",
    "model-files": f"/models/{MODEL}/files",
    "model-file": f"/models/{MODEL}/files?file=README.md",
    "model-file-history": f"/models/{MODEL}/files?file=README.md&history=1",
    "model-versions": f"/models/{MODEL}/versions",
    "model-artifacts": f"/models/{MODEL}/artifacts",
    "model-benchmarks": f"/models/{MODEL}/benchmarks",
    "model-graph": f"/models/{MODEL}/graph",
    "model-graph-raw": f"/models/{MODEL}/graph?view=raw",
    "model-jobs": f"/models/{MODEL}/jobs",
    "model-api": f"/models/{MODEL}/api",
    "model-settings": f"/models/{MODEL}/settings",
    "jobs": "/jobs",
    "jobs-ended": "/jobs?state=ended",
    "job": "/jobs/1",
    "job-failed": "/jobs/2",
    "compare": f"/compare?m=catalog/yolov8_det&m=catalog/yolov11_det&m={MODEL}",
    "devices": "/devices",
    "device": "/devices/{device}",
    "benchmarks": "/benchmarks",
    "benchmarks-narrow": "/benchmarks?metric=mAP&sort=-accuracy",
    "people": "/people",
    "teams": "/people/teams",
    "service-types": "/people/service-types",
    "audit": "/people/audit",
    "system": "/people/system",
    "settings": "/settings",
    "webhooks": "/settings/webhooks",
    "webhook": "/settings/webhooks/{webhook}",
    "notices": "/notices",
    "help": "/help",
    "missing": "/nowhere",
    "login": "/login",
    "sign-up": "/sign-up",
    "forgotten": "/forgotten",
    "setup": "/setup?user=admin&token=t",
}
README = """---
license: apache-2.0
language: [ko, en]
tags: [vision, night]
datasets: [imagenet-1k]
base_model: microsoft/resnet-50
pipeline_tag: image-classification
---
# Night gate

Says what passes a gate at night. 야간에 출입구를 지나는 대상을 분류합니다.

## Accuracy

| Precision | Engine | Top-1 |
|---|---|--:|
| float | ONNX Runtime | 76.1 |
| int8 | OpenVINO | 75.4 |

The loss is $L = -\\sum_i y_i \\log p_i$ over a batch[^1].

## Use on a device

```python
import onnxruntime as ort

session = ort.InferenceSession("model.onnx")
logits = session.run(None, {"image": image})[0]
```

- [x] measured on the gate camera
- [ ] measured in fog

## Limits

Do not count people with it.

[^1]: Of 256 pictures.
"""
DEPTHS = (3, 4, 6, 3)
WIDTH = 8
SIZE = 64
PATIENCE_S = 30
STEP_MS = 25
CALM_MS = 150
"""What a page asks for because of an answer is asked for sooner than this after it."""


def furnish(product: Product, folder: Path) -> dict[str, str]:
    """Fill a product and return its routes.

    It has the sample catalog, a model with versions, a graph and a conversion, another whose
    conversion fails, and a webhook.
    """
    product.once("import_catalog", "repository/catalog/sample")
    token = product.once("create_token", "admin", "--scope", "write").splitlines()[-1]
    network, readme = folder / "model.onnx", folder / "README.md"
    write_network(network)
    readme.write_text(README)
    about = {
        "service_type": "image-classification",
        "summary": "Says what passes a gate at night.",
        "contexts": ["night", "camera"],
        "license": "Apache-2.0",
    }
    with Client(product.url, token) as client:
        files = {"model.onnx": network, "README.md": readme}
        client.push(MODEL, files, message="First version", register=about)
        refs = f"/models/{MODEL}/refs"
        client.server.post(refs, {"kind": "tag", "name": "1.0.0"})
        client.server.post(refs, {"kind": "alias", "name": "stable"})
        readme.write_text(README.replace("76.1", "76.4"))
        client.push(MODEL, {"README.md": readme}, message="Train for longer")
        client.server.post(refs, {"kind": "tag", "name": "1.1.0"})
        client.server.post(refs, {"kind": "alias", "name": "candidate"})
        client.convert(MODEL, "openvino:fp32")
        take_own_operator(network)
        client.push(UNKNOWN, {"model.onnx": network}, register=about)
        client.convert(UNKNOWN, "openvino:fp32")
        hook = client.server.post("/webhooks", {"url": f"{product.url}/healthz", "topics": TOPICS})
        device = client.server.get("/devices")["results"][0]
    return {
        name: path.format(device=device["id"], webhook=hook["id"]) for name, path in ROUTES.items()
    }


def write_network(path: Path) -> None:
    """Write a residual network of 16 blocks, named as PyTorch names them, with few weights."""
    random = np.random.default_rng(5)
    nodes: list[onnx.NodeProto] = []
    weights: list[onnx.TensorProto] = []

    def add(operator: str, inputs: list[str], name: str) -> str:
        output = f"t{len(nodes)}"
        more = {"kernel_shape": [3, 3], "pads": [1] * 4} if operator == "Conv" else {}
        nodes.append(helper.make_node(operator, inputs, [output], name=name, **more))
        return output

    def conv(scope: str, flow: str, channels: int) -> str:
        values = random.normal(0, 0.1, (WIDTH, channels, 3, 3)).astype(np.float32)
        weights.append(numpy_helper.from_array(values, f"{scope}.weight"))
        return add("Conv", [flow, f"{scope}.weight"], f"/{scope}/Conv")

    flow = conv("conv1", "image", 3)
    for stage, depth in enumerate(DEPTHS, start=1):
        for number in range(depth):
            scope = f"layer{stage}/layer{stage}.{number}"
            inner = add("Relu", [conv(f"{scope}/conv1", flow, WIDTH)], f"/{scope}/relu/Relu")
            inner = conv(f"{scope}/conv2", inner, WIDTH)
            joined = add("Add", [inner, flow], f"/{scope}/Add")
            flow = add("Relu", [joined], f"/{scope}/relu/Relu_1")
    flow = add("GlobalAveragePool", [flow], "/avgpool/GlobalAveragePool")
    flow = add("Flatten", [flow], "/Flatten")
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, SIZE, SIZE])
    logits = helper.make_tensor_value_info(flow, TensorProto.FLOAT, [1, WIDTH])
    graph = helper.make_graph(nodes, "night-gate", [image], [logits], weights)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(onnx.shape_inference.infer_shapes(made), path)


def take_own_operator(path: Path) -> None:
    """Give a network an operator that no engine knows: its conversion fails."""
    made = onnx.load(path)
    made.graph.node[-1].domain = "org.example"
    made.opset_import.append(helper.make_opsetid("org.example", 1))
    onnx.save(made, path)


def visit(page: Page, path: str) -> None:
    """Go to a page and wait until it shows what it asked for."""
    asked: set[Request] = set()

    def ask(request: Request) -> None:
        # The stream of events stays open for as long as the page does.
        if request.resource_type != "eventsource":
            asked.add(request)

    def end(request: Request) -> None:
        asked.discard(request)

    hears = {"request": ask, "requestfinished": end, "requestfailed": end}
    for event, hear in hears.items():
        page.on(event, hear)
    page.goto(path)
    page.locator("h1").first.wait_for()
    calm_ms, until = 0, time.monotonic() + PATIENCE_S
    while calm_ms < CALM_MS and time.monotonic() < until:
        page.wait_for_timeout(STEP_MS)
        calm_ms = 0 if asked else calm_ms + STEP_MS
    for event, hear in hears.items():
        page.remove_listener(event, hear)
    expect(page.locator(".skeleton, [aria-busy=true]")).to_have_count(0)
