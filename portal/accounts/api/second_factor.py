"""The caller's second factor."""

import base64
from typing import Any

import segno
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.proof import check_proof
from portal.accounts.requests import PersonRequest
from portal.accounts.selectors.second_factor import count_recovery_codes, second_factor_of
from portal.accounts.services.second_factor import (
    begin_second_factor,
    confirm_second_factor,
    end_second_factor,
    renew_recovery_codes,
)
from portal.accounts.types import SecondFactor


class SecondFactorOut(serializers.Serializer[Any]):
    state = serializers.ChoiceField(SecondFactor.choices)
    recovery_codes_left = serializers.IntegerField()


class OwnPasswordIn(serializers.Serializer[Any]):
    """Who has no password here signs on by the provider instead, just before."""

    password = serializers.CharField(max_length=200, trim_whitespace=False, allow_blank=True)


class EnrolmentOut(serializers.Serializer[Any]):
    """What a device needs, shown this once: as an address, as letters, and as a QR code."""

    address = serializers.CharField()
    secret = serializers.CharField()
    qr = serializers.ListField(child=serializers.CharField(), help_text="rows of 0 and 1")


class CodeIn(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=40)


class RecoveryCodesOut(serializers.Serializer[Any]):
    codes = serializers.ListField(child=serializers.CharField(), help_text="shown this once")


def _password_in(request: PersonRequest) -> str:
    given = OwnPasswordIn(data=request.data)
    given.is_valid(raise_exception=True)
    if not request.user.has_usable_password():
        check_proof(request)
    return str(given.validated_data["password"])


class MySecondFactor(APIView):
    @extend_schema(responses=SecondFactorOut)
    def get(self, request: PersonRequest) -> Response:
        user = request.user
        state = {
            "state": second_factor_of(user),
            "recovery_codes_left": count_recovery_codes(user),
        }
        return Response(SecondFactorOut(state).data)

    @extend_schema(request=OwnPasswordIn, responses={201: EnrolmentOut})
    def post(self, request: PersonRequest) -> Response:
        """Begin: a device takes the secret, and its first code confirms it."""
        device = begin_second_factor(request.user, _password_in(request))
        drawn = segno.make(device.config_url, error="m", micro=False)
        body = {
            "address": device.config_url,
            "secret": base64.b32encode(device.bin_key).decode(),
            "qr": ["".join("1" if dark else "0" for dark in row) for row in drawn.matrix],
        }
        return Response(EnrolmentOut(body).data, status=status.HTTP_201_CREATED)


class SecondFactorConfirmation(APIView):
    @extend_schema(request=CodeIn, responses=RecoveryCodesOut)
    def post(self, request: PersonRequest) -> Response:
        given = CodeIn(data=request.data)
        given.is_valid(raise_exception=True)
        return Response({"codes": confirm_second_factor(request.user, **given.validated_data)})


class SecondFactorRecoveryCodes(APIView):
    @extend_schema(request=OwnPasswordIn, responses=RecoveryCodesOut)
    def post(self, request: PersonRequest) -> Response:
        return Response({"codes": renew_recovery_codes(request.user, _password_in(request))})


class SecondFactorRemoval(APIView):
    @extend_schema(request=OwnPasswordIn, responses={204: None})
    def post(self, request: PersonRequest) -> Response:
        end_second_factor(request.user, _password_in(request))
        return Response(status=status.HTTP_204_NO_CONTENT)
