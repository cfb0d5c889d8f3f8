"""Conversions as a worker carries them out: real tools, in the sandbox, on real digits."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from django.test import Client
from ondol_runner.architectures.registry import build
from safetensors.numpy import save as save_arrays
from safetensors.torch import save

from jobs.converters.base import Form
from jobs.models import Job
from jobs.selectors.jobs import read_log
from jobs.services.conversion_runs import run_conversions
from jobs.services.conversions import request_conversion
from jobs.services.keeper import Keeper
from jobs.services.lifecycle import cancel
from jobs.types import AttemptState, FailureReason, JobState
from portal.accounts.models import User
from portal.demo.training import digits
from repository.models import Artifact, Blob, EvaluationSet
from repository.services.evaluation_sets import NewSet, create_evaluation_set
from repository.types import Metric
from tests.conftest import As
from tests.jobs.converter_samples import CONFIG, USAGE
from tests.jobs.processes import descendants
from tests.jobs.scene import publish, uploaded

ONNX, INT8, OPENVINO = Form("onnx", "fp32"), Form("onnx", "int8"), Form("openvino", "fp32")


def weights(**changes: Any) -> dict[str, bytes]:
    torch.manual_seed(3)
    module = build({**CONFIG, **changes})
    return {
        "model.safetensors": save(module.state_dict()),
        "config.json": json.dumps(CONFIG).encode(),
    }


@pytest.fixture
def source(olga: User) -> Artifact:
    return publish(olga, "digits", weights(), usage=USAGE, read=True)


@pytest.fixture
def test_data(olga: User) -> EvaluationSet:
    everything = digits.load()
    parts = {
        "evaluation": everything.held_out.take(slice(0, 40)),  # type: ignore[arg-type]
        "calibration": digits.calibration(everything).take(slice(0, 24)),  # type: ignore[arg-type]
    }
    uploads = {
        name: uploaded(
            olga,
            f"{name}.safetensors",
            save_arrays({"samples": part.samples, "labels": part.labels}),
            read=True,
        )
        for name, part in parts.items()
    }
    labels = [str(digit) for digit in range(10)]
    return create_evaluation_set(olga, NewSet("olga", "digits", Metric.TOP1, labels, "", **uploads))


def convert(artifact: Artifact, target: Form, chosen: EvaluationSet | None = None) -> Job:
    owner = artifact.revision.author
    job = request_conversion(owner, artifact, target, evaluation_set=chosen)
    run_conversions()
    job.refresh_from_db()
    return job


def made_by(job: Job) -> Artifact:
    assert job.state == JobState.SUCCEEDED, job.failure_message
    return Artifact.objects.get(pk=job.result["artifact"])


def tells_of_operators(job: Job, client: Client) -> None:
    assert job.result["operators"] == {"samples": 32, "measured": 15, "operators": 15}
    table = client.get("/api/v1/models/olga/digits/operator-errors").json()["results"][0]
    assert (table["artifact"], table["job"]) == (job.result["artifact"], job.pk)
    assert (table["precision"], table["samples"], table["measured"]) == ("int8", 32, 15)
    assert [row["tensor"] for row in table["operators"]][-1] == "logits"


def test_a_model_is_converted_step_by_step_from_the_nearest_form(
    source: Artifact, test_data: EvaluationSet, as_user: As
) -> None:
    onnx = convert(source, ONNX, test_data)
    graph = made_by(onnx)
    assert (graph.source, graph.format, graph.evaluation_set) == (source, "onnx", test_data)
    source.refresh_from_db()
    assert graph.accuracy is not None
    assert graph.accuracy == graph.source_accuracy == source.accuracy
    assert 0 <= graph.accuracy <= 1
    assert (graph.accuracy * 40) % 1 == pytest.approx(0)
    assert (onnx.result["samples"], onnx.result["agreement"]) == (40, 1.0)
    assert onnx.result["largest_difference"] < 1e-3
    assert graph.recipe["steps"] == ["pytorch_to_onnx"]
    assert graph.recipe["inputs"] == dict(source.files.values_list("path", "blob_id"))
    assert {"torch", "onnx"} <= set(graph.recipe["tools"])
    log, size = read_log(onnx, 0, 10**6)
    assert b"pytorch_to_onnx" in log
    assert size == len(log)
    assert onnx.attempts.get().state == AttemptState.CLOSED

    int8 = convert(source, INT8, test_data)
    assert int8.spec["steps"] == ["onnx_to_onnx_int8"]
    small = made_by(int8)
    assert (small.source, small.precision) == (graph, "int8")
    assert small.size_bytes < graph.size_bytes
    assert small.source_accuracy == graph.accuracy
    tells_of_operators(int8, as_user(source.revision.author))

    openvino = convert(graph, OPENVINO, test_data)
    compiled = made_by(openvino)
    assert openvino.spec["steps"] == ["onnx_to_openvino"]
    assert sorted(Path(path).suffix for path in compiled.files.values_list("path", flat=True)) == [
        ".bin",
        ".xml",
    ]
    assert openvino.result["agreement"] == 1.0


def test_without_test_data_the_difference_is_measured_on_random_inputs(source: Artifact) -> None:
    job = convert(source, ONNX)
    assert (job.state, job.result["samples"]) == (JobState.SUCCEEDED, 8)
    assert job.result["largest_difference"] < 1e-3
    assert made_by(job).accuracy is None


def test_weights_of_another_network_are_refused_by_name(olga: User) -> None:
    wrong = publish(olga, "wrong", weights(widths=[4, 8, 16]), usage=USAGE, read=True)
    job = convert(wrong, ONNX)
    assert (job.state, job.failure_reason) == (JobState.FAILED, FailureReason.WEIGHTS_DO_NOT_FIT)
    assert job.failure_message
    assert Artifact.objects.count() == 1


def test_an_input_of_the_wrong_shape_is_refused(olga: User) -> None:
    four_channels = replace(USAGE, inputs=[replace(USAGE.inputs[0], shape=[-1, 4, 32, 32])])
    wrong = publish(olga, "wrong", weights(), usage=four_channels, read=True)
    job = convert(wrong, ONNX)
    assert (job.state, job.failure_reason) == (JobState.FAILED, FailureReason.WRONG_INPUT_SHAPE)


def test_a_source_deleted_meanwhile_fails_the_job_with_a_sentence(source: Artifact) -> None:
    job = request_conversion(source.revision.author, source, ONNX, evaluation_set=None)
    source.delete()
    run_conversions()
    job.refresh_from_db()
    assert (job.state, job.failure_reason) == (JobState.FAILED, FailureReason.LOAD_FAILED)
    assert "deleted" in job.failure_message


def test_a_source_that_rotted_is_not_converted(source: Artifact) -> None:
    job = request_conversion(source.revision.author, source, ONNX, evaluation_set=None)
    Blob.objects.update(damaged_at="2026-01-01T00:00:00Z")
    run_conversions()
    job.refresh_from_db()
    assert (job.state, job.failure_reason) == (JobState.FAILED, FailureReason.LOAD_FAILED)
    assert "damaged" in job.failure_message


@pytest.fixture
def stopping(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Cancel the running job as soon as it says a step of this list."""
    at: list[str] = []
    plain = Keeper.note

    def note(keeper: Keeper, step: str, fraction: float, text: str) -> None:
        plain(keeper, step, fraction, text)
        if step in at:
            at.clear()
            cancel(Job.objects.get(pk=keeper.attempt.job_id))

    monkeypatch.setattr(Keeper, "note", note)
    return at


@pytest.mark.parametrize("step", ["pytorch_to_onnx", "check"])
def test_a_cancelled_conversion_ends_and_leaves_no_process(
    source: Artifact, stopping: list[str], step: str
) -> None:
    stopping.append(step)
    job = convert(source, ONNX)
    assert (job.state, job.failure_reason) == (JobState.CANCELLED, "")
    assert not stopping
    assert not descendants(os.getpid())
    assert Artifact.objects.count() == 1
