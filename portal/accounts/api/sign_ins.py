"""The sessions of the caller: where they are signed in, and signing out there."""

from typing import Any

from django.contrib.auth import logout
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.models import SignIn
from portal.accounts.requests import PersonRequest
from portal.accounts.selectors.sign_ins import list_sign_ins
from portal.accounts.services.sign_ins import end_other_sign_ins, end_sign_in
from portal.core.http.plain import plain


class SignInOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    address = serializers.CharField()
    browser = serializers.CharField()
    created_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField()
    current = serializers.SerializerMethodField()

    @extend_schema_field(serializers.BooleanField())
    def get_current(self, row: SignIn) -> bool:
        return bool(row.session_key == self.context["key"])


class SignInPage(serializers.Serializer[Any]):
    results = SignInOut(many=True)


def _key_of(request: PersonRequest) -> str:
    return request.session.session_key or ""


class EndQuery(serializers.Serializer[Any]):
    here = serializers.BooleanField(default=False)


class SignInList(APIView):
    @extend_schema(responses=SignInPage)
    def get(self, request: PersonRequest) -> Response:
        rows = list_sign_ins(request.user)
        shown = SignInOut(rows, many=True, context={"key": _key_of(request)})
        return Response({"results": shown.data})

    @extend_schema(parameters=[EndQuery], request=None, responses={204: None})
    def delete(self, request: PersonRequest) -> Response:
        """Sign out everywhere but in the browser that asks; with `here` there too."""
        asked = EndQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        here = asked.validated_data["here"]
        end_other_sign_ins(request.user, "" if here else _key_of(request))
        if here:
            logout(plain(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class SignInDetail(APIView):
    @extend_schema(request=None, responses={204: None})
    def delete(self, request: PersonRequest, session_id: int) -> Response:
        end_sign_in(request.user, session_id)
        return Response(status=status.HTTP_204_NO_CONTENT)
