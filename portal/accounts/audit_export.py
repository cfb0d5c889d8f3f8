"""The audit log on its way out: as a table or as lines of JSON, read while it is sent."""

import csv
import io
import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from portal.accounts.api.audit import AuditEventOut, read_filter
from portal.accounts.edge import caller_of
from portal.accounts.models import AuditEvent, User
from portal.accounts.selectors.audit import batches_of, list_audit
from portal.accounts.services.audit import record
from portal.core.errors import invalid_field
from portal.core.http.edge import in_database

BATCH = 500
COLUMNS = ("id", "at", "actor", "action", "object", "outcome", "details", "digest")
# A cell that begins so is a formula to a spreadsheet.
FORMULAS = ("=", "+", "-", "@", "\t", "\r")
Lines = Callable[[list[dict[str, Any]]], str]


async def export_audit(request: Request) -> Response:
    """Answer GET with the rows of a filter, oldest first, and write down that they were taken."""
    kind = request.query_params.get("format", "jsonl")
    if kind not in _KINDS:
        raise invalid_field("format", "`format` is `csv` or `jsonl`.")
    media_type, lines = _KINDS[kind]
    rows = await in_database(_rows, request, kind)
    headers = {
        "Content-Disposition": f'attachment; filename="audit.{kind}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    head = ",".join(COLUMNS) + "\r\n" if kind == "csv" else ""
    return StreamingResponse(_text(rows, lines, head), media_type=media_type, headers=headers)


def _rows(request: Request, kind: str) -> QuerySet[AuditEvent]:
    user: User = caller_of(request.scope)
    asked = {name: text for name, text in request.query_params.items() if name != "format"}
    rows = list_audit(user, read_filter(asked))
    record(user, "audit.export", urlencode({"format": kind, **asked})[:200])
    return rows


async def _text(rows: QuerySet[AuditEvent], lines: Lines, head: str) -> AsyncIterator[str]:
    yield head
    batches = batches_of(rows, BATCH)
    while batch := await in_database(_next, batches):
        yield lines(batch)


def _next(batches: Iterator[list[AuditEvent]]) -> list[dict[str, Any]]:
    return list(AuditEventOut(next(batches, []), many=True).data)


def _as_json(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _as_csv(rows: list[dict[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    for row in rows:
        details = json.dumps(row["details"], ensure_ascii=False)
        writer.writerow([_cell({**row, "details": details}[name]) for name in COLUMNS])
    return out.getvalue()


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULAS) else text


_KINDS: dict[str, tuple[str, Lines]] = {
    "csv": ("text/csv; charset=utf-8", _as_csv),
    "jsonl": ("application/jsonl", _as_json),
}
