"""Names for revisions: branches, versions (tags) and aliases."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.requests import PersonRequest, ReaderRequest
from repository.api.revisions import RefNameOut
from repository.selectors.access import get_model
from repository.selectors.revisions import MAIN, get_ref, get_revision, list_moves, list_refs
from repository.services.refs import create_ref, delete_ref, move_alias
from repository.types import Need, RefKind


class RefOut(RefNameOut):
    revision = serializers.CharField(source="revision.oid")
    updated_at = serializers.DateTimeField()


class RefPage(serializers.Serializer[Any]):
    results = RefOut(many=True)


class RefMoveOut(serializers.Serializer[Any]):
    revision = serializers.CharField(source="revision.oid")
    moved_by = serializers.CharField(source="moved_by.username")
    moved_at = serializers.DateTimeField()


class RefWithMovesOut(RefOut):
    moves = serializers.ListField(child=RefMoveOut())


class NewRefIn(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(RefKind.choices)
    name = serializers.CharField(max_length=100)
    revision = serializers.CharField(max_length=120, default=MAIN, help_text="a ref or an id")


class MoveRefIn(serializers.Serializer[Any]):
    revision = serializers.CharField(max_length=120, help_text="a ref or an id")


class RefList(APIView):
    open_to_read = True

    @extend_schema(responses=RefPage)
    def get(self, request: ReaderRequest, owner: str, name: str) -> Response:
        found = get_model(request.user, owner, name)
        return Response({"results": RefOut(list_refs(found), many=True).data})

    @extend_schema(request=NewRefIn, responses={201: RefOut})
    def post(self, request: PersonRequest, owner: str, name: str) -> Response:
        found = get_model(request.user, owner, name, Need.WRITE)
        given = NewRefIn(data=request.data)
        given.is_valid(raise_exception=True)
        fields = given.validated_data
        revision = get_revision(found, fields["revision"])
        made = create_ref(request.user, revision, RefKind(fields["kind"]), fields["name"])
        return Response(RefOut(made).data, status=status.HTTP_201_CREATED)


class RefDetail(APIView):
    """One name with where it pointed before. An alias is promoted by PATCH."""

    open_to_read = True

    @extend_schema(responses=RefWithMovesOut)
    def get(self, request: ReaderRequest, owner: str, name: str, ref: str) -> Response:
        found = get_ref(get_model(request.user, owner, name), ref)
        moves = RefMoveOut(list_moves(found)[:200], many=True).data
        return Response({**RefOut(found).data, "moves": moves})

    @extend_schema(request=MoveRefIn, responses=RefOut)
    def patch(self, request: PersonRequest, owner: str, name: str, ref: str) -> Response:
        found = get_model(request.user, owner, name, Need.WRITE)
        given = MoveRefIn(data=request.data)
        given.is_valid(raise_exception=True)
        revision = get_revision(found, given.validated_data["revision"])
        moved = move_alias(request.user, get_ref(found, ref), revision)
        return Response(RefOut(moved).data)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: PersonRequest, owner: str, name: str, ref: str) -> Response:
        found = get_model(request.user, owner, name, Need.WRITE)
        delete_ref(request.user, get_ref(found, ref))
        return Response(status=status.HTTP_204_NO_CONTENT)
