"""Commits, files and READMEs of a model."""

from typing import Any
from urllib.parse import quote

from django.http import HttpResponseRedirect
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from ondol_runner.protocol import ProtocolError, Usage, decode, encode
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.requests import PersonRequest, ReaderRequest
from portal.core.errors import invalid_field
from repository.api.revisions import REF, revision_asked
from repository.models import ModelFile, Readme
from repository.readme.render import render_readme
from repository.selectors.access import get_model, get_model_once_called
from repository.selectors.files import (
    DAMAGED,
    DamagedFile,
    get_file,
    get_uploads,
    list_files,
    list_tree,
)
from repository.selectors.revisions import MAIN
from repository.services.commits import MOST_FILES, Change, commit
from repository.services.uploads import blob_of
from repository.types import FileStatus, Need

TOO_MANY: dict[str, Any] = {
    "max_length": f"A version holds at most {MOST_FILES} files. Make several models of it."
}


class NewFileIn(serializers.Serializer[Any]):
    path = serializers.CharField(max_length=255, trim_whitespace=False)
    upload_id = serializers.CharField(max_length=20)


class CommitIn(serializers.Serializer[Any]):
    message = serializers.CharField(max_length=500)
    files = serializers.ListSerializer[Any](
        child=NewFileIn(), required=False, max_length=MOST_FILES, error_messages=TOO_MANY
    )
    deletions = serializers.ListField(
        child=serializers.CharField(max_length=255),
        required=False,
        max_length=MOST_FILES,
        error_messages=TOO_MANY,
    )
    parent = serializers.CharField(max_length=40, required=False, allow_blank=True)
    branch = serializers.CharField(max_length=100, default=MAIN)
    usage = serializers.JSONField(required=False, help_text="how the model is fed and read")


class CommitOut(serializers.Serializer[Any]):
    id = serializers.CharField(source="oid")
    message = serializers.CharField()
    created_at = serializers.DateTimeField()


class FileOut(serializers.Serializer[Any]):
    path = serializers.CharField()
    size_bytes = serializers.IntegerField(source="blob.size_bytes")
    sha256 = serializers.CharField(source="blob.sha256")
    format = serializers.SerializerMethodField()
    status = serializers.SerializerMethodField()
    code = serializers.SerializerMethodField()
    message = serializers.SerializerMethodField()

    def _finding(self, file: ModelFile) -> Any:
        found = list(file.blob.inspections.all())
        extension = "." + file.path.rpartition(".")[2].lower()
        return next((row for row in found if row.extension == extension), found and found[0])

    def get_format(self, file: ModelFile) -> str:
        finding = self._finding(file)
        return finding.format if finding else "unknown"

    def get_status(self, file: ModelFile) -> str:
        finding = self._finding(file)
        return finding.status if finding else FileStatus.ACCEPTED

    def get_code(self, file: ModelFile) -> str:
        if file.blob.damaged_at is not None:
            return DamagedFile.code
        finding = self._finding(file)
        return finding.code if finding else ""

    def get_message(self, file: ModelFile) -> str:
        if file.blob.damaged_at is not None:
            return DAMAGED
        finding = self._finding(file)
        return finding.message if finding else ""


class FilePage(serializers.Serializer[Any]):
    results = FileOut(many=True)


class EntryOut(serializers.Serializer[Any]):
    """A line of a folder; `file` is null for a folder, whose size is that of all below it."""

    path = serializers.CharField()
    size_bytes = serializers.IntegerField()
    file = FileOut(allow_null=True)


class TreeOut(serializers.Serializer[Any]):
    revision = serializers.CharField()
    results = EntryOut(many=True)


class HeadingOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    level = serializers.IntegerField()
    text = serializers.CharField()


class ReadmeOut(serializers.Serializer[Any]):
    html = serializers.CharField()
    outline = HeadingOut(many=True)
    front_matter = serializers.DictField()


class KeptReadmeOut(ReadmeOut):
    """What a version has; `text` is as it was written, where the query asks for it."""

    text = serializers.SerializerMethodField()

    def get_text(self, readme: Readme) -> str | None:
        return readme.text if self.context["text"] else None


