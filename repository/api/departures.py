"""Deleting an account; for administrators."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.requests import PersonRequest
from portal.accounts.selectors.people import get_person
from repository.services.departures import part_with


class DepartureIn(serializers.Serializer[Any]):
    hand_over_to = serializers.CharField(
        max_length=64, help_text="user or team that gets their models"
    )


class DepartureOut(serializers.Serializer[Any]):
    models = serializers.IntegerField(help_text="how many went over")


class Departure(APIView):
    asks_proof = ("POST",)

    @extend_schema(request=DepartureIn, responses=DepartureOut)
    def post(self, request: PersonRequest, username: str) -> Response:
        """Give all that a person owns to somebody else, then delete the account."""
        person = get_person(request.user, username)
        given = DepartureIn(data=request.data)
        given.is_valid(raise_exception=True)
        models = part_with(request.user, person, given.validated_data["hand_over_to"])
        return Response({"models": models})
