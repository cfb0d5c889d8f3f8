from collections.abc import Callable

import httpx
import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from portal.accounts.models import User
from repository.models import Blob
from tests.cast import Cast
from tests.jobs.scene import benchmark_job, connect, publish


@pytest.mark.usefixtures("vocabulary")
def test_an_administrator_sees_what_waits_and_what_fills_the_disk(
    cast: Cast, calls: Callable[[User], httpx.Client]
) -> None:
    artifact = publish(cast.olga, "gate", {"gate.onnx": b"x" * 5_000})
    benchmark_job(cast.olga, connect(cast.olga), artifact)
    publish(cast.olga, "small", {"small.onnx": b"y" * 50})
    Blob.objects.filter(size_bytes=50).update(damaged_at="2026-01-01T00:00:00Z")

    seen = calls(cast.ada).get("/system").json()
    assert [(row["kind"], row["state"], row["jobs"]) for row in seen["queues"]] == [
        ("benchmark", "queued", 1)
    ]
    assert seen["largest_models"] == [
        {"model": "olga/gate", "size_bytes": 5_000},
        {"model": "olga/small", "size_bytes": 50},
    ]
    assert (seen["blobs"], seen["blob_bytes"], seen["damaged_blobs"]) == (2, 5_050, 1)
    assert [(row["model"], row["path"]) for row in seen["damaged_files"]] == [
        ("olga/small", "small.onnx")
    ]
    assert (seen["models"], seen["devices"], seen["devices_online"]) == (2, 1, 1)
    assert seen["last_backup_at"] is None
    assert 0 < seen["disk_free_bytes"] < seen["disk_total_bytes"]


def test_monitoring_reads_the_same_figures(cast: Cast, as_user: Callable[[User], Client]) -> None:
    benchmark_job(cast.olga, connect(cast.olga))
    answer = as_user(cast.ada).get("/metrics")
    found = {
        (sample.name, sample.labels.get("state")): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }
    assert found["ondol_jobs", "queued"] == 1
    assert found["ondol_people", None] == len(vars(cast))
    assert "ondol_last_backup_timestamp_seconds" not in answer.content.decode()
