"""The main job, step by step, over the public API."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from ondol import Client
from ondol.downloads import digest_of
from safetensors.numpy import load_file, save_file

from portal.demo.training.bundle import Bundle

QUERY = "검침"
OWNER = "admin"
METER = ["meter-reading", "utility-meter", "digit-recognition"]
CONTEXTS = {
    "digit-resnet": [*METER, "industrial-gauge"],
    "digit-mobilenet": [*METER, "low-power"],
    "digit-scenes": ["parcel-sorting", "logistics", "number-plate"],
}
SERVICE_TYPES = {"digit-scenes": "factory-inspection"}
TARGETS = ["onnx:fp32", "onnx:int8", "openvino:fp32"]
Report = Callable[[str], None]


class DemoFailed(Exception):
    """The demo cannot go on; the sentence says where and why."""


@dataclass
class Run:
    """What a run of the demo has found so far; it becomes demo.json."""

    client: Client
    home: Path
    report: Report
    steps: list[dict[str, Any]] = field(default_factory=list)
    search: dict[str, Any] = field(default_factory=dict)
    artifacts: list[dict[str, Any]] = field(default_factory=list)
    download: dict[str, Any] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Tell a step with its time."""
        begun = time.monotonic()
        self.report(f"\n{len(self.steps) + 1}. {name}")
        yield
        seconds = time.monotonic() - begun
        self.steps.append({"name": name, "seconds": round(seconds, 2)})
        self.report(f"   {seconds:.1f} s")


def load_sample(run: Run) -> None:
    """Load the shipped catalog of published models, so that search has something to choose from."""
    state = run.client.server.post("/sample-catalog", {})
    until = time.monotonic() + 120
    while (state["loading"] or state["models"] < state["total"]) and time.monotonic() < until:
        time.sleep(0.5)
        state = run.client.server.get("/sample-catalog")
    if state["models"] < state["total"]:
        raise DemoFailed(f"Only {state['models']} of {state['total']} sample models were loaded.")
    run.report(f"   {state['models']} models with their makers' figures")


def register(run: Run, bundles: list[Bundle]) -> None:
    """Register each model with its files; a model of an earlier run is taken as it is."""
    for bundle in bundles:
        model_id = f"{OWNER}/{bundle.name}"
        known = run.client.server.find(f"/models/{model_id}")
        if known is None or known["head"] is None:
            files = {path.name: path for path in sorted(bundle.folder.iterdir())}
            usage = json.loads(files.pop("usage.json").read_text())
            about = {
                "summary": bundle.summary,
                "service_type": SERVICE_TYPES.get(bundle.name, "image-classification"),
                "contexts": CONTEXTS[bundle.name],
                "license": "Apache-2.0",
                "visibility": "internal",
            }
            run.client.push(model_id, files, message="First version", register=about, usage=usage)
        run.report(f"   {model_id}: {', '.join(CONTEXTS[bundle.name])}")


def keep_test_data(run: Run, folder: Path) -> int:
    """Hand in the held-out digits for checking and, apart from them, training digits for int8."""
    known = run.client.server.get("/evaluation-sets")["results"]
    for row in known:
        if row["owner"] == OWNER and row["name"] == "digits":
            return int(row["id"])
    made = run.client.server.post(
        "/evaluation-sets",
        {
            "owner": OWNER,
            "name": "digits",
            "task": "image-classification",
            "metric": "top1",
            "labels": [str(digit) for digit in range(10)],
            "evaluation_upload_id": run.client.upload(folder / "digits-evaluation.safetensors"),
            "calibration_upload_id": run.client.upload(folder / "digits-calibration.safetensors"),
        },
    )
    return int(made["id"])


def search(run: Run, *, wanted: str) -> None:
    """Find the models by a word that stands in none of their names or READMEs."""
    until = time.monotonic() + 20
    while True:
        answer = run.client.server.get("/search", q=QUERY)
        hits = [hit["model"]["id"] for hit in answer["results"]]
        # The index follows a registration within moments; it is written by a worker.
        if wanted in hits[:2] or time.monotonic() > until:
            break
        time.sleep(0.3)
    run.search = {"query": QUERY, "hits": hits}
    for hit in answer["results"]:
        why = ", ".join(
            reason["context"]["label_en"] if reason["context"] else reason["kind"]
            for reason in hit["reasons"]
        )
        run.report(f"   {QUERY} -> {hit['model']['id']}  ({why})")
    if wanted not in hits[:2]:
        raise DemoFailed(f"'{QUERY}' did not find {wanted}: {hits}")


