"""Calls about one attempt, opened by that attempt's own secret."""

from typing import IO, Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from ondol_runner.protocol import (
    DIGEST_HEADER,
    SIGNATURE_HEADER,
    AttemptCall,
    Cancel,
    FileOffer,
    FileReply,
    FinishRequest,
    HeartbeatReply,
    HeartbeatRequest,
    RefuseRequest,
    encode,
)
from rest_framework import status
from rest_framework.parsers import BaseParser
from rest_framework.response import Response
from rest_framework.views import APIView

from jobs.models import Attempt
from jobs.runner_api.doors import AttemptAuthentication, IsCaller, RunnerRequest
from jobs.runner_api.runners import read
from jobs.services import attempt_files, attempts, benchmarks, runners
from jobs.services.attempt_files import Part
from jobs.services.attempts import Fenced
from jobs.services.logs import LogGap
from jobs.services.messages import begin_of
from jobs.services.runner_keys import check_report
from portal.core.errors import NotFound


class RawParser(BaseParser):
    """Bytes as they are; the middleware's body limit holds."""

    media_type = "*/*"

    def parse(self, stream: IO[Any], media_type: object = None, context: object = None) -> Any:
        del media_type, context
        return stream.read()


class NotOffered(NotFound):
    code = "file_not_offered"


def ranged(request: RunnerRequest) -> tuple[int, bytes]:
    """Return the bytes of a call and where they begin, or refuse a range that is not theirs."""
    content: bytes = request.data  # type: ignore[assignment]
    return begin_of(request.headers.get("Content-Range", ""), content), content


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


class Files(AttemptView):
    def post(self, request: RunnerRequest, attempt_id: str) -> Response:
        given = read(FileOffer, request.data)
        attempt = self.attempt(request, attempt_id, given.epoch)
        if not attempts.is_open(attempt):
            raise Fenced("This job was given to somebody else, or has ended.")
        return Response(encode(FileReply(attempt_files.offer_file(attempt, given).received)))


class FilePart(AttemptView):
    parser_classes = [RawParser]

    def patch(self, request: RunnerRequest, attempt_id: str, name: str) -> Response:
        attempt = self.attempt(request, attempt_id)
        if not attempts.is_open(attempt):
            raise Fenced("This job was given to somebody else, or has ended.")
        file = attempt.files.filter(name=name).first()
        if file is None:
            raise NotOffered(f"{name} was not offered: do that first.")
        offset, content = ranged(request)
        part = Part(offset, content, request.headers.get(DIGEST_HEADER, ""))
        try:
            size = attempt_files.append_part(file, part)
        except LogGap as gap:
            body = encode(FileReply(gap.size))
            return Response(body, status=status.HTTP_416_REQUESTED_RANGE_NOT_SATISFIABLE)
        return Response(encode(FileReply(size)))


class Finish(AttemptView):
    def post(self, request: RunnerRequest, attempt_id: str) -> Response:
        given = read(FinishRequest, request.data)
        attempt = self.attempt(request, attempt_id, given.epoch)
        signature = request.headers.get(SIGNATURE_HEADER, "")
        check_report(attempt, given, signature)
        key = request.headers.get("Idempotency-Key", "")
        benchmarks.finish(attempt, given, key, signature)
        return Response(status=status.HTTP_204_NO_CONTENT)
