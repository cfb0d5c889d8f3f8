"""Managing people; for administrators."""

from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import transaction
from django.db.models import Count, Q
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.models import User
from portal.accounts.models.user import SLUG
from portal.accounts.requests import PersonRequest
from portal.accounts.selectors.people import get_person, list_people
from portal.accounts.services.administration import (
    change_role,
    deactivate,
    invite,
    reactivate,
    reset_password,
    revoke_tokens,
)
from portal.accounts.services.second_factor import reset_second_factor
from portal.accounts.types import PersonState, Role

MOST_INVITED = 500
PAGE = 100


class PeopleQuery(serializers.Serializer[Any]):
    q = serializers.CharField(required=False, max_length=100, help_text="part of a name or address")
    role = serializers.ChoiceField(Role.choices, required=False)
    state = serializers.ChoiceField(PersonState.choices, required=False)
    after = serializers.CharField(required=False, max_length=64, help_text="`next` of a page")


class PersonOut(serializers.Serializer[Any]):
    """An account. `last_login` is the last sign-in in a browser."""

    username = serializers.CharField()
    display_name = serializers.CharField()
    email = serializers.CharField()
    role = serializers.ChoiceField(Role.choices)
    state = serializers.SerializerMethodField()
    teams = serializers.SerializerMethodField()
    second_factor = serializers.BooleanField()
    live_tokens = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    last_login = serializers.DateTimeField(allow_null=True)

    def get_state(self, person: User) -> PersonState:
        return state_of(person)

    def get_teams(self, person: User) -> list[str]:
        return [member.team.namespace.slug for member in person.memberships.all()]


class PeoplePage(serializers.Serializer[Any]):
    """One page of accounts, and how many active ones there are of each role."""

    results = PersonOut(many=True)
    next = serializers.CharField(allow_null=True)
    roles = serializers.DictField(child=serializers.IntegerField())


class InvitationIn(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=64, validators=[SLUG])
    role = serializers.ChoiceField(Role.choices, default=Role.CONTRIBUTOR)
    display_name = serializers.CharField(max_length=120, default="", allow_blank=True)
    email = serializers.EmailField(default="", allow_blank=True)


class InvitationsIn(serializers.Serializer[Any]):
    people = serializers.ListField(child=InvitationIn(), min_length=1, max_length=MOST_INVITED)


class InvitationOut(serializers.Serializer[Any]):
    """`path` is where the person sets a password, once; it is shown this once."""

    username = serializers.CharField()
    path = serializers.CharField()


class InvitationsOut(serializers.Serializer[Any]):
    results = InvitationOut(many=True)


class PersonIn(serializers.Serializer[Any]):
    role = serializers.ChoiceField(Role.choices, required=False)
    is_active = serializers.BooleanField(required=False)


class People(APIView):
    asks_proof = ("POST",)

    @extend_schema(parameters=[PeopleQuery], responses=PeoplePage)
    def get(self, request: PersonRequest) -> Response:
        asked = PeopleQuery(data=request.query_params)
        everybody = list_people(request.user)
        asked.is_valid(raise_exception=True)
        rows = list(everybody.filter(_narrowing(asked.validated_data))[: PAGE + 1])
        roles = User.objects.filter(is_active=True).values_list("role").annotate(Count("id"))
        page = {
            "results": rows[:PAGE],
            "next": rows[PAGE - 1].username if len(rows) > PAGE else None,
            "roles": dict(roles),
        }
        return Response(PeoplePage(page).data)

    @extend_schema(request=InvitationsIn, responses={201: InvitationsOut})
    def post(self, request: PersonRequest) -> Response:
        """Invite everybody of a list, or nobody where one of them cannot be invited."""
        list_people(request.user)
        given = InvitationsIn(data=request.data)
        given.is_valid(raise_exception=True)
        with transaction.atomic():
            made = [invite(request.user, **row) for row in given.validated_data["people"]]
        results = [{"username": person.username, "path": path} for person, path in made]
        return Response({"results": results}, status=status.HTTP_201_CREATED)


class Person(APIView):
    asks_proof = ("PATCH",)

    @extend_schema(responses=PersonOut)
    def get(self, request: PersonRequest, username: str) -> Response:
        return Response(PersonOut(get_person(request.user, username)).data)

    @extend_schema(request=PersonIn, responses=PersonOut)
    def patch(self, request: PersonRequest, username: str) -> Response:
        person = get_person(request.user, username)
        given = PersonIn(data=request.data)
        given.is_valid(raise_exception=True)
        wanted = given.validated_data
        with transaction.atomic():
            if "role" in wanted:
                change_role(request.user, person, wanted["role"])
            if "is_active" in wanted:
                (reactivate if wanted["is_active"] else deactivate)(request.user, person)
        return Response(PersonOut(get_person(request.user, username)).data)


class PersonPassword(APIView):
    asks_proof = ("POST",)

    @extend_schema(request=None, responses={201: InvitationOut})
    def post(self, request: PersonRequest, username: str) -> Response:
        """Take the password away and make a link at which a new one is set."""
        person = get_person(request.user, username)
        path = reset_password(request.user, person)
        return Response({"username": username, "path": path}, status=status.HTTP_201_CREATED)


class PersonSecondFactor(APIView):
    asks_proof = ("DELETE",)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: PersonRequest, username: str) -> Response:
        """Take away the second factor of a person who lost it."""
        reset_second_factor(request.user, get_person(request.user, username))
        return Response(status=status.HTTP_204_NO_CONTENT)


class PersonTokens(APIView):
    @extend_schema(request=None, responses={204: None})
    def delete(self, request: PersonRequest, username: str) -> Response:
        revoke_tokens(request.user, get_person(request.user, username))
        return Response(status=status.HTTP_204_NO_CONTENT)


def state_of(person: User) -> PersonState:
    if not person.is_active:
        return PersonState.INACTIVE
    return PersonState.ACTIVE if person.has_usable_password() else PersonState.INVITED


def _narrowing(asked: dict[str, Any]) -> Q:
    found = Q()
    if words := asked.get("q"):
        fields = ("username", "display_name", "email")
        found &= Q(*[(f"{field}__icontains", words) for field in fields], _connector=Q.OR)
    if role := asked.get("role"):
        found &= Q(role=role)
    if state := asked.get("state"):
        unset = Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)
        found &= {
            PersonState.INACTIVE: Q(is_active=False),
            PersonState.INVITED: Q(is_active=True) & unset,
            PersonState.ACTIVE: Q(is_active=True) & ~unset,
        }[PersonState(state)]
    if after := asked.get("after"):
        found &= Q(username__gt=after)
    return found
