"""`ondol-runner doctor`: every hop from this machine to a job, and the first that fails."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from ondol_runner.client import Client, Refused
from ondol_runner.config import Home
from ondol_runner.doctor.findings import Amiss, Check, Finding, State, look, look_in_turn
from ondol_runner.doctor.host import host_checks
from ondol_runner.doctor.road import Road
from ondol_runner.faults import Trouble
from ondol_runner.identity import Identity
from ondol_runner.retry import Passing

INDENT = " " * 22


def examine(home: Home, *, server: str = "", ca_file: str = "") -> Iterator[Finding]:
    """Look at everything in order; `server` and `ca_file` stand in before the enrollment."""
    enrolled = look("config", lambda: _read_home(home))
    if server:
        enrolled = Finding("config", State.NOTE, "left out, since --server names the address")
    else:
        with contextlib.suppress(Trouble):
            config = home.read_config()
            server, ca_file = config.server, ca_file or config.ca_file
    yield enrolled
    if server:
        with contextlib.closing(Road(server, ca_file)) as road:
            checks = road.hops()
            if enrolled.state is State.OK:
                checks.append(("credential", _credential(home, server, ca_file)))
            yield from look_in_turn(checks)
    for name, check in host_checks(home):
        yield look(name, check)


def show(findings: Iterable[Finding], *, as_json: bool) -> int:
    """Print the findings as they come; answer 1 if there is a problem."""
    seen = []
    for finding in findings:
        seen.append(finding)
        if not as_json:
            print(f"{finding.state.value:9}{finding.check:12} {finding.text}", flush=True)
            if finding.cure:
                print(f"{INDENT}-> {finding.cure}")
    failing = next((found.check for found in seen if found.state is State.PROBLEM), "")
    if as_json:
        report = {"ok": not failing, "failing": failing, "checks": [asdict(one) for one in seen]}
        print(json.dumps(report, indent=2))
    elif failing:
        print(f"The first thing to put right: {failing}.")
    else:
        print("All is well.")
    return 1 if failing else 0


def _read_home(home: Home) -> str:
    try:
        config = home.read_config()
        home.read_token()
        Identity.read(home.key_file)
    except Trouble as trouble:
        raise Amiss(str(trouble), "See 'ondol-runner enroll --help'.") from trouble
    devices = ", ".join(device.name for device in config.devices)
    return f"{config.name} ({devices}) at {config.server}"


def _credential(home: Home, server: str, ca_file: str) -> Check:
    def accepted() -> str:
        try:
            with contextlib.closing(Client(server, ca_file=ca_file)) as client:
                client.knock(home.read_token())
        except Refused as refusal:
            raise Amiss(
                f"The server does not know this runner any more: {refusal}",
                "Make a new code in the portal (Devices, Add device) and run 'ondol-runner enroll "
                "--replace'.",
            ) from refusal
        except (Passing, Trouble) as fault:
            raise Amiss(
                str(fault), "Run the doctor again; if it stays, see the hops above."
            ) from fault
        return "the server knows this runner"

    return accepted
