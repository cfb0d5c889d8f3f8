"""How an artifact is fed: as its registrant said, or as its file says."""

from ondol_runner.protocol import InputSpec, Usage, decode

from portal.core.errors import Conflict
from repository.models import Artifact, Inspection, UsageSpec


class UsageUnknown(Conflict):
    code = "usage_unknown"


def usage_of(artifact: Artifact) -> Usage:
    """Return the usage of an artifact's revision, or refuse naming how to give one."""
    kept = UsageSpec.objects.filter(revision=artifact.revision_id).first()
    if kept is not None:
        return decode(Usage, {"inputs": kept.inputs, "labels": kept.labels, "output": kept.output})
    # What was converted is fed like what it was converted from; only uploads were inspected.
    origin = artifact
    while origin.source is not None:
        origin = origin.source
    for inspection in Inspection.objects.filter(blob__in=origin.files.values("blob")):
        inputs = inspection.facts.get("inputs") or []
        if inputs:
            return Usage(inputs=[_input(given) for given in inputs])
    raise UsageUnknown(
        "Nobody has said how this model is fed, and its file does not tell. "
        "Commit again with `usage`: the name, shape and scaling of each input."
    )


def _input(given: dict[str, object]) -> InputSpec:
    shape = given.get("shape")
    sizes = (
        [size if isinstance(size, int) else -1 for size in shape] if isinstance(shape, list) else []
    )
    return InputSpec(name=str(given["name"]), shape=sizes, dtype=str(given.get("dtype", "float32")))