class ReadmeIn(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=1_048_576, allow_blank=True, trim_whitespace=False)
    model = serializers.RegexField(
        r"\A[^/]+/[^/]+\Z", required=False, help_text="owner/name of the model with its pictures"
    )


def read_usage(given: Any) -> dict[str, object] | None:
    """Check how the caller says the model is fed, in the words of the runner's protocol."""
    if given is None:
        return None
    try:
        return encode(decode(Usage, given))
    except ProtocolError as error:
        raise invalid_field("usage", str(error)) from error


class CommitList(APIView):
    @extend_schema(request=CommitIn, responses={201: CommitOut})
    def post(self, request: PersonRequest, owner: str, name: str) -> Response:
        found = get_model(request.user, owner, name, Need.WRITE)
        given = CommitIn(data=request.data)
        given.is_valid(raise_exception=True)
        fields = given.validated_data
        new = {row["path"]: row["upload_id"] for row in fields.get("files", [])}
        uploads = get_uploads(request.user, new.values())
        change = Change(
            message=fields["message"],
            files={path: blob_of(uploads[upload_id], path) for path, upload_id in new.items()},
            deletions=fields.get("deletions", []),
            parent=fields.get("parent", ""),
            usage=read_usage(fields.get("usage")),
            branch=fields["branch"],
        )
        made = commit(request.user, found, change)
        return Response(CommitOut(made).data, status=status.HTTP_201_CREATED)


class FileList(APIView):
    open_to_read = True

    @extend_schema(parameters=[REF], responses=FilePage)
    def get(self, request: ReaderRequest, owner: str, name: str) -> Response:
        revision = revision_asked(request, owner, name)
        return Response({"results": FileOut(list_files(revision), many=True).data})


class Tree(APIView):
    """What lies in one folder of a revision."""

    open_to_read = True

    @extend_schema(parameters=[REF, OpenApiParameter("path", str)], responses=TreeOut)
    def get(self, request: ReaderRequest, owner: str, name: str) -> Response:
        revision = revision_asked(request, owner, name)
        entries = list_tree(revision, request.query_params.get("path", ""))
        return Response(TreeOut({"revision": revision.oid, "results": entries}).data)


class FileDetail(APIView):
    """The bytes of one file, by a redirect to its digest."""

    open_to_read = True

    @extend_schema(
        parameters=[REF],
        responses={302: OpenApiResponse(OpenApiTypes.BINARY, description="the bytes, by digest")},
    )
    def get(self, request: ReaderRequest, owner: str, name: str, path: str) -> HttpResponseRedirect:
        revision = revision_asked(request, owner, name)
        file = get_file(revision, path)
        filename = quote(path.rpartition("/")[2])
        query = f"filename={filename}&model={revision.ai_model}"
        return HttpResponseRedirect(f"/api/v1/blobs/{file.blob.sha256}?{query}")


class ReadmeDetail(APIView):
    open_to_read = True

    @extend_schema(parameters=[REF, OpenApiParameter("text", bool)], responses=KeptReadmeOut)
    def get(self, request: ReaderRequest, owner: str, name: str) -> Response:
        revision = revision_asked(request, owner, name)
        # A version without a README has an empty one: there is nothing wrong with it.
        readme = Readme.objects.filter(revision=revision).first() or Readme(revision=revision)
        wants_text = request.query_params.get("text") == "true"
        return Response(KeptReadmeOut(readme, context={"text": wants_text}).data)


class ReadmePreview(APIView):
    """A README as it will look, before it is committed."""

    @extend_schema(request=ReadmeIn, responses=ReadmeOut)
    def post(self, request: PersonRequest) -> Response:
        given = ReadmeIn(data=request.data)
        given.is_valid(raise_exception=True)
        fields = given.validated_data
        base = ""
        if "model" in fields:
            found = get_model_once_called(request.user, *fields["model"].split("/"))
            base = f"/api/v1/models/{found}/files/"
        rendered = render_readme(fields["text"], lambda path: base and base + path)
        return Response(ReadmeOut(rendered).data)
