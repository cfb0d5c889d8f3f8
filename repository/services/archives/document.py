"""What an archive says of its model: one JSON document, written and read by the same classes."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from repository.types import (
    ArtifactFormat,
    ArtifactOrigin,
    FigureOrigin,
    Precision,
    RefKind,
    Relation,
    Visibility,
)

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Oid = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}$")]
Word = Annotated[str, StringConstraints(max_length=64)]
Line = Annotated[str, StringConstraints(max_length=300)]
Path = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Number = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Size = Annotated[int, Field(ge=0, lt=2**60)]


class Part(BaseModel):
    """A part of the document. What we do not know is refused: it would be lost unseen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Entry(Part):
    """What the catalogue says of the model where it came from."""

    owner: Word
    name: Word
    summary: Annotated[str, StringConstraints(max_length=200)]
    service_type: Word
    contexts: Annotated[list[Word], Field(max_length=100)]
    task: Word
    license: Word
    visibility: Visibility


class Usage(Part):
    inputs: list[dict[str, Any]]
    labels: list[Any]
    output: Annotated[str, StringConstraints(max_length=40)]


class Signature(Part):
    """A publisher's key on files of a version, as it was made where the model came from."""

    key: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]{43}=$")]
    statement: Annotated[str, StringConstraints(max_length=1_000_000)]
    signature: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]{86}==$")]


class Version(Part):
    """A revision; the one before it stands before it in the list. A deleted one has no files."""

    oid: Oid
    parent: Oid | None
    message: Annotated[str, StringConstraints(max_length=500)]
    author: Word
    created_at: AwareDatetime
    deleted: bool
    files: dict[Path, Digest]
    usage: Usage | None
    relation: Relation
    source: Line
    signatures: Annotated[list[Signature], Field(max_length=200)] = []


class Name(Part):
    """A branch, version or alias, with the revisions it meant, the last one now."""

    kind: RefKind
    name: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    withdrawn: bool
    moves: Annotated[list[Oid], Field(min_length=1, max_length=10_000)]


class Figure(Part):
    profile: Word
    device: Annotated[str, StringConstraints(max_length=120)]
    engine: Annotated[str, StringConstraints(max_length=20)]
    compute_unit: Annotated[str, StringConstraints(max_length=8)]
    p50_ms: Number
    p50_low_ms: Number | None
    p50_high_ms: Number | None
    p95_ms: Number | None
    peak_memory_bytes: Size | None
    verdict: Annotated[str, StringConstraints(max_length=12)]
    origin: FigureOrigin
    measured_at: AwareDatetime


class Form(Part):
    """An artifact. `id` is its number in the archive, which `source` and benchmarks refer to."""

    id: int
    revision: Oid
    format: ArtifactFormat
    precision: Precision
    component: Annotated[str, StringConstraints(max_length=80)]
    origin: ArtifactOrigin
    source: int | None
    recipe: dict[str, Any]
    recipe_sha256: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{64})?$")]
    size_bytes: Size | None
    metric: Annotated[str, StringConstraints(max_length=40)]
    accuracy: Annotated[float, Field(allow_inf_nan=False)] | None
    source_accuracy: Annotated[float, Field(allow_inf_nan=False)] | None
    accuracy_device: Annotated[str, StringConstraints(max_length=120)]
    files: dict[Path, Digest]
    figures: list[Figure]


class Record(Part):
    """A benchmark as its evidence: every sample and condition, sealed by its digest."""

    artifact: int
    engine: Annotated[str, StringConstraints(max_length=20)]
    title: Annotated[str, StringConstraints(max_length=200)]
    created_at: AwareDatetime
    sha256: Digest
    document: dict[str, Any]


class LeftOut(Part):
    """A file that is not in the archive, and why."""

    revision: Oid
    path: Path
    sha256: Digest
    why: Literal["blocked", "damaged"]


class Document(Part):
    """All that an archive holds besides bytes. `has_files` is false for a catalogue entry alone."""

    format: Literal["ondol-model-archive"] = "ondol-model-archive"
    version: Literal[1] = 1
    source: Line
    exported_at: AwareDatetime
    has_files: bool
    model: Entry
    blobs: Annotated[dict[Digest, Size], Field(max_length=100_000)]
    versions: Annotated[list[Version], Field(max_length=10_000)]
    names: Annotated[list[Name], Field(max_length=10_000)]
    forms: Annotated[list[Form], Field(max_length=10_000)]
    left_out: list[LeftOut]
    benchmarks: Annotated[list[Record], Field(max_length=10_000)] = []
