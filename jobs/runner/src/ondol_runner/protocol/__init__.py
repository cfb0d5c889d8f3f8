"""What server and runner say to each other: `/runner/v1`, as plain frozen dataclasses.

The only package the server imports from this distribution. It grows, and never changes the meaning
of a field. Unknown fields are ignored, so that version N talks to N-1. Durations are relative:
clocks of the two sides are never compared.

    POST  enroll                  EnrollRequest    -> EnrollReply      with a one-time code
    POST  challenge                                -> Challenge        runner token
    POST  session                 SessionRequest   -> SessionReply     runner token, Ondol-Signature
    POST  claim                   ClaimRequest     -> Grant | 204      runner token, held for wait_s
    POST  attempts/{id}/accept    AttemptCall      -> 204              attempt token from here on
    POST  attempts/{id}/refuse    RefuseRequest    -> 204
    POST  attempts/{id}/heartbeat HeartbeatRequest -> HeartbeatReply
    PATCH attempts/{id}/log       bytes            -> LogReply         Content-Range: bytes A-B/*
    POST  attempts/{id}/files     FileOffer        -> FileReply
    PATCH attempts/{id}/files/{name} bytes         -> FileReply        Content-Range, Ondol-Digest
    POST  attempts/{id}/finish    FinishRequest    -> 204              Idempotency-Key; signed
    GET   /api/v1/blobs/{sha256}                   -> bytes            the grant's own files only

A log that does not continue where it ends is answered 416, with a LogReply that says where. A part
of a file likewise, with a FileReply; one that is not what its Ondol-Digest (SHA-256 in hex) says is
answered 422 with code `file_altered`, and not kept.

Refusals are `{code, message, details}`. 409 with code `fenced` means that the job was given to
somebody else: stop the child, delete its scratch, report nothing.
"""

from ondol_runner.protocol.calls import (
    DIGEST_HEADER,
    PROTOCOL,
    SIGNATURE_HEADER,
    AttemptCall,
    Cancel,
    Challenge,
    ClaimRequest,
    DeviceReport,
    EngineInfo,
    EnrollReply,
    EnrollRequest,
    FileOffer,
    FileReply,
    FinishRequest,
    Grant,
    HeartbeatReply,
    HeartbeatRequest,
    LogReply,
    OpenAttempt,
    Outcome,
    Passport,
    Reason,
    RefuseRequest,
    SessionReply,
    SessionRequest,
)
from ondol_runner.protocol.encoding import (
    ProtocolError,
    decode,
    encode,
    said,
)
from ondol_runner.protocol.sentences import Sentence, sentence, spelled
from ondol_runner.protocol.work import (
    ArtifactRef,
    BenchmarkResult,
    BenchmarkSpec,
    Conditions,
    Engine,
    FileRef,
    InputSpec,
    Launch,
    Sampling,
    Usage,
)

__all__ = [
    "DIGEST_HEADER",
    "PROTOCOL",
    "SIGNATURE_HEADER",
    "ArtifactRef",
    "AttemptCall",
    "BenchmarkResult",
    "BenchmarkSpec",
    "Cancel",
    "Challenge",
    "ClaimRequest",
    "Conditions",
    "DeviceReport",
    "Engine",
    "EngineInfo",
    "EnrollReply",
    "EnrollRequest",
    "FileOffer",
    "FileRef",
    "FileReply",
    "FinishRequest",
    "Grant",
    "HeartbeatReply",
    "HeartbeatRequest",
    "InputSpec",
    "Launch",
    "LogReply",
    "OpenAttempt",
    "Outcome",
    "Passport",
    "ProtocolError",
    "Reason",
    "RefuseRequest",
    "Sampling",
    "Sentence",
    "SessionReply",
    "SessionRequest",
    "Usage",
    "decode",
    "encode",
    "said",
    "sentence",
    "spelled",
]
