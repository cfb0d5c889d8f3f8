"""Teams: who belongs to them, and who owns them."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.models import Team
from portal.accounts.models.user import SLUG
from portal.accounts.requests import PersonRequest
from portal.accounts.selectors.people import (
    MayNot,
    find_colleague,
    get_member,
    get_team,
    list_teams,
    may_contribute,
)
from portal.accounts.services.teams import (
    create_team,
    delete_team,
    remove_member,
    rename_team,
    set_member,
)


class MemberOut(serializers.Serializer[Any]):
    username = serializers.CharField(source="user.username")
    is_owner = serializers.BooleanField()


class TeamOut(serializers.Serializer[Any]):
    slug = serializers.CharField(source="namespace.slug")
    name = serializers.CharField()
    members = MemberOut(many=True, source="memberships")


class TeamPage(serializers.Serializer[Any]):
    results = TeamOut(many=True)


class TeamNameIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120)


class TeamIn(TeamNameIn):
    slug = serializers.CharField(max_length=64, validators=[SLUG])


class MemberIn(serializers.Serializer[Any]):
    is_owner = serializers.BooleanField(default=False)


class Teams(APIView):
    @extend_schema(responses=TeamPage)
    def get(self, request: PersonRequest) -> Response:
        """Return the caller's teams; every team for administrators."""
        return Response({"results": TeamOut(list_teams(request.user), many=True).data})

    @extend_schema(request=TeamIn, responses={201: TeamOut})
    def post(self, request: PersonRequest) -> Response:
        if not may_contribute(request.user):
            raise MayNot("Your role only reads. Ask an administrator for the role `contributor`.")
        given = TeamIn(data=request.data)
        given.is_valid(raise_exception=True)
        create_team(**given.validated_data, owner=request.user)
        return _shown(request, given.validated_data["slug"], status.HTTP_201_CREATED)


class TeamDetail(APIView):
    @extend_schema(responses=TeamOut)
    def get(self, request: PersonRequest, team: str) -> Response:
        return _shown(request, team)

    @extend_schema(request=TeamNameIn, responses=TeamOut)
    def patch(self, request: PersonRequest, team: str) -> Response:
        found = _steered(request, team)
        given = TeamNameIn(data=request.data)
        given.is_valid(raise_exception=True)
        rename_team(request.user, found, given.validated_data["name"])
        return _shown(request, team)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: PersonRequest, team: str) -> Response:
        delete_team(request.user, _steered(request, team))
        return Response(status=status.HTTP_204_NO_CONTENT)


class TeamMember(APIView):
    @extend_schema(request=MemberIn, responses=TeamOut)
    def put(self, request: PersonRequest, team: str, username: str) -> Response:
        found = _steered(request, team)
        given = MemberIn(data=request.data)
        given.is_valid(raise_exception=True)
        set_member(request.user, found, find_colleague(username), **given.validated_data)
        return _shown(request, team)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: PersonRequest, team: str, username: str) -> Response:
        """Take somebody out; everybody may take out themselves."""
        leaving = username == request.user.username
        found = get_team(request.user, team) if leaving else _steered(request, team)
        remove_member(request.user, found, get_member(found, username))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _steered(request: PersonRequest, slug: str) -> Team:
    return get_team(request.user, slug, steer=True)


def _shown(request: PersonRequest, slug: str, code: int = status.HTTP_200_OK) -> Response:
    return Response(TeamOut(get_team(request.user, slug)).data, status=code)
