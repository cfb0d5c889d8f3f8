"""One fresh process that loads a model and times it; `measure` starts several in turn."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from ondol_runner import protocol
from ondol_runner.backends.base import Session, bind
from ondol_runner.backends.registry import find_backend
from ondol_runner.disk import exit_code
from ondol_runner.faults import Fault, FaultReport
from ondol_runner.inputs import Feeds, benchmark_feeds, feeds_sha256
from ondol_runner.lifeline import tie_to_parent
from ondol_runner.messages import LaunchReport, LaunchRequest
from ondol_runner.protocol import Launch, Reason, sentence
from ondol_runner.sampling import take_samples
from ondol_runner.sensors import cpu_frequency_mhz, cpu_temperature_c, read_text
from ondol_runner.status import StatusFile

FEEDS = 16
KIB = 1024
MS_PER_S = 1000.0
PROGRESS_EVERY_S = 1.0


class Progress:
    """Tells how far the sampling is, at most once a second so as not to disturb it."""

    def __init__(self, request: LaunchRequest) -> None:
        self._file = StatusFile(Path(request.status))
        self._done = request.done
        self._launches = max(request.sampling.launches, 1)
        self._told_at = 0.0

    def loading(self) -> None:
        self._tell(0.0, "loading")

    def sampling(self, count: int, part: float) -> None:
        if time.monotonic() - self._told_at >= PROGRESS_EVERY_S:
            self._tell(min(max(part, 0.0), 1.0), f"{count} samples")

    def _tell(self, part: float, text: str) -> None:
        self._told_at = time.monotonic()
        number = f"launch {self._done + 1} of {self._launches}"
        self._file.write("measure", (self._done + part) / self._launches, f"{number}, {text}")


def run_launch(request: LaunchRequest) -> LaunchReport:
    """Import the engine, load the model, sample it; raise Fault where one of these fails."""
    pin(request.cores)
    progress = Progress(request)
    progress.loading()
    backend = find_backend(request.engine)
    import_rss_bytes = psutil.Process().memory_info().rss
    started = time.perf_counter()
    session = backend.load(Path(request.model_dir), request.files, threads=request.threads)
    load_ms = (time.perf_counter() - started) * MS_PER_S
    samples = Path(request.samples) if request.samples else None
    feeds = benchmark_feeds(request.usage, samples, FEEDS)
    bound = [bind(feed, session.inputs) for feed in feeds]
    taken = take_samples(_caller(session, bound), request.sampling, progress.sampling)
    # Read at once, while the processor still runs as it did for the last sample.
    frequency_mhz, temperature_c = cpu_frequency_mhz(request.cores[0]), cpu_temperature_c()
    return LaunchReport(
        launch=Launch(
            load_ms=load_ms,
            import_rss_bytes=import_rss_bytes,
            peak_rss_bytes=peak_rss_bytes(),
            samples_ms=taken.samples_ms,
            cpu_share=taken.cpu_share,
        ),
        engine_version=backend.version,
        inputs_sha256=feeds_sha256(feeds),
        affinity=sorted(os.sched_getaffinity(0)),
        frequency_mhz=frequency_mhz,
        temperature_c=temperature_c,
    )


def peak_rss_bytes() -> int:
    """Return the highest resident set of this program; getrusage would count its parent's too."""
    for line in read_text(Path("/proc/self/status")).splitlines():
        name, _, value = line.partition(":")
        if name == "VmHWM":
            return int(value.split()[0]) * KIB
    return int(psutil.Process().memory_info().rss)


def _caller(session: Session, feeds: list[Feeds]) -> Callable[[int], object]:
    count = len(feeds)
    return lambda number: session.run(feeds[number % count])


def pin(cores: list[int]) -> None:
    """Keep this process on its cores; a host that forbids it shows so in the conditions."""
    try:
        os.sched_setaffinity(0, cores)
    except OSError as error:
        print(f"The processor cores cannot be chosen: {error.strerror}.", file=sys.stderr)


def main() -> int:
    """Run the launch described by the file named on the command line."""
    request = protocol.decode(LaunchRequest, json.loads(Path(sys.argv[1]).read_text("utf-8")))
    tie_to_parent(request.parent_pid)
    try:
        report = run_launch(request)
    except Fault as fault:
        report = LaunchReport(fault=FaultReport.of(fault))
    except MemoryError:
        said = sentence("model_too_large", "The model does not fit the device's memory.")
        report = LaunchReport(fault=FaultReport.of(Fault(Reason.OUT_OF_MEMORY, said)))
    Path(request.report).write_text(json.dumps(protocol.encode(report)), encoding="utf-8")
    return 0 if report.launch else 1


if __name__ == "__main__":
    sys.exit(exit_code(main))
