"""Calls of a runner as a whole: enroll, session."""

import json
from typing import TypeVar

from django.conf import settings
from drf_spectacular.utils import extend_schema
from ondol_runner.protocol import (
    SIGNATURE_HEADER,
    Challenge,
    EnrollReply,
    EnrollRequest,
    SessionReply,
    SessionRequest,
    decode,
    encode,
)
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from jobs.runner_api.doors import IsCaller, RunnerAuthentication, RunnerRequest
from jobs.services import runners
from jobs.services.clones import check_clone
from jobs.services.messages import WrongMessage
from jobs.services.runner_keys import check_possession, new_nonce
from portal.accounts.authentication import address_of
from portal.core.limits import Limit, network_of, take

T = TypeVar("T")


def read(kind: type[T], data: object) -> T:
    """Read a message of the protocol, or refuse it naming the field."""
    try:
        # JSON can write a number that no float holds, and no database keeps infinity in JSON.
        json.dumps(data, allow_nan=False)
        return decode(kind, data)
    except ValueError as error:
        raise WrongMessage(str(error)) from error


@extend_schema(exclude=True)
class Enroll(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]

    def post(self, request: Request) -> Response:
        take(Limit.CREDENTIAL_ADDRESS, network_of(address_of(request)))
        runner, secret = runners.enroll(read(EnrollRequest, request.data))
        return Response(encode(EnrollReply(runner.pk, secret)))


@extend_schema(exclude=True)
class NewChallenge(APIView):
    authentication_classes = [RunnerAuthentication]
    permission_classes = [IsCaller]

    def post(self, request: RunnerRequest) -> Response:
        return Response(encode(Challenge(new_nonce(request.user.must_be_runner()))))


@extend_schema(exclude=True)
class Session(APIView):
    authentication_classes = [RunnerAuthentication]
    permission_classes = [IsCaller]

    def post(self, request: RunnerRequest) -> Response:
        runner = request.user.must_be_runner()
        # As it was sent, before it is parsed: that is what is signed.
        body: bytes = request.body
        given = read(SessionRequest, request.data)
        signature = request.headers.get(SIGNATURE_HEADER, "")
        check_possession(runner, given.nonce, body, signature)
        check_clone(runner, given.boot_id[:64])
        session_id, keep, kill = runners.open_session(runner, given)
        env = settings.ENV
        reply = SessionReply(
            session_id=session_id,
            keep=keep,
            kill=kill,
            claim_wait_s=env.claim_wait_s,
            heartbeat_s=env.heartbeat_s,
            offline_grace_s=env.offline_grace_s,
        )
        return Response(encode(reply))
