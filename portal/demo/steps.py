"""The main job, step by step, over the public API."""

import hashlib
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
from safetensors.numpy import load_file, save_file

from portal.demo.client import Client, DemoFailed
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
TARGETS = [("onnx", "fp32"), ("onnx", "int8"), ("openvino", "fp32")]
Report = Callable[[str], None]


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
    state = run.client.post("/sample-catalog", {})
    until = time.monotonic() + 120
    while (state["loading"] or state["models"] < state["total"]) and time.monotonic() < until:
        time.sleep(0.5)
        state = run.client.get("/sample-catalog")
    if state["models"] < state["total"]:
        raise DemoFailed(f"Only {state['models']} of {state['total']} sample models were loaded.")
    run.report(f"   {state['models']} models with their makers' figures")


def register(run: Run, bundles: list[Bundle]) -> None:
    """Register each model with its files; a model of an earlier run is taken as it is."""
    for bundle in bundles:
        model_id = f"{OWNER}/{bundle.name}"
        if run.client.find(f"/models/{model_id}") is None:
            run.client.post(
                "/models",
                {
                    "owner": OWNER,
                    "name": bundle.name,
                    "summary": bundle.summary,
                    "service_type": SERVICE_TYPES.get(bundle.name, "image-classification"),
                    "contexts": CONTEXTS[bundle.name],
                    "license": "Apache-2.0",
                    "visibility": "internal",
                },
            )
        if run.client.get(f"/models/{model_id}")["head"] is None:
            files = sorted(path for path in bundle.folder.iterdir() if path.name != "usage.json")
            uploads = [{"path": f.name, "upload_id": run.client.upload(f)} for f in files]
            usage = json.loads((bundle.folder / "usage.json").read_text())
            body = {"message": "First version", "files": uploads, "usage": usage}
            run.client.post(f"/models/{model_id}/commits", body)
        run.report(f"   {model_id}: {', '.join(CONTEXTS[bundle.name])}")


def keep_test_data(run: Run, folder: Path) -> int:
    """Hand in the held-out digits for checking and, apart from them, training digits for int8."""
    known = run.client.get("/evaluation-sets")["results"]
    for row in known:
        if row["owner"] == OWNER and row["name"] == "digits":
            return int(row["id"])
    made = run.client.post(
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
        answer = run.client.get("/search", q=QUERY)
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


def convert(run: Run, names: list[str], evaluation_set: int) -> None:
    """Convert each model to every target; what an earlier run made is taken as it is."""
    for name in names:
        for fmt, precision in TARGETS:
            rows = artifacts_of(run, name)
            if (fmt, precision) in {(row["format"], row["precision"]) for row in rows}:
                continue
            source = next(row for row in rows if row["origin"] == "uploaded")
            job = run.client.post(
                "/jobs",
                {
                    "kind": "convert",
                    "artifact": source["id"],
                    "target": {"format": fmt, "precision": precision},
                    "evaluation_set": evaluation_set,
                },
            )
            done = run.client.wait_for_job(job["id"], lambda _: None)["result"]
            run.report(
                f"   {name} to {fmt} {precision}: accuracy {done['accuracy']:.4f} "
                f"(source {done['source_accuracy']:.4f})"
            )


def artifacts_of(run: Run, name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = run.client.get(f"/models/{OWNER}/{name}/artifacts")["results"]
    return rows


def measure(run: Run, names: list[str]) -> None:
    """Benchmark every artifact on the attached device, the PyTorch baseline first."""
    device = wait_for_device(run)
    for name in names:
        for row in artifacts_of(run, name):
            body = {"kind": "benchmark", "artifact": row["id"], "device": device["id"]}
            job = run.client.post("/jobs", body)
            done = run.client.wait_for_job(job["id"], lambda _: None)["result"]
            run.report(
                f"   {name} {row['format']} {row['precision']}: "
                f"{done['p50']:.3f} ms [{done['low']:.3f}, {done['high']:.3f}] {done['verdict']}"
            )
        run.artifacts += figures(run, name)


def wait_for_device(run: Run) -> dict[str, Any]:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        for device in run.client.get("/devices")["results"]:
            if device["online"]:
                found: dict[str, Any] = device
                return found
        time.sleep(0.5)
    raise DemoFailed("no device came online within 60 s. Look at the runner's log.")


def figures(run: Run, name: str) -> list[dict[str, Any]]:
    """Gather what is known of each artifact: the newest benchmark, its accuracy, its size."""
    newest: dict[int, dict[str, Any]] = {}
    for row in run.client.get(f"/models/{OWNER}/{name}/benchmarks")["results"]:
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
        for artifact in artifacts_of(run, name)
    ]


def fetch_and_run(run: Run, evaluation: Path) -> None:
    """Download the fastest artifact, check its digests, and let it read one held-out digit."""
    best = min(run.artifacts, key=lambda row: row["p50_ms"])
    name = best["model"].partition("/")[2]
    artifact = next(row for row in artifacts_of(run, name) if row["id"] == best["artifact"])
    folder = run.home / "downloads" / str(artifact["id"])
    folder.mkdir(parents=True, exist_ok=True)
    for file in artifact["files"]:
        target = folder / file["path"]
        run.client.download(file["url"], target)
        digest = hashlib.sha256(target.read_bytes()).hexdigest()
        if digest != file["sha256"]:
            raise DemoFailed(f"{file['path']} has digest {digest}, not {file['sha256']}.")
        run.report(
            f"   {file['path']}: {file['size_bytes']} bytes, SHA-256 {digest[:16]}… verified"
        )
    tensors = load_file(evaluation)
    job = run.client.get("/jobs", model=best["model"], kind="benchmark")["results"][0]
    prediction = predict(folder, best["engine"], job["spec"]["usage"], tensors["samples"][:1])
    truth = int(tensors["labels"][0])
    run.report(
        f"   {best['model']} ({best['engine']} {best['precision']}) "
        f"reads {prediction}; truth {truth}"
    )
    run.download = {
        "artifact": artifact["id"],
        "sha256": artifact["files"][0]["sha256"],
        "verified": True,
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
