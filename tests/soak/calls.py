"""Calls that Schemathesis generates from the OpenAPI document: the count is of calls.

Right and wrong ones, alone and one after another by the document's links, as an administrator. None
may fail the server, answer what the document does not say, or get in without its token.
"""

import itertools
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.soak.report import Outcome
from tests.soak.served import Served

COUNT = 5_000
CHECKS = (
    "not_a_server_error",
    "response_schema_conformance",
    "content_type_conformance",
    "ignored_auth",
    "use_after_free",
)
LEFT_OUT = {
    "events_get": "it never ends",
    "person_tokens_delete": "it would end the token that calls",
    "runner_detail_delete": "a dismissed runner stays to be read, as its measurements do",
    "token_detail_delete": "it would end the token that calls",
    "upload_append": "bytes in parts are tried by `make soak ONLY=uploads`",
}
# Each round begins with a few seconds of reading the document.
ROUND_S = 300
# The calls that cover each value of each parameter once are the same for every seed.
NEW_PHASES = "fuzzing,stateful"
ALL_PHASES = f"examples,coverage,{NEW_PHASES}"
LONGEST = 600
LIMITS = ("CREDENTIAL_ADDRESS", "UPLOAD_USER", "UPLOAD_ADDRESS", "SEARCH_USER", "SEARCH_ADDRESS")
UNLIMITED = {f"ONDOL_LIMIT_{name}": "" for name in (*LIMITS, "LINK_ACCOUNT", "LINK_ADDRESS")}


def call_all(url: str, token: str, *words: str) -> tuple[int, list[str]]:
    """Let Schemathesis call a server; return how many calls it made and what it found."""
    with tempfile.TemporaryDirectory() as folder:
        report, document = Path(folder) / "report.json", Path(folder) / "document.json"
        # Schemathesis itself would wait ten seconds for it, which a busy machine may take.
        asked = {"accept": "application/vnd.oai.openapi+json"}
        told = httpx.get(f"{url}/api/schema", headers=asked, timeout=60).raise_for_status()
        document.write_bytes(told.content)
        command = [str(Path(sys.executable).parent / "schemathesis"), "run", str(document)]
        command += ["--url", url]
        command += ["--header", f"Authorization:Bearer {token}", "--checks", ",".join(CHECKS)]
        command += ["--report", "json", "--report-json-path", str(report), "--no-color"]
        command += ["--continue-on-failure", "--request-timeout", "60", *words]
        for name in LEFT_OUT:
            command += ["--exclude-operation-id", name]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if not report.exists():
            return 0, [(done.stderr or done.stdout).strip()[-500:]]
        read = json.loads(report.read_text("utf-8"))
    wrong = [f"{row['title']} ({row['count']})" for row in [*read["failures"], *read["errors"]]]
    calls = [line.strip() for line in done.stdout.splitlines() if line.strip().startswith("curl")]
    return read["test_cases"]["generated"], [line[:LONGEST] for line in wrong + calls]


def _work(seeds: Iterator[int], tally: "Tally", *, first: bool) -> None:
    """Call a server of one's own, in rounds, each with a seed of its own, until all are enough."""
    with tempfile.TemporaryDirectory() as home:
        served = Served(Path(home), scope="admin", **UNLIMITED)
        with served.running() as url:
            phases = ALL_PHASES if first else NEW_PHASES
            while not tally.is_met():
                seed = next(seeds)
                words = ("--seed", str(seed), "--max-time", str(ROUND_S), "--phases", phases)
                made, found = call_all(url, served.token, *words)
                tally.add(made, [f"seed {seed}: {line}" for line in found])
                phases = NEW_PHASES
                if not made:
                    return


@dataclass
class Tally:
    """What all workers counted together."""

    wanted: int
    calls: int = 0
    failures: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def is_met(self) -> bool:
        return self.calls >= self.wanted

    def add(self, calls: int, failures: list[str]) -> None:
        with self.lock:
            self.calls += calls
            self.failures += failures


def soak(count: int, seed: int) -> Outcome:
    """Call until the count is met: several servers, each called by a process of its own."""
    workers = os.cpu_count() or 1
    tally = Tally(count)
    with ThreadPoolExecutor(workers) as pool:
        done = [
            pool.submit(_work, itertools.count(seed + at, workers), tally, first=at == 0)
            for at in range(workers)
        ]
        for worker in done:
            worker.result()
    return Outcome(tally.calls, tally.failures)
