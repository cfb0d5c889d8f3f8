"""Revisions of a model: the log, differences, restoring and deleting."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.requests import PersonRequest, ReaderRequest
from repository.models import AiModel, ModelFile, Revision
from repository.selectors.access import get_model
from repository.selectors.revisions import (
    MAIN,
    Difference,
    compare,
    get_logged,
    get_revision,
    list_history,
)
from repository.services.revisions import delete_revision, restore_revision
from repository.types import Need, RefKind

REF = OpenApiParameter("ref", str, description="branch, tag, alias or revision id; default main")


def revision_asked(request: ReaderRequest, owner: str, name: str) -> Revision:
    """Return the version that `REF` names, of a model that the caller may see."""
    found = get_model(request.user, owner, name)
    return get_revision(found, request.query_params.get("ref", MAIN))


class RefNameOut(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(RefKind.choices)
    name = serializers.CharField()


class RevisionOut(serializers.Serializer[Any]):
    """A line of the log; `deleted` says that its files are gone."""

    id = serializers.CharField(source="oid")
    parent = serializers.SerializerMethodField()
    message = serializers.CharField()
    author = serializers.CharField(source="author.username")
    created_at = serializers.DateTimeField()
    deleted = serializers.SerializerMethodField()
    refs = serializers.SerializerMethodField()
    signed_by = serializers.SerializerMethodField(
        help_text="public keys that signed files of it; whether one is to be trusted is not said"
    )

    def get_parent(self, revision: Revision) -> str | None:
        return revision.parent.oid if revision.parent else None

    def get_deleted(self, revision: Revision) -> bool:
        return revision.deleted_at is not None

    @extend_schema_field(RefNameOut(many=True))
    def get_refs(self, revision: Revision) -> Any:
        shown = [ref for ref in revision.refs.all() if ref.withdrawn_at is None]
        return RefNameOut(sorted(shown, key=lambda ref: ref.name), many=True).data

    def get_signed_by(self, revision: Revision) -> list[str]:
        return sorted({signature.key for signature in revision.signatures.all()})


class RevisionPage(serializers.Serializer[Any]):
    results = RevisionOut(many=True)
    next = serializers.CharField(allow_null=True)


class LogQuery(serializers.Serializer[Any]):
    ref = serializers.CharField(max_length=120, default=MAIN)
    cursor = serializers.RegexField(r"\A[0-9a-f]{40}\Z", required=False)
    limit = serializers.IntegerField(min_value=1, max_value=200, default=50)


def log_start(found: AiModel, given: dict[str, Any]) -> Revision:
    """Return the version that a page of a log begins with."""
    if "cursor" in given:
        return get_logged(found, given["cursor"])
    return get_revision(found, given["ref"])


class ChangedOut(serializers.Serializer[Any]):
    """A path whose bytes differ; a side is null where the path does not exist."""

    path = serializers.CharField()
    change = serializers.ChoiceField(["added", "removed", "changed"])
    old_sha256 = serializers.CharField(allow_null=True)
    new_sha256 = serializers.CharField(allow_null=True)
    old_size_bytes = serializers.IntegerField(allow_null=True)
    new_size_bytes = serializers.IntegerField(allow_null=True)


class DiffOut(serializers.Serializer[Any]):
    before = serializers.CharField()
    after = serializers.CharField()
    results = ChangedOut(many=True)


class DiffQuery(serializers.Serializer[Any]):
    before = serializers.CharField(max_length=120)
    after = serializers.CharField(max_length=120, default=MAIN)


class RestoreIn(serializers.Serializer[Any]):
    branch = serializers.CharField(max_length=100, default=MAIN)
    parent = serializers.CharField(max_length=40, required=False, allow_blank=True)


class RevisionList(APIView):
    open_to_read = True

    @extend_schema(parameters=[LogQuery], responses=RevisionPage)
    def get(self, request: ReaderRequest, owner: str, name: str) -> Response:
        found = get_model(request.user, owner, name)
        query = LogQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        given = query.validated_data
        page, following = list_history(log_start(found, given), given["limit"])
        return Response({"results": RevisionOut(page, many=True).data, "next": following})


class RevisionDetail(APIView):
    open_to_read = True

    @extend_schema(responses=RevisionOut)
    def get(self, request: ReaderRequest, owner: str, name: str, ref: str) -> Response:
        return Response(RevisionOut(get_revision(get_model(request.user, owner, name), ref)).data)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: PersonRequest, owner: str, name: str, ref: str) -> Response:
        found = get_model(request.user, owner, name, Need.OWN)
        delete_revision(request.user, get_revision(found, ref))
        return Response(status=status.HTTP_204_NO_CONTENT)


class RevisionRestore(APIView):
    """A new revision with the files of an old one."""

    @extend_schema(request=RestoreIn, responses={201: RevisionOut})
    def post(self, request: PersonRequest, owner: str, name: str, ref: str) -> Response:
        found = get_model(request.user, owner, name, Need.WRITE)
        given = RestoreIn(data=request.data)
        given.is_valid(raise_exception=True)
        made = restore_revision(request.user, get_revision(found, ref), **given.validated_data)
        return Response(RevisionOut(made).data, status=status.HTTP_201_CREATED)


class RevisionDiff(APIView):
    """What changed between two revisions."""

    open_to_read = True

    @extend_schema(parameters=[DiffQuery], responses=DiffOut)
    def get(self, request: ReaderRequest, owner: str, name: str) -> Response:
        found = get_model(request.user, owner, name)
        query = DiffQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        before = get_revision(found, query.validated_data["before"])
        after = get_revision(found, query.validated_data["after"])
        rows = _rows(compare(before, after))
        return Response(DiffOut({"before": before.oid, "after": after.oid, "results": rows}).data)


def _rows(found: Difference) -> list[dict[str, Any]]:
    pairs = [
        *(("added", None, file) for file in found.added),
        *(("removed", file, None) for file in found.removed),
        *(("changed", old, new) for old, new in found.changed),
    ]
    return sorted((changed_row(*pair) for pair in pairs), key=lambda row: str(row["path"]))


def changed_row(change: str, old: ModelFile | None, new: ModelFile | None) -> dict[str, Any]:
    return {
        "path": new.path if new else old.path if old else "",
        "change": change,
        "old_sha256": old.blob_id if old else None,
        "new_sha256": new.blob_id if new else None,
        "old_size_bytes": old.blob.size_bytes if old else None,
        "new_size_bytes": new.blob.size_bytes if new else None,
    }
