"""Calls that Schemathesis generates from the OpenAPI document: the count is of calls.

Right and wrong ones, alone and one after another by the document's links, as an administrator. None
may fail the server, answer what the document does not say, or get in without its token.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

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
LONGEST = 600
LIMITS = ("CREDENTIAL_ADDRESS", "UPLOAD_USER", "UPLOAD_ADDRESS", "SEARCH_USER", "SEARCH_ADDRESS")
UNLIMITED = {f"ONDOL_LIMIT_{name}": "" for name in (*LIMITS, "LINK_ACCOUNT", "LINK_ADDRESS")}


def call_all(url: str, token: str, *words: str) -> tuple[int, list[str]]:
    """Let Schemathesis call a server; return how many calls it made and what it found."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [str(Path(sys.executable).parent / "schemathesis"), "run", f"{url}/api/schema"]
        command += ["--header", f"Authorization:Bearer {token}", "--checks", ",".join(CHECKS)]
        command += ["--report", "json", "--report-json-path", str(report), "--no-color"]
        command += ["--continue-on-failure", "--request-timeout", "60", *words]
        for name in LEFT_OUT:
            command += ["--exclude-operation-id", name]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if not report.exists():
            return 0, [(done.stderr or done.stdout).strip()[-500:]]
        told = json.loads(report.read_text("utf-8"))
    wrong = [f"{row['title']} ({row['count']})" for row in [*told["failures"], *told["errors"]]]
    calls = [line.strip() for line in done.stdout.splitlines() if line.strip().startswith("curl")]
    return told["test_cases"]["generated"], [line[:LONGEST] for line in wrong + calls]


def soak(count: int, seed: int) -> Outcome:
    """Call until the count is met, in rounds, each with a seed of its own."""
    calls = 0
    failures: list[str] = []
    with tempfile.TemporaryDirectory() as home:
        served = Served(Path(home), scope="admin", **UNLIMITED)
        with served.running() as url:
            for turn in range(count):
                words = ("--seed", str(seed + turn), "--max-time", str(ROUND_S))
                made, found = call_all(url, served.token, *words)
                calls += made
                failures += [f"seed {seed + turn}: {line}" for line in found]
                if calls >= count or not made:
                    break
    return Outcome(calls, failures)
