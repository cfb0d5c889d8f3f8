"""Where a version came from, as a tree."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.requests import PersonRequest, ReaderRequest
from repository.api.revisions import REF, revision_asked
from repository.selectors.access import get_model, get_model_once_called
from repository.selectors.lineage import lineage_of
from repository.selectors.revisions import MAIN, get_revision
from repository.services.lineage import set_origin
from repository.types import Need, Relation


class LineageNodeOut(serializers.Serializer[Any]):
    """A line of the tree, in order; `depth` says how far right it stands."""

    depth = serializers.IntegerField()
    kind = serializers.ChoiceField(["source", "revision", "artifact", "hidden"])
    relation = serializers.ChoiceField([*Relation.choices, ("", "")])
    model = serializers.CharField()
    revision = serializers.CharField()
    artifact_id = serializers.IntegerField(allow_null=True)
    label = serializers.CharField()


class LineageOut(serializers.Serializer[Any]):
    results = LineageNodeOut(many=True)


class OriginIn(serializers.Serializer[Any]):
    """What a version came from: a version here, or a source elsewhere."""

    ref = serializers.CharField(max_length=120, default=MAIN, help_text="the version that came")
    relation = serializers.ChoiceField(Relation.choices)
    model = serializers.RegexField(
        r"\A[^/]+/[^/]+\Z", required=False, help_text="owner/name of what it came from"
    )
    model_ref = serializers.CharField(max_length=120, default=MAIN)
    source = serializers.CharField(max_length=300, default="", allow_blank=True)


class LineageTree(APIView):
    open_to_read = True

    @extend_schema(parameters=[REF], responses=LineageOut)
    def get(self, request: ReaderRequest, owner: str, name: str) -> Response:
        revision = revision_asked(request, owner, name)
        nodes = lineage_of(request.user, revision)
        return Response(LineageOut({"results": nodes}).data)

    @extend_schema(request=OriginIn, responses=LineageOut)
    def put(self, request: PersonRequest, owner: str, name: str) -> Response:
        found = get_model(request.user, owner, name, Need.WRITE)
        given = OriginIn(data=request.data)
        given.is_valid(raise_exception=True)
        fields = given.validated_data
        revision = get_revision(found, fields["ref"])
        parent = None
        if "model" in fields:
            above = get_model_once_called(request.user, *fields["model"].split("/"))
            parent = get_revision(above, fields["model_ref"])
        relation = Relation(fields["relation"])
        set_origin(revision, relation, parent=parent, source=fields["source"])
        nodes = lineage_of(request.user, revision)
        return Response(LineageOut({"results": nodes}).data)
