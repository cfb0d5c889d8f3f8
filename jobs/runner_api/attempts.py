"""Calls about one attempt, opened by that attempt's own secret."""

import re
from typing import IO, Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from ondol_runner.protocol import (
    AttemptCall,
    Cancel,
    FinishRequest,
    HeartbeatReply,
    HeartbeatRequest,
    LogReply,
    RefuseRequest,
    encode,
)
from rest_framework import status
from rest_framework.parsers import BaseParser
from rest_framework.response import Response
from rest_framework.views import APIView

from jobs.models import Attempt
from jobs.runner_api.doors import AttemptAuthentication, IsCaller, RunnerRequest
from jobs.runner_api.runners import WrongMessage, read
from jobs.services import attempts, benchmarks, runners
from jobs.services.attempts import Fenced, LogGap

RANGE = re.compile(r"\Abytes (\d{1,18})-(\d{1,18})/\*\Z")
LARGEST_CHUNK = 256 * 1024


class RawParser(BaseParser):
    """Bytes as they are; the middleware's body limit holds."""

    media_type = "*/*"

    def parse(self, stream: IO[Any], media_type: object = None, context: object = None) -> Any:
        del media_type, context
        return stream.read()


@extend_schema(exclude=True)
class AttemptView(APIView):
    authentication_classes = [AttemptAuthentication]
    permission_classes = [IsCaller]

    def attempt(self, request: RunnerRequest, attempt_id: str, epoch: int | None = None) -> Attempt:
        """Return the caller's attempt, or refuse one that is not theirs or not current."""
        attempt = request.user.must_be_attempt()
        if attempt.pk != attempt_id or (epoch is not None and attempt.epoch != epoch):
            raise Fenced("This is not the attempt that the token opens.")
        if attempt.runner is not None:
            runners.seen(attempt.runner)
        return attempt


class Accept(AttemptView):
    def post(self, request: RunnerRequest, attempt_id: str) -> Response:
        attempt = self.attempt(request, attempt_id, read(AttemptCall, request.data).epoch)
        if not attempts.is_open(attempt):
            raise Fenced("This offer has run out.")
        attempts.start(attempt)
        return Response(status=status.HTTP_204_NO_CONTENT)


class Refuse(AttemptView):
    def post(self, request: RunnerRequest, attempt_id: str) -> Response:
        given = read(RefuseRequest, request.data)
        attempts.refuse(self.attempt(request, attempt_id, given.epoch))
        return Response(status=status.HTTP_204_NO_CONTENT)


class Heartbeat(AttemptView):
    def post(self, request: RunnerRequest, attempt_id: str) -> Response:
        given = read(HeartbeatRequest, request.data)
        attempt = self.attempt(request, attempt_id, given.epoch)
        wish = attempts.beat(attempt, step=given.step, fraction=given.fraction, text=given.text)
        env = settings.ENV
        reply = HeartbeatReply(env.lease_s, env.heartbeat_s, Cancel(wish.value))
        return Response(encode(reply))


class Log(AttemptView):
    parser_classes = [RawParser]

    def patch(self, request: RunnerRequest, attempt_id: str) -> Response:
        attempt = self.attempt(request, attempt_id)
        span = RANGE.match(request.headers.get("Content-Range", ""))
        content: bytes = request.data  # type: ignore[assignment]
        if not span or int(span[2]) - int(span[1]) + 1 != len(content):
            raise WrongMessage("Content-Range must name the bytes that are sent.")
        if len(content) > LARGEST_CHUNK:
            raise WrongMessage(f"Send at most {LARGEST_CHUNK} bytes of log at a time.")
        if not attempts.is_open(attempt):
            raise Fenced("This job was given to somebody else, or has ended.")
        try:
            size = attempts.append_log(attempt, int(span[1]), content)
        except LogGap as gap:
            body = encode(LogReply(gap.size))
            return Response(body, status=status.HTTP_416_REQUESTED_RANGE_NOT_SATISFIABLE)
        return Response(encode(LogReply(size)))


class Finish(AttemptView):
    def post(self, request: RunnerRequest, attempt_id: str) -> Response:
        given = read(FinishRequest, request.data)
        attempt = self.attempt(request, attempt_id, given.epoch)
        key = request.headers.get("Idempotency-Key", "")
        benchmarks.finish(attempt, given, key)
        return Response(status=status.HTTP_204_NO_CONTENT)
