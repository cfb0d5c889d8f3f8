"""The caller's own API tokens."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.requests import PersonRequest
from portal.accounts.selectors.tokens import list_tokens
from portal.accounts.services.tokens import create_token, revoke_token
from portal.accounts.types import Scope


class TokenIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=80)
    scope = serializers.ChoiceField(Scope.choices, default=Scope.READ)
    days = serializers.IntegerField(min_value=1, max_value=3650, required=False)


class TokenOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    scope = serializers.ChoiceField(Scope.choices)
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)
    last_used_from = serializers.CharField()


class NewTokenOut(TokenOut):
    """A token with its secret, shown this once."""

    secret = serializers.CharField()


class TokenPage(serializers.Serializer[Any]):
    results = TokenOut(many=True)


class TokenList(APIView):
    asks_proof = ("POST",)

    @extend_schema(responses=TokenPage)
    def get(self, request: PersonRequest) -> Response:
        return Response({"results": TokenOut(list_tokens(request.user), many=True).data})

    @extend_schema(request=TokenIn, responses={201: NewTokenOut})
    def post(self, request: PersonRequest) -> Response:
        given = TokenIn(data=request.data)
        given.is_valid(raise_exception=True)
        token, secret = create_token(request.user, **given.validated_data)
        body = {**TokenOut(token).data, "secret": secret}
        return Response(body, status=status.HTTP_201_CREATED)


class TokenDetail(APIView):
    @extend_schema(request=None, responses={204: None})
    def delete(self, request: PersonRequest, token_id: int) -> Response:
        revoke_token(request.user, token_id)
        return Response(status=status.HTTP_204_NO_CONTENT)