def convert(run: Run, names: list[str], test_data: int) -> None:
    """Convert each model to every target; what an earlier run made is taken as it is."""
    for name in names:
        model_id = f"{OWNER}/{name}"
        known = {form_of(row) for row in run.client.artifacts(model_id)}
        for form in [form for form in TARGETS if form not in known]:
            job = run.client.convert(model_id, form, test_data=test_data)
            done = run.client.wait(job["id"])["result"]
            run.report(
                f"   {name} to {form}: accuracy {done['accuracy']:.4f} "
                f"(source {done['source_accuracy']:.4f})"
            )


def form_of(artifact: dict[str, Any]) -> str:
    return f"{artifact['format']}:{artifact['precision']}"


def measure(run: Run, names: list[str]) -> None:
    """Benchmark every artifact on the attached device, the PyTorch baseline first."""
    device = wait_for_device(run)
    for name in names:
        model_id = f"{OWNER}/{name}"
        for row in run.client.artifacts(model_id):
            job = run.client.benchmark(model_id, form_of(row), device["id"])
            done = run.client.wait(job["id"])["result"]
            run.report(
                f"   {name} {form_of(row)}: "
                f"{done['p50']:.3f} ms [{done['low']:.3f}, {done['high']:.3f}] {done['verdict']}"
            )
        run.artifacts += figures(run, name)


def wait_for_device(run: Run) -> dict[str, Any]:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        for device in run.client.server.get("/devices")["results"]:
            if device["online"]:
                found: dict[str, Any] = device
                return found
        time.sleep(0.5)
    raise DemoFailed("no device came online within 60 s. Look at the runner's log.")


def figures(run: Run, name: str) -> list[dict[str, Any]]:
    """Gather what is known of each artifact: the newest benchmark, its accuracy, its size."""
    newest: dict[int, dict[str, Any]] = {}
    for row in run.client.server.get(f"/models/{OWNER}/{name}/benchmarks")["results"]:
        newest.setdefault(row["artifact"], row)
    return [
        {
            "model": f"{OWNER}/{name}",
            "artifact": artifact["id"],
            "format": artifact["format"],
            "engine": newest[artifact["id"]]["engine"],
            "precision": artifact["precision"],
            "size_bytes": artifact["size_bytes"],
            "accuracy": artifact["accuracy"]["value"] if artifact["accuracy"] else None,
            "p50_ms": newest[artifact["id"]]["p50_ms"],
            "p50_low_ms": newest[artifact["id"]]["low_ms"],
            "p50_high_ms": newest[artifact["id"]]["high_ms"],
            "speedup": newest[artifact["id"]]["speedup"],
            "verdict": newest[artifact["id"]]["verdict"],
        }
        for artifact in run.client.artifacts(f"{OWNER}/{name}")
    ]


def fetch_and_run(run: Run, evaluation: Path) -> None:
    """Download the fastest artifact, which checks its digests, and let it read one digit."""
    best = min(run.artifacts, key=lambda row: row["p50_ms"])
    artifact = run.client.artifact(best["model"], form_of(best))
    folder = run.home / "downloads" / str(artifact["id"])
    paths = run.client.pull(best["model"], folder, artifact=form_of(best))
    digests = [digest_of(path) for path in paths]
    if digests != [file["sha256"] for file in artifact["files"]]:
        raise DemoFailed(f"the files in {folder} are not those of the server.")
    for path, digest in zip(paths, digests, strict=True):
        run.report(f"   {path.name}: {path.stat().st_size} bytes, SHA-256 {digest[:16]}… verified")
    tensors = load_file(evaluation)
    job = run.client.server.get("/jobs", model=best["model"], kind="benchmark")["results"][0]
    prediction = predict(folder, best["engine"], job["spec"]["usage"], tensors["samples"][:1])
    truth = int(tensors["labels"][0])
    run.report(
        f"   {best['model']} ({best['engine']} {best['precision']}) "
        f"reads {prediction}; truth {truth}"
    )
    run.download = {
        "artifact": artifact["id"],
        "sha256": digests[0],
        "verified": digests[0] == artifact["files"][0]["sha256"],
        "prediction": prediction,
        "truth": truth,
    }


def predict(folder: Path, engine: str, usage: dict[str, Any], sample: np.ndarray[Any, Any]) -> int:
    """Run one sample through the downloaded files with the device's own program."""
    scratch = folder.parent
    save_file({"samples": sample}, scratch / "sample.safetensors")
    output = scratch / "output.npz"
    request = {
        "engine": engine,
        "model_dir": str(folder),
        "usage": usage,
        "samples": str(scratch / "sample.safetensors"),
        "threads": 1,
        "batch": 1,
        "output": str(output),
    }
    asked = scratch / "request.json"
    asked.write_text(json.dumps(request))
    command = [sys.executable, "-m", "ondol_runner", "exec", str(asked)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise DemoFailed(f"the downloaded model did not run: {done.stdout.strip()}")
    with np.load(output, allow_pickle=False) as outputs:
        return int(outputs[outputs.files[0]][0].argmax())
