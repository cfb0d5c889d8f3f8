"""Making a model of an archive: whole, under a name of this site, or not at all."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone
from ondol.releases import Signed

from portal.accounts.models import User
from portal.accounts.selectors.people import get_namespace
from portal.core.errors import Invalid, invalid_field
from repository.models import (
    AiModel,
    Artifact,
    ArtifactFigure,
    ArtifactFile,
    Blob,
    ModelFile,
    Ref,
    RefMove,
    Revision,
    ServiceType,
    UsageSpec,
)
from repository.services.ai_models import NameTaken, register_model, touch_model
from repository.services.archives import document as d
from repository.services.archives.package import Package, WrongArchive
from repository.services.artifacts import derive_artifacts
from repository.services.carrying import seal_content
from repository.services.commits import MOST_FILES, README, keep_readme, read_readme
from repository.services.lineage import set_origin
from repository.services.paths import check_path, check_together
from repository.services.pushes import inspect_or_refuse
from repository.services.quota import check_commit, check_room
from repository.services.refs import check_name
from repository.services.signatures import check_signed, keep_signature
from repository.services.uploads import check_disk
from repository.types import ArtifactOrigin, FigureOrigin, Relation, Visibility

SAME = frozenset({"id", "revision", "source", "files", "figures"})
"""Fields of a form that are numbers of the archive, or rows of their own."""


@dataclass(frozen=True)
class Target:
    """Where a model goes, and what of its entry is to be otherwise here."""

    owner: str
    name: str = ""
    service_type: str = ""
    visibility: Visibility | None = None


@dataclass
class Restored:
    ai_model: AiModel
    document: d.Document
    artifacts: dict[int, Artifact] = field(default_factory=dict)
    """By their number in the archive."""


def bring_bytes(user: User, package: Package, target: Target) -> dict[str, Blob]:
    """Keep the bytes of an archive, each under its digest, and let the reader see the files.

    Refuses before the first byte a name that is taken and a size that nobody has room for. What
    is refused later leaves bytes that nobody points at: the collection takes them.
    """
    document = package.document
    namespace = get_namespace(user, target.owner)
    name = target.name or document.model.name
    if AiModel.objects.filter(namespace=namespace, name=name).exists():
        raise NameTaken(
            f"'{target.owner}/{name}' is taken. Choose another name.", details={"name": ["taken"]}
        )
    _check_paths(document)
    total = sum(document.blobs.values())
    check_room(namespace, total)
    check_disk(total)
    blobs = {sha256: package.bring(sha256) for sha256 in document.blobs}
    for files in _all_files(document):
        inspect_or_refuse({path: _blob(blobs, sha256) for path, sha256 in files.items()})
    return blobs


def restore(user: User, document: d.Document, blobs: Mapping[str, Blob], to: Target) -> Restored:
    """Write a model with its versions, names, device files and figures, in one transaction.

    Whoever brings it is its author here. Its figures were measured elsewhere, and say so.
    """
    entry = document.model
    with transaction.atomic():
        ai_model = register_model(
            user,
            owner=to.owner,
            name=to.name or entry.name,
            changes={
                "summary": entry.summary,
                "service_type": _service_type(to.service_type or entry.service_type),
                "contexts": entry.contexts,
                "task": entry.task[:60],
                "license": entry.license[:60],
                "visibility": to.visibility or entry.visibility,
            },
        )
        restored = Restored(ai_model, document)
        revisions: dict[str, Revision] = {}
        for version in document.versions:
            files = {path: _blob(blobs, sha256) for path, sha256 in version.files.items()}
            check_commit(ai_model, files)
            revisions[version.oid] = _write(user, ai_model, version, files, revisions)
        for version in document.versions:
            _say_origin(revisions[version.oid], version, document, revisions)
        for name in document.names:
            _give_name(user, ai_model, name, revisions)
        for form in document.forms:
            _make_form(restored, form, _revision(revisions, form.revision), blobs)
        for version in document.versions:
            _keep_signatures(revisions[version.oid], version)
        touch_model(ai_model)
    return restored


def _all_files(document: d.Document) -> list[dict[str, str]]:
    return [
        *(version.files for version in document.versions),
        *(form.files for form in document.forms),
    ]


def _check_paths(document: d.Document) -> None:
    for files in _all_files(document):
        if len(files) > MOST_FILES:
            raise invalid_field("files", f"A version holds at most {MOST_FILES} files.")
        for path in files:
            if check_path(path) != path:
                raise WrongArchive(f"The path {path!r} is not in composed form.")
        check_together(files)


def _blob(blobs: Mapping[str, Blob], sha256: str) -> Blob:
    found = blobs.get(sha256)
    if found is None:
        raise WrongArchive(f"A file names bytes that are not in the archive: {sha256}.")
    return found


def _service_type(slug: str) -> str:
    if not ServiceType.objects.filter(slug=slug).exists():
        raise invalid_field(
            "service_type", f"There is no service type '{slug}' here. Name one of this site."
        )
    return slug


def _revision(revisions: Mapping[str, Revision], oid: str) -> Revision:
    found = revisions.get(oid)
    if found is None:
        raise WrongArchive(f"The version {oid} is named, but not in the archive before that.")
    return found


def _write(
    user: User,
    ai_model: AiModel,
    version: d.Version,
    files: Mapping[str, Blob],
    revisions: Mapping[str, Revision],
) -> Revision:
    if version.oid in revisions:
        raise WrongArchive(f"The version {version.oid} is in the archive twice.")
    revision = Revision.objects.create(
        ai_model=ai_model,
        oid=version.oid,
        parent=_revision(revisions, version.parent) if version.parent else None,
        message=version.message,
        author=user,
        created_at=version.created_at,
        deleted_at=timezone.now() if version.deleted else None,
    )
    ModelFile.objects.bulk_create(
        ModelFile(revision=revision, path=path, blob=blob) for path, blob in files.items()
    )
    if version.usage is not None:
        UsageSpec.objects.create(revision=revision, **version.usage.model_dump())
    text = read_readme(files.get(README))
    if text is not None:
        keep_readme(revision, text)
    derive_artifacts(revision)
    return revision


def _say_origin(
    revision: Revision, version: d.Version, document: d.Document, revisions: Mapping[str, Revision]
) -> None:
    """Keep what a version came from; of a model of its own it is known here too."""
    own = f"{document.model.owner}/{document.model.name}@"
    parent = revisions.get(version.source.removeprefix(own))
    if parent is not None and version.source.startswith(own):
        set_origin(revision, version.relation, parent=parent)
    elif version.relation == Relation.UPLOADED and not version.source:
        set_origin(revision, Relation.IMPORTED, source=document.source)
    else:
        set_origin(revision, version.relation, source=version.source or document.source)


def _keep_signatures(revision: Revision, version: d.Version) -> None:
    """Keep what keys say of a version, as far as it is true of the bytes that came."""
    for row in version.signatures:
        signed = Signed(**row.model_dump())
        with suppress(Invalid):
            check_signed(revision, signed)
            keep_signature(revision, signed)


def _give_name(
    user: User, ai_model: AiModel, name: d.Name, revisions: Mapping[str, Revision]
) -> None:
    check_name(name.kind, name.name)
    moves = [_revision(revisions, oid) for oid in name.moves]
    ref = Ref.objects.create(
        ai_model=ai_model,
        kind=name.kind,
        name=name.name,
        revision=moves[-1],
        withdrawn_at=timezone.now() if name.withdrawn else None,
    )
    RefMove.objects.bulk_create(
        RefMove(ref=ref, revision=revision, moved_by=user) for revision in moves
    )


def _make_form(
    restored: Restored, form: d.Form, revision: Revision, blobs: Mapping[str, Blob]
) -> None:
    """Make an artifact, or give an uploaded one that was found among the files its figures."""
    given = {name: getattr(form, name) for name in d.Form.model_fields if name not in SAME}
    key = ("format", "precision", "component", "recipe_sha256")
    known = revision.artifacts.filter(**{name: given[name] for name in key}).first()
    if known is None and form.origin == ArtifactOrigin.UPLOADED:
        # Our own reader does not find it in these files: then it is none.
        return
    if known is None:
        source = restored.artifacts.get(form.source) if form.source is not None else None
        known = Artifact.objects.create(revision=revision, source=source, **given)
        ArtifactFile.objects.bulk_create(
            ArtifactFile(artifact=known, path=path, blob=_blob(blobs, sha256))
            for path, sha256 in form.files.items()
        )
        seal_content(known)
    else:
        told = ("metric", "accuracy", "source_accuracy", "accuracy_device")
        Artifact.objects.filter(pk=known.pk).update(**{name: given[name] for name in told})
    restored.artifacts[form.id] = known
    ArtifactFigure.objects.bulk_create(
        ArtifactFigure(artifact=known, **{**figure.model_dump(), "origin": _origin(figure)})
        for figure in form.figures
    )


def _origin(figure: d.Figure) -> FigureOrigin:
    measured = figure.origin == FigureOrigin.MEASURED
    return FigureOrigin.IMPORTED if measured else FigureOrigin(figure.origin)
