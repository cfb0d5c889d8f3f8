"""When the process that keeps a lease speaks up between two heartbeats."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ondol_runner import heartbeat
from ondol_runner.client import Client
from ondol_runner.heartbeat import HeartbeatOrders, keep_lease
from ondol_runner.status import REPORT, StatusFile

from fake_portal import FakePortal
from grants import grant_for


def test_progress_is_told_early_and_the_end_is_left_to_its_report(
    portal: FakePortal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "PROGRESS_AFTER", 0.0)
    portal.session = replace(portal.session, heartbeat_s=3600)
    grant = grant_for(portal.add_blob(b"model", "tiny.onnx"))
    seen = portal.offer(grant)
    status = StatusFile(tmp_path / "status.json")
    steps = iter([("measure", 0.1), ("measure", 0.1), ("measure", 0.2), (REPORT, 1.0)])

    def go_on(seconds: float) -> bool:
        """Stand in for the time that passes until the next look."""
        if (step := next(steps, None)) is None:
            return True
        status.write(*step, "")
        return False

    orders = HeartbeatOrders(
        server=portal.url,
        ca_file="",
        attempt_id=grant.attempt_id,
        epoch=grant.epoch,
        token=grant.token,
        status=str(status.path),
        log=str(tmp_path / "log"),
        heartbeat_s=3600,
        offline_grace_s=5,
        retry_first_s=0.1,
        retry_longest_s=1,
    )
    client = Client(portal.url)
    keep_lease(orders, client, lambda _: None, go_on)
    client.close()

    told = [(beat["step"], beat["fraction"]) for beat in seen.beats]
    assert told == [("", 0.0), ("measure", 0.1), ("measure", 0.2)]
