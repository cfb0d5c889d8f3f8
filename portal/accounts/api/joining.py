"""Signing up, and asking for a new password."""

from typing import Any

from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_protect
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.authentication import address_of
from portal.accounts.services.entering import count_link, typed_name
from portal.accounts.services.joining import ask_reset, sign_up


class SignUpIn(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=64)
    password = serializers.CharField(max_length=200, trim_whitespace=False)
    display_name = serializers.CharField(max_length=120, default="", allow_blank=True)
    email = serializers.EmailField(default="", allow_blank=True)


class ResetIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=254, help_text="user name or address")


class SignUp(APIView):
    """An account of one's own, where `open_sign_up` of the session says so."""

    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(request=SignUpIn, responses={204: None})
    @method_decorator(csrf_protect)
    def post(self, request: Request) -> Response:
        given = SignUpIn(data=request.data)
        given.is_valid(raise_exception=True)
        count_link(given.validated_data["username"], address_of(request))
        sign_up(**given.validated_data)
        return Response(status=status.HTTP_204_NO_CONTENT)


class PasswordReset(APIView):
    """A link by mail; the answer is the same whether there is such an account."""

    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(request=ResetIn, responses={204: None})
    @method_decorator(csrf_protect)
    def post(self, request: Request) -> Response:
        given = ResetIn(data=request.data)
        given.is_valid(raise_exception=True)
        name = given.validated_data["name"]
        count_link(name, address_of(request))
        ask_reset(typed_name(name))
        return Response(status=status.HTTP_204_NO_CONTENT)
