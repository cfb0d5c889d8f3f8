"""Log lines: for people, or as JSON for a collector. Neither ever holds a secret."""

import datetime as dt
import json
import logging
import re

from portal.core.http.request_ids import request_id

HIDDEN = "[hidden]"
SECRETS = (
    # Tokens of people and credentials of runners, wherever they stand.
    re.compile(r"(?P<kept>\b(?:hf|oa|oc|or|whsec)_)[A-Za-z0-9_-]{16,}"),
    re.compile(r"(?P<kept>\b(?:Bearer|Basic)\s+)[^\s\"',]+", re.IGNORECASE),
    # postgresql://name:password@host
    re.compile(r"(?P<kept>\b[a-z][a-z0-9+]*://[^\s:/@]*:)[^\s/@]+(?=@)", re.IGNORECASE),
    re.compile(
        r"(?P<kept>\b\w*(?:password|passwd|secret|token|authorization|sessionid|ondol_session|"
        r"csrftoken|api_?key|signature)\w*[\"']?\s*[:=]\s*[\"']?)[^\s\"'&,;}]+",
        re.IGNORECASE,
    ),
)


def redacted(text: str) -> str:
    """Return a text with every secret that it shows replaced."""
    for secret in SECRETS:
        text = secret.sub(rf"\g<kept>{HIDDEN}", text)
    return text


class LineFormatter(logging.Formatter):
    """One line for people, and the traceback below it."""

    def format(self, record: logging.LogRecord) -> str:
        named = f" [{request_id.get()}]" if request_id.get() else ""
        return redacted(f"{record.levelname} {record.name}{named} {super().format(record)}")


class JsonFormatter(logging.Formatter):
    """One object on one line: time, level, logger, message, request, and the fault if any."""

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "time": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": redacted(record.getMessage()),
        }
        if request_id.get():
            told["request"] = request_id.get()
        if record.exc_info:
            told["fault"] = redacted(self.formatException(record.exc_info))
        return json.dumps(told, ensure_ascii=False)
