"""The history of one file of a model."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.requests import ReaderRequest
from repository.api.revisions import ChangedOut, LogQuery, RevisionOut, changed_row, log_start
from repository.selectors.access import get_model
from repository.selectors.file_history import FileChange, list_file_history


class FileLogQuery(LogQuery):
    path = serializers.CharField(max_length=255, trim_whitespace=False)


class FileChangeOut(serializers.Serializer[Any]):
    """A version that brought other bytes at the path, and the one before it."""

    revision = RevisionOut()
    before = serializers.CharField(allow_null=True)
    file = ChangedOut()


class FileChangePage(serializers.Serializer[Any]):
    results = FileChangeOut(many=True)
    next = serializers.CharField(allow_null=True)


class FileHistory(APIView):
    open_to_read = True

    @extend_schema(parameters=[FileLogQuery], responses=FileChangePage)
    def get(self, request: ReaderRequest, owner: str, name: str) -> Response:
        found = get_model(request.user, owner, name)
        query = FileLogQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        given = query.validated_data
        start = log_start(found, given)
        page, following = list_file_history(start, given["path"], given["limit"])
        rows = FileChangeOut([_row(change) for change in page], many=True).data
        return Response({"results": rows, "next": following})


def _row(change: FileChange) -> dict[str, Any]:
    word = "changed" if change.old and change.new else "added" if change.new else "removed"
    file = changed_row(word, change.old, change.new)
    return {"revision": change.revision, "before": change.before, "file": file}
