"""What the keys of publishers say of a version: kept here, checked by who pins a key."""

import dataclasses
from typing import Any

from drf_spectacular.utils import extend_schema
from ondol.releases import Signed
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.requests import PersonRequest, ReaderRequest
from repository.selectors.access import get_model
from repository.selectors.revisions import get_revision
from repository.services.signatures import add_signature
from repository.types import Need

LONGEST_STATEMENT = 1_000_000
FIELDS = [field.name for field in dataclasses.fields(Signed)]


class SignatureIn(serializers.Serializer[Any]):
    """A text that names model, version and files by digest, with an Ed25519 signature over it."""

    key = serializers.RegexField(r"\A[A-Za-z0-9+/]{43}=\Z")
    statement = serializers.CharField(max_length=LONGEST_STATEMENT, trim_whitespace=False)
    signature = serializers.RegexField(r"\A[A-Za-z0-9+/]{86}==\Z")


class SignatureOut(SignatureIn):
    signed_at = serializers.DateTimeField()


class SignaturePage(serializers.Serializer[Any]):
    results = SignatureOut(many=True)


class SignatureList(APIView):
    open_to_read = True

    @extend_schema(responses=SignaturePage)
    def get(self, request: ReaderRequest, owner: str, name: str, ref: str) -> Response:
        found = get_revision(get_model(request.user, owner, name), ref)
        shown = SignatureOut(found.signatures.order_by("-id"), many=True).data
        return Response({"results": shown})

    @extend_schema(request=SignatureIn, responses={201: SignatureOut})
    def post(self, request: PersonRequest, owner: str, name: str, ref: str) -> Response:
        found = get_revision(get_model(request.user, owner, name, Need.WRITE), ref)
        given = SignatureIn(data=request.data)
        given.is_valid(raise_exception=True)
        signed = Signed(**{field: given.validated_data[field] for field in FIELDS})
        kept = add_signature(request.user, found, signed)
        return Response(SignatureOut(kept).data, status=status.HTTP_201_CREATED)
