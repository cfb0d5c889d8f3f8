"""Conversions as people ask for them: which are possible, and the job that makes one."""

from dataclasses import dataclass

from ondol_runner.protocol import encode

from jobs.converters.base import Form
from jobs.converters.planning import NoRoute, plan, reachable
from jobs.models import Job
from jobs.services.lifecycle import Wish, submit
from jobs.types import JobKind
from portal.accounts.models import User
from portal.core.errors import Invalid, invalid_field
from repository.models import Artifact, EvaluationSet
from repository.selectors.usage import usage_of
from repository.types import ENGINES_OF, NO_FILES, ArtifactOrigin


class NoSuchConversion(Invalid):
    code = "no_such_conversion"


@dataclass(frozen=True)
class Target:
    """A form that an artifact can be converted to, and the way there."""

    format: str
    precision: str
    engine: str
    needs_calibration: bool
    steps: list[str]


def list_targets(artifact: Artifact) -> list[Target]:
    """Return every form that the converters can make of an artifact."""
    if artifact.origin == ArtifactOrigin.PUBLISHED:
        return []
    source = Form(artifact.format, artifact.precision)
    return [
        Target(
            format=form.format,
            precision=form.precision,
            engine=ENGINES_OF[form.format][0],
            needs_calibration=any(step.needs_calibration for step in route),
            steps=[step.name for step in route],
        )
        for form, route in reachable(source)
    ]


def request_conversion(
    user: User,
    artifact: Artifact,
    target: Form,
    *,
    evaluation_set: EvaluationSet | None,
    again: Job | None = None,
) -> Job:
    """Queue a conversion; `again` is the job that it repeats.

    It starts from the nearest form that the revision already has.

    Refuses what no chain of converters reaches, and a quantization without calibration samples.
    """
    if artifact.origin == ArtifactOrigin.PUBLISHED:
        raise NoSuchConversion(NO_FILES, code="figures_only")
    siblings = artifact.revision.artifacts.exclude(origin=ArtifactOrigin.PUBLISHED).order_by("-id")
    forms = {Form(row.format, row.precision): row for row in siblings}
    forms[Form(artifact.format, artifact.precision)] = artifact
    if target == Form(artifact.format, artifact.precision):
        raise NoSuchConversion("The device file has this format and precision already.")
    try:
        route = plan([form for form in forms if form != target], target)
    except NoRoute as error:
        raise NoSuchConversion(str(error), details={"target": [str(error)]}) from error
    if any(step.needs_calibration for step in route) and not (
        evaluation_set and evaluation_set.calibration_blob_id
    ):
        raise invalid_field(
            "evaluation_set",
            "Choose test data that has int8 samples: they set the ranges of the integers.",
            "calibration_missing",
        )
    source = forms[route[0].source]
    spec = {
        "source": source.pk,
        "target": {"format": target.format, "precision": target.precision},
        "steps": [step.name for step in route],
        "usage": encode(usage_of(source)),
        "evaluation_set": evaluation_set.pk if evaluation_set else None,
    }
    engine = ENGINES_OF[target.format][0]
    title = f"{artifact.revision.ai_model} to {target.format} {target.precision}"
    wish = Wish(JobKind.CONVERT, title[:200], spec, source, engine=engine)
    return submit(user, wish, retry_of=again)
