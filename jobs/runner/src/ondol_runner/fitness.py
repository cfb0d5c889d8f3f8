"""Whether this host can serve an offer, asked before it is accepted."""

from __future__ import annotations

import shutil

from ondol_runner.config import Config
from ondol_runner.downloads import Cache
from ondol_runner.faults import Fault
from ondol_runner.probe import ENGINE_EXTRAS, engine_version
from ondol_runner.protocol import FileRef, Grant, Reason, Sentence

BENCHMARK = "benchmark"
DISK_RESERVE_BYTES = 64 * 2**20
MIB = 2**20


def check_fitness(grant: Grant, config: Config, cache: Cache) -> None:
    """Raise Fault where the offer cannot be served here, so that it is refused at once.

    A refusal ends no job: its sentences are read in logs alone and have no names.
    """
    if grant.kind != BENCHMARK:
        said = f"This runner only measures; it knows no {grant.kind!r} jobs."
        raise Fault(Reason.UNKNOWN, Sentence(said))
    if grant.device not in {device.name for device in config.devices}:
        said = f"No device {grant.device!r} is attached to this runner."
        raise Fault(Reason.UNKNOWN, Sentence(said))
    engine = grant.spec.engine
    if engine_version(engine) is None:
        said = f"The engine {engine.value} is not installed here: install {ENGINE_EXTRAS[engine]}."
        raise Fault(Reason.ENGINE_MISSING, Sentence(said))
    _check_disk(grant, cache)


def _check_disk(grant: Grant, cache: Cache) -> None:
    wanted: list[FileRef] = [*grant.spec.artifact.files]
    if grant.spec.samples is not None:
        wanted.append(grant.spec.samples)
    missing = sum(file.size_bytes for file in wanted if not cache.path(file.sha256).is_file())
    free = shutil.disk_usage(cache.folder).free
    if missing + DISK_RESERVE_BYTES > free:
        said = (
            f"The job's files need {missing / MIB:.0f} MiB; the device has {free / MIB:.0f} free, "
            f"of which {DISK_RESERVE_BYTES / MIB:.0f} stay free."
        )
        raise Fault(Reason.OUT_OF_DISK, Sentence(said))
