"""How much a user or team holds, and how much it may."""

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.requests import PersonRequest
from repository.selectors.storage import Usage, get_account, shown_to, usage_of
from repository.services.quota import set_limit

MOST_BYTES = 2**60


class StorageOut(serializers.Serializer[Any]):
    """Bytes of models, bytes promised to uploads, and the limit; 0 is no limit."""

    owner = serializers.CharField()
    held_bytes = serializers.IntegerField()
    reserved_bytes = serializers.IntegerField()
    limit_bytes = serializers.IntegerField()


class StorageLimitIn(serializers.Serializer[Any]):
    limit_bytes = serializers.IntegerField(
        min_value=0,
        max_value=MOST_BYTES,
        allow_null=True,
        help_text="0 is no limit, null the server's rule",
    )


class StorageShown(APIView):
    @extend_schema(responses=StorageOut)
    def get(self, request: PersonRequest) -> Response:
        """Say how full it is, as of the last minute.

        To administrators the whole server, whose `owner` is empty; to everybody else what is
        theirs.
        """
        return Response(_told(*shown_to(request.user)))


class StorageDetail(APIView):
    @extend_schema(responses=StorageOut)
    def get(self, request: PersonRequest, owner: str) -> Response:
        return _shown(owner, request)

    @extend_schema(request=StorageLimitIn, responses=StorageOut)
    def put(self, request: PersonRequest, owner: str) -> Response:
        namespace = get_account(request.user, owner)
        given = StorageLimitIn(data=request.data)
        given.is_valid(raise_exception=True)
        set_limit(request.user, namespace, given.validated_data["limit_bytes"])
        return _shown(owner, request)


def _shown(owner: str, request: PersonRequest) -> Response:
    return Response(_told(owner, usage_of(get_account(request.user, owner))))


def _told(owner: str, usage: Usage) -> dict[str, Any]:
    return StorageOut({"owner": owner, **asdict(usage)}).data
