"""A whole measurement: holds the host, starts the launches in turn, gathers what they saw."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
from pathlib import Path

from ondol_runner import protocol
from ondol_runner.bounds import bound_this_process
from ondol_runner.disk import NO_ROOM, exit_code, full_disk
from ondol_runner.faults import Fault, FaultReport
from ondol_runner.hostlock import host_lock
from ondol_runner.lifeline import tie_to_parent
from ondol_runner.messages import (
    THREAD_VARIABLES,
    LaunchReport,
    LaunchRequest,
    MeasureOutcome,
    MeasureRequest,
)
from ondol_runner.protocol import (
    BenchmarkResult,
    BenchmarkSpec,
    Conditions,
    Engine,
    Reason,
    sentence,
)
from ondol_runner.sensors import ROOT, cpu_governor, fastest_first, power_source, read_text
from ondol_runner.status import StatusFile
from ondol_runner.version import VERSION

PROFILE_S = 120.0


def measure(request: MeasureRequest) -> BenchmarkResult:
    """Measure in as many fresh processes as asked, while no other measurement runs on this host.

    Raises Fault with the reason of the first launch that failed.
    """
    status = StatusFile(Path(request.status))

    def waiting() -> None:
        status.write("measure", 0.0, "waiting for the host")

    with host_lock(Path(request.host_lock), limit_s=request.host_wait_s, waiting=waiting):
        load_average = os.getloadavg()[0]
        cores = fastest_first(os.sched_getaffinity(0))[: max(request.spec.threads, 1)]
        launches = max(request.spec.sampling.launches, 1)
        reports = [_tell(number, _launch(request, cores, number)) for number in range(launches)]
        if request.operators and request.spec.engine is Engine.ONNXRUNTIME:
            status.write("measure", 1.0, "operator by operator")
            _profile(request, cores, Path(request.operators))
    return BenchmarkResult(
        launches=[report.launch for report in reports if report.launch is not None],
        conditions=_conditions(request.spec, reports, load_average),
    )


def _launch(request: MeasureRequest, cores: list[int], number: int) -> LaunchReport:
    report = Path(request.scratch) / f"report-{number}.json"
    kills_before = _memory_kills()
    launch = _described(request, cores, number, report)
    returncode = _start("ondol_runner.launch", launch, Path(request.scratch))
    return _read_report(report, returncode, memory_kill=_memory_kills() > kills_before)


def _profile(request: MeasureRequest, cores: list[int], table: Path) -> None:
    """Have the operators told apart; a measurement is whole without."""
    described = _described(request, cores, request.spec.sampling.launches, table)
    with contextlib.suppress(subprocess.TimeoutExpired):
        _start("ondol_runner.operators", described, Path(request.scratch), limit_s=PROFILE_S)


def _described(
    request: MeasureRequest, cores: list[int], number: int, report: Path
) -> LaunchRequest:
    spec = request.spec
    return LaunchRequest(
        engine=spec.engine,
        model_dir=request.model_dir,
        files=[file.path for file in spec.artifact.files],
        usage=spec.usage,
        threads=max(spec.threads, 1),
        cores=cores,
        sampling=spec.sampling,
        done=number,
        status=request.status,
        report=str(report),
        samples=request.samples,
        parent_pid=os.getpid(),
    )


def _start(
    module: str, launch: LaunchRequest, scratch: Path, *, limit_s: float | None = None
) -> int:
    """Run a module in a process of its own on a launch, and return how it ended."""
    described = scratch / f"launch-{launch.done}.json"
    described.write_text(json.dumps(protocol.encode(launch)), encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", module, str(described)],
        check=False,
        stdin=subprocess.DEVNULL,
        cwd=scratch,
        env=os.environ | dict.fromkeys(THREAD_VARIABLES, str(launch.threads)),
        timeout=limit_s,
    ).returncode


def _tell(number: int, report: LaunchReport) -> LaunchReport:
    """Write a line on a launch for the job's log."""
    if (launch := report.launch) is not None:
        median_ms = statistics.median(launch.samples_ms)
        print(
            f"Launch {number + 1}: loaded in {launch.load_ms:.0f} ms, "
            f"{len(launch.samples_ms)} samples, median {median_ms:.3f} ms",
            flush=True,
        )
    return report


def _read_report(path: Path, returncode: int, *, memory_kill: bool) -> LaunchReport:
    """Return a launch's report, or raise Fault with what it says or with how the launch died."""
    try:
        report = protocol.decode(LaunchReport, json.loads(path.read_text("utf-8")))
    except (OSError, ValueError) as error:
        raise death_of(returncode, memory_kill=memory_kill) from error
    if report.fault is not None:
        raise report.fault.fault()
    return report


def death_of(returncode: int, *, memory_kill: bool) -> Fault:
    """Tell how a process of the measurement died that left no report."""
    if returncode == NO_ROOM:
        return full_disk()
    if returncode == -signal.SIGKILL and memory_kill:
        return Fault(
            Reason.OUT_OF_MEMORY,
            sentence(
                "killed_for_memory", "The device ran out of memory and ended the measurement."
            ),
        )
    if returncode < 0:
        how = sentence(
            "measurement_killed",
            "The measurement was ended by {signal} before it had a result; its log may say why.",
            signal=signal.Signals(-returncode).name,
        )
    else:
        how = sentence(
            "measurement_ended",
            "The measurement ended with code {code} before it had a result; its log may say why.",
            code=returncode,
        )
    return Fault(Reason.CRASHED, how)


def _memory_kills() -> int:
    """Count the processes that the kernel has ever killed for want of memory on this host."""
    for line in read_text(ROOT / "proc/vmstat").splitlines():
        name, _, count = line.partition(" ")
        if name == "oom_kill":
            return int(count)
    return 0


def _conditions(
    spec: BenchmarkSpec, reports: list[LaunchReport], load_average: float
) -> Conditions:
    first = reports[0]
    affinity = first.affinity or []
    clocks = [report.frequency_mhz for report in reports if report.frequency_mhz is not None]
    heat = [report.temperature_c for report in reports if report.temperature_c is not None]
    return Conditions(
        engine_version=first.engine_version,
        runner_version=VERSION,
        threads=max(spec.threads, 1),
        affinity=affinity,
        load_average=load_average,
        governor=cpu_governor(affinity[0]) if affinity else None,
        frequency_mhz=statistics.median(clocks) if clocks else None,
        temperature_c=max(heat, default=None),
        power_source=power_source(),
        inputs_sha256=first.inputs_sha256,
    )


def measure_file(path: Path) -> MeasureOutcome:
    """Run the measurement described by a file and write its outcome beside it."""
    request = protocol.decode(MeasureRequest, json.loads(path.read_text("utf-8")))
    tie_to_parent(request.parent_pid)
    try:
        outcome = MeasureOutcome(result=measure(request))
    except Fault as fault:
        outcome = MeasureOutcome(fault=FaultReport.of(fault))
    Path(request.outcome).write_text(json.dumps(protocol.encode(outcome)), encoding="utf-8")
    return outcome


def main() -> int:
    """Measure as the file named on the command line says, within the bounds of a job."""
    bound_this_process()
    return 1 if measure_file(Path(sys.argv[1])).fault else 0


if __name__ == "__main__":
    sys.exit(exit_code(main))
