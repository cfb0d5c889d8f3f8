"""Archives on their way in: uploaded like any file, then made a model."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from jobs.services.archives import import_archive
from portal.accounts.requests import PersonRequest
from repository.blobs.store import blob_store
from repository.selectors.files import get_upload
from repository.services.archives.restore import Restored, Target
from repository.services.uploads import ENDED, UploadNotComplete
from repository.types import Visibility


class ArchiveIn(serializers.Serializer[Any]):
    """What is not named is as the archive says; `owner` is the caller."""

    upload_id = serializers.CharField(max_length=40)
    owner = serializers.CharField(max_length=64, required=False)
    name = serializers.CharField(max_length=64, required=False)
    service_type = serializers.CharField(max_length=64, required=False)
    visibility = serializers.ChoiceField(Visibility.choices, required=False)


class LeftOutOut(serializers.Serializer[Any]):
    revision = serializers.CharField()
    path = serializers.CharField()
    why = serializers.ChoiceField(["blocked", "damaged"])


class ArchiveOut(serializers.Serializer[Any]):
    """What came; `has_files` is false for a catalogue entry without model files."""

    model = serializers.CharField(source="ai_model")
    source = serializers.CharField(source="document.source")
    has_files = serializers.BooleanField(source="document.has_files")
    versions = serializers.SerializerMethodField()
    artifacts = serializers.SerializerMethodField()
    benchmarks = serializers.SerializerMethodField()
    left_out = LeftOutOut(many=True, source="document.left_out")

    def get_versions(self, made: Restored) -> int:
        return len(made.document.versions)

    def get_artifacts(self, made: Restored) -> int:
        return len(made.artifacts)

    def get_benchmarks(self, made: Restored) -> int:
        return sum(row.artifact in made.artifacts for row in made.document.benchmarks)


class ArchiveList(APIView):
    @extend_schema(request=ArchiveIn, responses={201: ArchiveOut})
    def post(self, request: PersonRequest) -> Response:
        given = ArchiveIn(data=request.data)
        given.is_valid(raise_exception=True)
        wanted = dict(given.validated_data)
        upload = get_upload(request.user, wanted.pop("upload_id"))
        # The reader of single files knows no archives: what it says of one does not matter here.
        if upload.blob is None or upload.state not in ENDED:
            raise UploadNotComplete("The upload of the archive is not complete. Finish it first.")
        target = Target(**{"owner": request.user.username, **wanted})
        made = import_archive(request.user, blob_store().path(upload.blob.sha256), target)
        return Response(ArchiveOut(made).data, status=status.HTTP_201_CREATED)
