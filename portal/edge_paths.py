"""The endpoints that Django does not see, for the OpenAPI document."""

from typing import Any

_PERSON: list[dict[str, list[str]]] = [{"token": []}, {"session": []}]
_READER = [*_PERSON, {}]


def _answer(description: str, **headers: str) -> dict[str, Any]:
    shown = {
        name.replace("_", "-"): {"schema": {"type": "string"}, "description": text}
        for name, text in headers.items()
    }
    return {"description": description, **({"headers": shown} if shown else {})}


def _parameter(
    name: str, place: str, kind: str = "string", *, required: bool = True
) -> dict[str, Any]:
    return {"name": name, "in": place, "required": required, "schema": {"type": kind}}


def _operation(
    name: str, tag: str, summary: str, parameters: list[dict[str, Any]], answers: dict[str, Any]
) -> dict[str, Any]:
    return {
        "operationId": name,
        "tags": [tag],
        "summary": summary,
        "security": _READER if tag in {"blobs", "models"} else _PERSON,
        "parameters": parameters,
        "responses": answers,
    }


def _uploads() -> dict[str, Any]:
    upload_id = _parameter("upload_id", "path")
    offset = {"Upload_Offset": "bytes that are safe"}
    append = _operation(
        "upload_append",
        "uploads",
        "Add bytes where the file ends (tus 1.0)",
        [upload_id, _parameter("Upload-Offset", "header", "integer")],
        {"204": _answer("Kept", **offset), "409": _answer("Wrong offset")},
    )
    append["requestBody"] = {
        "required": True,
        "content": {"application/offset+octet-stream": {"schema": {"type": "string"}}},
    }
    return {
        "/api/v1/uploads": {
            "post": _operation(
                "upload_create",
                "uploads",
                "Open a resumable upload (tus 1.0)",
                [
                    _parameter("Upload-Length", "header", "integer"),
                    _parameter("Upload-Metadata", "header"),
                ],
                {"201": _answer("Opened", Location="where the bytes go")},
            )
        },
        "/api/v1/uploads/{upload_id}": {
            "head": _operation(
                "upload_offset",
                "uploads",
                "How far an upload is",
                [upload_id],
                {"200": _answer("Known", **offset)},
            ),
            "patch": append,
            "delete": _operation(
                "upload_delete",
                "uploads",
                "Forget an upload",
                [upload_id],
                {"204": _answer("Gone")},
            ),
        },
    }


def _bytes_and_events() -> dict[str, Any]:
    content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    zipped = {"application/zip": {"schema": {"type": "string", "format": "binary"}}}
    whole = {**_answer("All bytes", ETag="the digest"), "content": content}
    part = {**_answer("The asked range"), "content": content}
    digest = _parameter("sha256", "path")
    filename = _parameter("filename", "query", required=False)
    lines = {kind: {"schema": {"type": "string"}} for kind in ("text/csv", "application/jsonl")}
    stream = {"text/event-stream": {"schema": {"type": "string"}}}
    return {
        "/api/v1/blobs/{sha256}": {
            "get": _operation(
                "blob_get",
                "blobs",
                "Bytes by digest, whole or in ranges",
                [digest, filename],
                {"200": whole, "206": part, "416": _answer("No such range")},
            )
        },
        "/api/v1/models/{owner}/{name}/archive": {
            "get": _operation(
                "model_archive",
                "models",
                "A whole version as one zip, with a manifest of its digests; with `of=model` all "
                "of a model (versions, device files, benchmarks) for another site",
                [
                    _parameter("owner", "path"),
                    _parameter("name", "path"),
                    _parameter("ref", "query", required=False),
                    _parameter("of", "query", required=False),
                ],
                {"200": {**_answer("The archive"), "content": zipped}},
            )
        },
        "/api/v1/audit/export": {
            "get": _operation(
                "audit_export",
                "audit",
                "The rows of the audit log that a filter finds, oldest first; for administrators",
                [
                    _parameter(name, "query", required=False)
                    for name in ("format", "actor", "action", "object", "outcome", "since", "until")
                ],
                {"200": {**_answer("The rows"), "content": lines}},
            )
        },
        "/api/v1/events": {
            "get": _operation(
                "events_get",
                "events",
                "Live events of jobs, devices and the caller's notices",
                [_parameter("topics", "query")],
                {"200": {**_answer("Server-sent events"), "content": stream}},
            )
        },
    }


def add_edge_paths(
    result: dict[str, Any],
    generator: object,
    request: object,
    public: bool,  # noqa: FBT001
) -> dict[str, Any]:
    """Add to the document what `portal.asgi` answers itself."""
    del generator, request, public
    for path, operations in {**_uploads(), **_bytes_and_events()}.items():
        result["paths"].setdefault(path, {}).update(operations)
    result["paths"] = dict(sorted(result["paths"].items()))
    return result
