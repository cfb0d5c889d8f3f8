"""Who else may read or change a model; its owners decide."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.requests import PersonRequest
from repository.models import Collaborator
from repository.selectors.access import get_model
from repository.services.collaborators import put_collaborator, remove_collaborator
from repository.types import Need


class CollaboratorOut(serializers.Serializer[Any]):
    username = serializers.CharField(source="user.username")
    may_write = serializers.BooleanField()


class CollaboratorIn(serializers.Serializer[Any]):
    may_write = serializers.BooleanField(default=False)


class CollaboratorPage(serializers.Serializer[Any]):
    results = CollaboratorOut(many=True)


class CollaboratorList(APIView):
    @extend_schema(responses=CollaboratorPage)
    def get(self, request: PersonRequest, owner: str, name: str) -> Response:
        found = get_model(request.user, owner, name, Need.OWN)
        rows = Collaborator.objects.filter(ai_model=found).select_related("user")
        shown = CollaboratorOut(rows.order_by("user__username"), many=True).data
        return Response({"results": shown})


class CollaboratorDetail(APIView):
    @extend_schema(request=CollaboratorIn, responses=CollaboratorOut)
    def put(self, request: PersonRequest, owner: str, name: str, username: str) -> Response:
        found = get_model(request.user, owner, name, Need.OWN)
        given = CollaboratorIn(data=request.data)
        given.is_valid(raise_exception=True)
        may_write = given.validated_data["may_write"]
        kept = put_collaborator(request.user, found, username, may_write=may_write)
        return Response(CollaboratorOut(kept).data)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: PersonRequest, owner: str, name: str, username: str) -> Response:
        remove_collaborator(request.user, get_model(request.user, owner, name, Need.OWN), username)
        return Response(status=status.HTTP_204_NO_CONTENT)
