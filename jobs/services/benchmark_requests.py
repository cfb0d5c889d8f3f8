"""What is asked of a device: to measure an artifact, this one or any that suits."""

from dataclasses import dataclass

from ondol_runner.protocol import ArtifactRef, BenchmarkSpec, Engine, FileRef, Sampling, encode

from jobs.matching import choose_engine, cores_of, engines_of, spell_needs
from jobs.models import Device, Job
from jobs.selectors.devices import may_run_on, suited_devices
from jobs.services.lifecycle import Wish, submit
from jobs.types import JobKind
from portal.accounts.models import User
from portal.core.errors import Conflict, Forbidden, Invalid, invalid_field
from repository.models import Artifact
from repository.selectors.usage import usage_of
from repository.types import ENGINES_OF, NO_FILES, ArtifactOrigin

MEASURED_WITH = {engine.value for engine in Engine}


class EngineMissing(Invalid):
    code = "engine_missing"


class NoneSuits(Invalid):
    code = "no_device_suits"


class NotAllowed(Forbidden):
    code = "device_not_allowed"


class CannotRun(Conflict):
    code = "cannot_run"


def request_benchmark(
    user: User,
    artifact: Artifact,
    device: Device,
    *,
    engine: str = "",
    threads: int = 1,
    again: Job | None = None,
) -> Job:
    """Queue a measurement of an artifact on a device; `again` is the job that it repeats.

    Refuses at once what could never run: a format no engine here runs, an engine the device lacks.
    """
    if not may_run_on(user, device):
        raise NotAllowed(
            f"{device.name} is not open to you. "
            f"Ask {device.runner.owner}, or choose another device."
        )
    suited = _suited_engines(artifact)
    present = engines_of(device.passport)
    chosen = choose_engine(engine, suited, present)
    if chosen is None:
        has = ", ".join(sorted(present)) or "no engine at all"
        engines = [engine] if engine else suited
        raise EngineMissing(
            f"{device.name} cannot run {artifact}: it needs {' or '.join(engines)}, "
            f"and the device has {has}. Install the engine there, or choose another device.",
            details={"engine": ["missing on the device"]},
            values={"device": device.name, "engines": ", ".join(engines)},
        )
    cores = cores_of(device.passport)
    if not 1 <= threads <= cores:
        raise invalid_field("threads", f"{device.name} has {cores} cores: choose 1 to {cores}.")
    title = f"{artifact.revision.ai_model} {artifact} on {device.name}"
    # The name stays with the job: a number outlives the device it was measured on.
    wanted = {**encode(_spec(artifact, chosen, threads)), "device_name": device.name}
    wish = Wish(JobKind.BENCHMARK, title[:200], wanted, artifact, device, chosen)
    return submit(user, wish, retry_of=again)


@dataclass(frozen=True)
class Suited:
    """Any device with an engine that also tells of some abilities; see `has_abilities`."""

    engine: str
    abilities: tuple[str, ...] = ()


def request_anywhere(
    user: User, artifact: Artifact, suited: Suited, *, threads: int = 1, again: Job | None = None
) -> Job:
    """Queue a measurement for the first idle device that suits; `again` is what it repeats.

    Refuses at once what no attached device that is open to the person could ever run.
    """
    if suited.engine not in _suited_engines(artifact):
        raise EngineMissing(
            f"{suited.engine} does not run {artifact}. Choose another engine.",
            code="engine_unfit",
            details={"engine": ["cannot run this file"]},
        )
    devices = suited_devices(suited.engine, suited.abilities, threads)
    if not devices:
        needs = spell_needs(suited.engine, suited.abilities, threads)
        raise NoneSuits(
            f"No attached device has {needs}. Connect one, or ask for less.",
            values={"engine": suited.engine},
        )
    if not any(may_run_on(user, device) for device in devices):
        raise NotAllowed("No device that suits is open to you. Ask the owner of one.")
    title = f"{artifact.revision.ai_model} {artifact} on any device with {suited.engine}"
    wish = Wish(
        JobKind.BENCHMARK,
        title[:200],
        encode(_spec(artifact, suited.engine, threads)),
        artifact,
        engine=suited.engine,
        any_device=True,
        abilities=suited.abilities,
    )
    return submit(user, wish, retry_of=again)


def _suited_engines(artifact: Artifact) -> list[str]:
    if artifact.origin == ArtifactOrigin.PUBLISHED:
        raise CannotRun(NO_FILES, code="figures_only")
    suited = [name for name in ENGINES_OF.get(artifact.format, ()) if name in MEASURED_WITH]
    if not suited:
        raise CannotRun(f"No engine of the runner runs {artifact.get_format_display()} files yet.")
    return suited


def _spec(artifact: Artifact, engine: str, threads: int) -> BenchmarkSpec:
    return BenchmarkSpec(
        artifact=ArtifactRef(
            artifact_id=str(artifact.pk),
            format=artifact.format,
            precision=artifact.precision,
            files=[
                FileRef(file.path, file.blob_id, file.blob.size_bytes)
                for file in artifact.files.select_related("blob").order_by("path")
            ],
        ),
        engine=Engine(engine),
        usage=usage_of(artifact),
        threads=threads,
        samples=_samples(artifact),
        sampling=Sampling(),
    )


def _samples(artifact: Artifact) -> FileRef | None:
    """Real inputs where the artifact was checked with some: timing can depend on the values."""
    chosen = artifact.evaluation_set
    if chosen is None:
        return None
    blob = chosen.evaluation_blob
    return FileRef("samples.safetensors", blob.sha256, blob.size_bytes)
