"""Work as people ask for it: a new job, or an old one again with other settings."""

from typing import Any

from rest_framework import serializers

from jobs.converters.base import Form
from jobs.matching import is_ability
from jobs.models import Job
from jobs.selectors.devices import get_device
from jobs.services.benchmark_requests import Suited, request_anywhere, request_benchmark
from jobs.services.conversions import request_conversion
from jobs.types import JobKind
from portal.accounts.models import User
from portal.core.errors import Conflict
from repository.selectors.artifacts import get_artifact
from repository.selectors.evaluation_sets import get_evaluation_set
from repository.types import ArtifactFormat, Need, Precision

MOST_LETTERS = 200


class FileGone(Conflict):
    code = "artifact_gone"


class FormIn(serializers.Serializer[Any]):
    format = serializers.ChoiceField(ArtifactFormat.choices)
    precision = serializers.ChoiceField(Precision.choices)


def _known(word: str) -> None:
    if not is_ability(word):
        raise serializers.ValidationError(
            f"`{word}` is nothing a device can be asked for. There are memory>=4 (GiB), cores>=8, "
            "accelerator=NAME, and words of its specs."
        )


def _kept(words: list[str]) -> None:
    if len("\n".join(words)) > MOST_LETTERS:
        raise serializers.ValidationError(f"Ask for less: {MOST_LETTERS} letters in all.")


class AbilitiesIn(serializers.ListField):
    """What a device must have.

    `memory>=4` (GiB), `cores>=8`, `accelerator=NAME`, or parts of what it tells of itself.
    """

    child = serializers.CharField(max_length=80, validators=[_known])

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=6, validators=[_kept], **kwargs)


class JobIn(serializers.Serializer[Any]):
    """What somebody wants: a conversion needs `target`, a benchmark `device` or `engine`.

    With an `engine` and no `device`, the first idle device that has it, and every one of
    `abilities`, takes the job.
    """

    kind = serializers.ChoiceField(JobKind.choices)
    artifact = serializers.IntegerField()
    target = FormIn(required=False)
    evaluation_set = serializers.IntegerField(required=False, allow_null=True)
    device = serializers.CharField(max_length=20, required=False, allow_blank=True)
    engine = serializers.CharField(max_length=20, required=False, default="", allow_blank=True)
    abilities = AbilitiesIn(required=False, default=list)
    threads = serializers.IntegerField(min_value=1, max_value=256, required=False, default=1)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["kind"] == JobKind.CONVERT and "target" not in attrs:
            raise serializers.ValidationError({"target": ["A convert job needs it."]})
        if attrs["kind"] == JobKind.BENCHMARK and not (attrs.get("device") or attrs["engine"]):
            told = "Name a device, or an `engine` that any device may have."
            raise serializers.ValidationError({"device": [told]})
        return attrs


class AgainIn(serializers.Serializer[Any]):
    """What should be otherwise this time; a setting that is not given stays as it was."""

    artifact = serializers.IntegerField(required=False)
    target = FormIn(required=False)
    evaluation_set = serializers.IntegerField(required=False, allow_null=True)
    device = serializers.CharField(max_length=20, required=False, allow_blank=True)
    engine = serializers.CharField(max_length=20, required=False, allow_blank=True)
    abilities = AbilitiesIn(required=False)
    threads = serializers.IntegerField(min_value=1, max_value=256, required=False)


def submit_job(user: User, given: dict[str, Any], *, again: Job | None = None) -> Job:
    """Queue what a JobIn asks for; `again` is the job that it repeats with other settings."""
    if given["kind"] == JobKind.BENCHMARK and not given.get("device"):
        return request_anywhere(
            user,
            get_artifact(user, given["artifact"]),
            Suited(given["engine"], tuple(given["abilities"])),
            threads=given["threads"],
            again=again,
        )
    if given["kind"] == JobKind.BENCHMARK:
        return request_benchmark(
            user,
            get_artifact(user, given["artifact"]),
            get_device(given["device"]),
            engine=given["engine"],
            threads=given["threads"],
            again=again,
        )
    chosen = given.get("evaluation_set")
    return request_conversion(
        user,
        get_artifact(user, given["artifact"], Need.WRITE),
        Form(given["target"]["format"], given["target"]["precision"]),
        evaluation_set=get_evaluation_set(user, chosen) if chosen else None,
        again=again,
    )


def submit_again(user: User, job: Job, changes: dict[str, Any]) -> Job:
    """Queue a job's work once more, with changed settings, as a new job linked to the old."""
    if job.artifact is None and "artifact" not in changes:
        raise FileGone("The device file of this job is gone: name another `artifact`.")
    before: dict[str, Any] = {"kind": job.kind, "artifact": job.artifact_id}
    if job.kind == JobKind.BENCHMARK:
        # Another device may lack the engine, so the choice is made anew there.
        engine = "" if changes.get("device") else job.engine
        before |= {
            "device": "" if job.any_device else job.device_id or "",
            "engine": engine,
            "abilities": job.abilities.splitlines(),
            "threads": job.spec.get("threads", 1),
        }
    else:
        before |= {
            "target": job.spec["target"],
            "evaluation_set": job.spec.get("evaluation_set"),
        }
    return submit_job(user, before | changes, again=job)
