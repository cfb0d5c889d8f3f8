"""Offers of jobs, quick ones and endless ones."""

from __future__ import annotations

from ondol_runner.protocol import (
    ArtifactRef,
    BenchmarkSpec,
    Engine,
    FileRef,
    Grant,
    InputSpec,
    Sampling,
    Usage,
)

from fake_portal import token_of

USAGE = Usage(inputs=[InputSpec(name="pixels", shape=[-1, 3, 2, 2])])
QUICK = Sampling(launches=1, warmup_runs=2, min_samples=5, max_samples=20, budget_s=0.1)
ENDLESS = Sampling(launches=1, min_samples=10**9, max_samples=10**9, budget_s=3600.0)


def grant_for(
    *files: FileRef,
    attempt_id: str = "a1",
    sampling: Sampling = QUICK,
    samples: FileRef | None = None,
    device: str = "board",
    engine: Engine = Engine.ONNXRUNTIME,
) -> Grant:
    artifact = ArtifactRef("artifact-1", "onnx", "float32", list(files))
    return Grant(
        attempt_id=attempt_id,
        epoch=3,
        token=token_of(attempt_id),
        job_id=12,
        device=device,
        accept_within_s=10.0,
        lease_s=5.0,
        kind="benchmark",
        spec=BenchmarkSpec(artifact, engine, USAGE, 1, samples, sampling),
    )
