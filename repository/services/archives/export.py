"""Telling a model whole: what an archive's document says, and which bytes go with it."""

from collections.abc import Iterable, Iterator, Mapping

from django.conf import settings
from django.utils import timezone

from repository.models import AiModel, Artifact, Blob, Inspection, Ref, Revision
from repository.services.archives import document as d
from repository.types import FigureOrigin, FileStatus, Relation


def describe(ai_model: AiModel) -> d.Document:
    """Return the document of a model, with every version, name, artifact and figure.

    What is given to nobody stays here: blocked and damaged files are named, not packed.
    """
    rows = ai_model.revisions.select_related(
        "author", "parent", "usage", "lineage__parent__ai_model__namespace"
    )
    held = _Held(ai_model)
    versions = [_version(revision, held) for revision in rows.order_by("created_at", "id")]
    forms = [form for row in _artifacts(ai_model) if (form := _form(row, held)) is not None]
    used = [*(version.files for version in versions), *(form.files for form in forms)]
    digests = {sha256 for files in used for sha256 in files.values()}
    return d.Document(
        source=f"{settings.ENV.public_url.rstrip('/')}/models/{ai_model}"[:300],
        exported_at=timezone.now(),
        has_files=any(set(version.files) - {"README.md"} for version in versions),
        model=_entry(ai_model),
        blobs={sha256: held.sizes[sha256] for sha256 in sorted(digests)},
        versions=versions,
        names=[_name(ref) for ref in ai_model.refs.order_by("id")],
        forms=forms,
        left_out=held.left_out,
    )


class _Held:
    """The bytes of a model, and which of them are not given out."""

    def __init__(self, ai_model: AiModel) -> None:
        rows = Blob.objects.filter(model_files__revision__ai_model=ai_model) | Blob.objects.filter(
            artifact_files__artifact__revision__ai_model=ai_model
        )
        blobs = list(rows.distinct())
        self.sizes = {blob.sha256: blob.size_bytes for blob in blobs}
        self._damaged = {blob.sha256 for blob in blobs if blob.damaged_at is not None}
        blocked = Inspection.objects.filter(blob__in=self.sizes, status=FileStatus.BLOCKED)
        self._blocked = set(blocked.values_list("blob_id", flat=True))
        self.left_out: list[d.LeftOut] = []

    def given(self, revision: str, files: Iterable[tuple[str, str]]) -> dict[str, str]:
        """Return the files that go along; the others are noted."""
        kept = {}
        for path, sha256 in files:
            if sha256 in self._blocked:
                self._leave_out(revision, path, sha256, blocked=True)
            elif sha256 in self._damaged:
                self._leave_out(revision, path, sha256, blocked=False)
            else:
                kept[path] = sha256
        return kept

    def _leave_out(self, revision: str, path: str, sha256: str, *, blocked: bool) -> None:
        why = "blocked" if blocked else "damaged"
        self.left_out.append(d.LeftOut(revision=revision, path=path, sha256=sha256, why=why))


def _entry(ai_model: AiModel) -> d.Entry:
    return d.Entry(
        owner=ai_model.namespace.slug,
        name=ai_model.name,
        summary=ai_model.summary,
        service_type=ai_model.service_type.slug,
        contexts=[context.slug for context in ai_model.contexts.order_by("slug")],
        task=ai_model.task,
        license=ai_model.license,
        visibility=ai_model.visibility,
    )


def _version(revision: Revision, held: _Held) -> d.Version:
    usage = getattr(revision, "usage", None)
    origin = getattr(revision, "lineage", None)
    source = origin.source if origin else ""
    if origin and origin.parent:
        source = f"{origin.parent.ai_model}@{origin.parent.oid}"
    files = revision.files.order_by("path").values_list("path", "blob_id")
    return d.Version(
        oid=revision.oid,
        parent=revision.parent.oid if revision.parent else None,
        message=revision.message,
        author=revision.author.username[:64],
        created_at=revision.created_at,
        deleted=revision.deleted_at is not None,
        files=held.given(revision.oid, files),
        usage=d.Usage(inputs=usage.inputs, labels=usage.labels, output=usage.output)
        if usage
        else None,
        relation=origin.relation if origin else Relation.UPLOADED,
        source=source,
        signatures=[
            d.Signature.model_validate(row, from_attributes=True)
            for row in revision.signatures.order_by("id")
        ],
    )


def _name(ref: Ref) -> d.Name:
    moves = [move.revision.oid for move in ref.moves.select_related("revision").order_by("id")]
    if not moves or moves[-1] != ref.revision.oid:
        moves.append(ref.revision.oid)
    return d.Name(kind=ref.kind, name=ref.name, withdrawn=ref.withdrawn_at is not None, moves=moves)


def _artifacts(ai_model: AiModel) -> Iterator[Artifact]:
    rows = Artifact.objects.filter(revision__ai_model=ai_model).select_related("revision")
    yield from rows.prefetch_related("files", "figures").order_by("id")


def _form(artifact: Artifact, held: _Held) -> d.Form | None:
    """Tell of an artifact, unless some of its files stay here."""
    pairs = [(file.path, file.blob_id) for file in artifact.files.all()]
    files = held.given(artifact.revision.oid, pairs)
    if len(files) != len(pairs):
        return None
    figures = [
        d.Figure.model_validate(row, from_attributes=True)
        for row in artifact.figures.all()
        if row.origin != FigureOrigin.PREDICTED
    ]
    told: Mapping[str, object] = {
        **{name: getattr(artifact, name) for name in d.Form.model_fields if name not in APART},
        "revision": artifact.revision.oid,
        "source": artifact.source_id,
        "files": files,
        "figures": figures,
    }
    return d.Form.model_validate(told)


APART = frozenset({"revision", "source", "files", "figures"})
