"""An upload as the form sees it; its bytes go through the tus edge."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.requests import PersonRequest
from repository.models import UploadSession
from repository.selectors.files import get_upload
from repository.services.uploads import offset_of
from repository.types import FileStatus, UploadState


class FindingOut(serializers.Serializer[Any]):
    """What a sandboxed reader says of the file."""

    status = serializers.ChoiceField(FileStatus.choices)
    code = serializers.CharField()
    message = serializers.CharField()
    format = serializers.CharField()
    facts = serializers.DictField()


class UploadOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    filename = serializers.CharField()
    size_bytes = serializers.IntegerField()
    offset = serializers.SerializerMethodField()
    state = serializers.ChoiceField(UploadState.choices)
    sha256 = serializers.CharField(source="blob_id", allow_null=True)
    finding = FindingOut(source="inspection", allow_null=True)
    expires_at = serializers.DateTimeField()

    def get_offset(self, upload: UploadSession) -> int:
        return offset_of(upload)


class UploadDetail(APIView):
    @extend_schema(responses=UploadOut)
    def get(self, request: PersonRequest, upload_id: str) -> Response:
        return Response(UploadOut(get_upload(request.user, upload_id)).data)
