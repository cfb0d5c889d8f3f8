"""A whole lab on this machine: web, worker, janitor, runners, and a person who asks for work."""

import argparse
import functools
import json
import os
import random
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connections
from django.utils import timezone
from ondol_runner.__main__ import run
from ondol_runner.config import Config, DeviceConfig, Durations, Home
from ondol_runner.identity import Identity
from ondol_runner.masking import Secret
from ondol_runner.protocol import Sampling, encode

from jobs.models import Device, Job, Runner
from jobs.services import benchmark_requests
from jobs.types import ENDED
from portal.accounts.services.tokens import create_token
from portal.accounts.types import Scope
from portal.asgi import application
from portal.celery import app
from portal.core.models import JanitorTick, OutboxMessage
from repository.services.search_tending import DUTY as SEARCH
from tests.cast import people
from tests.faults.family import Family
from tests.faults.history import check, shared_devices
from tests.jobs.scene import connect, publish
from tests.jobs.tiny import tiny_model

SCALE = 20
"""How much shorter every duration is than in use."""
PATIENCE_S = 120.0
OPEN_AT_A_TIME = 6
CONVERT_EVERY = 8
"""One conversion in so many jobs: each costs seconds of a processor."""
SHORT = {
    "lease_s": 60 / SCALE,
    "heartbeat_s": 15 / SCALE,
    "accept_within_s": 15 / SCALE,
    "claim_wait_s": 25 / SCALE,
    "offline_grace_s": 600 / SCALE,
    "cancel_grace_s": 30 / SCALE,
    "resend_after_s": 30 / SCALE,
    "janitor_every_s": 2 / SCALE,
}
RUNNER = Durations(
    retry_first_s=1 / SCALE,
    retry_longest_s=64 / SCALE,
    claim_spacing_s=1 / SCALE,
    log_every_s=1 / SCALE,
    term_grace_s=30 / SCALE,
    stall_s=600 / SCALE,
    host_wait_s=3600 / SCALE,
)
SAMPLING = functools.partial(
    Sampling, launches=1, warmup_runs=1, min_samples=5, max_samples=5, budget_s=0.05
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Lab:
    """What runs, and what was asked of it. Calls that fail are what a user sees: they try again."""

    family: Family
    client: httpx.Client
    port: int
    artifact: int
    devices: list[str]
    rng: random.Random
    converts: bool = False
    asked: list[int] = field(default_factory=list)
    open: set[int] = field(default_factory=set)

    def ask(self) -> None:
        """Keep a few jobs open: mostly measurements, at times a wish to cancel."""
        if len(self.asked) % CONVERT_EVERY == 0 and self.converts:
            target = {"format": "openvino", "precision": "fp32"}
            self._submit("convert", target=target)
        if len(self.open) < OPEN_AT_A_TIME:
            self._submit("benchmark", device=self.rng.choice(self.devices))
        for job in list(self.open):
            answer = self._call("GET", f"jobs/{job}")
            if answer is not None and answer.is_success and answer.json()["state"] in ENDED:
                self.open.discard(job)
        if self.open and self.rng.random() < 1 / 20:
            self._call("POST", f"jobs/{self.rng.choice(sorted(self.open))}/cancel")

    def _submit(self, kind: str, **more: Any) -> None:
        answer = self._call("POST", "jobs", {"kind": kind, "artifact": self.artifact, **more})
        if answer is not None and answer.is_success:
            self.asked.append(answer.json()["id"])
            self.open.add(self.asked[-1])

    def _call(self, method: str, path: str, body: object = None) -> httpx.Response | None:
        try:
            return self.client.request(method, path, json=body)
        except httpx.TransportError:
            return None

    def rest(self) -> list[str]:
        """Disturb nothing until every job has ended, then name the promises that were broken."""
        until = time.monotonic() + PATIENCE_S
        while is_busy() and time.monotonic() < until:
            self.family.ended()
            time.sleep(0.1)
        return check(self.asked, SHORT["lease_s"]) + shared_devices()


def serve(port: int) -> None:
    # Not uvloop: it shares a kernel ring with its parent where the kernel has one.
    uvicorn.run(application, host="127.0.0.1", port=port, log_level="warning", loop="asyncio")


def is_busy() -> bool:
    """Say whether anything is left to do, as far as the database can be asked."""
    try:
        waits = OutboxMessage.objects.exists()
        return waits or Job.objects.exclude(state__in=ENDED).exists()
    except DatabaseError:
        connections.close_all()
        return True


def work_without_broker() -> None:
    """Do what a worker does, where no Redis tells one: look for messages itself."""
    app.loader.import_default_modules()
    while True:
        for row in OutboxMessage.objects.all():
            app.tasks[row.task](message_id=row.pk)
        time.sleep(0.05)


def work() -> None:
    words = ["worker", "--pool", "threads", "--concurrency", "2", "--loglevel", "WARNING"]
    app.worker_main([*words, "--without-gossip", "--without-mingle"])


def run_runner(home: Path) -> None:
    os.environ["ONDOL_HOST_LOCK"] = str(home / "host.lock")
    run(argparse.Namespace(home=str(home), allow_root=True))


@contextmanager
def open_lab(folder: Path, seed: int, *, runners: int, broker: bool) -> Iterator[Lab]:
    """Set a lab up and start it; nothing of it outlives the context."""
    olga = people().olga
    boards = [connect(olga, f"board-{number}") for number in range(runners)]
    artifact = publish(olga, "tiny", {"model.onnx": tiny_model()})
    _, token = create_token(olga, name="lab", scope=Scope.WRITE)
    # Learning ties runs in threads of a library, which a forked worker does not have.
    JanitorTick.objects.create(duty=SEARCH, ticked_at=timezone.now())
    port = free_port()
    homes = [Home(folder / board.runner.name) for board in boards]
    for home, board in zip(homes, boards, strict=True):
        home.prepare()
        devices = [DeviceConfig(board.device.name)]
        address = f"http://127.0.0.1:{port}"
        config = Config(address, board.runner.pk, board.runner.name, devices, durations=RUNNER)
        identity = Identity.make()
        Runner.objects.filter(pk=board.runner.pk).update(public_key=identity.public_key)
        home.save(config, Secret(board.secret), identity)
    family = Family(folder)
    client = httpx.Client(
        base_url=f"http://127.0.0.1:{port}/api/v1/",
        headers={"Authorization": f"Bearer {token}"},
        timeout=5,
    )
    ids = list(Device.objects.values_list("pk", flat=True))
    lab = Lab(family, client, port, artifact.pk, ids, random.Random(seed))
    try:
        family.add("web", lambda: serve(port))
        family.add("janitor", lambda: call_command("janitor"))
        family.add("worker", work if broker else work_without_broker)
        for home in homes:
            family.add(home.path.name, functools.partial(run_runner, home.path))
        yield lab
    finally:
        family.kill_all()
        client.close()


def shorten(change: Callable[[object, str, object], None] = setattr) -> None:
    """Make durations short and measurements small, in this process and what it forks."""
    change(settings, "ENV", settings.ENV.model_copy(update=SHORT))
    change(benchmark_requests, "Sampling", SAMPLING)


def redirect(home: Path, port: int) -> None:
    """Have a runner reach its server by another port from its next start on."""
    kept = Home(home)
    config = kept.read_config()
    changed = {**encode(config), "server": f"http://127.0.0.1:{port}"}
    kept.config_file.write_text(json.dumps(changed))
