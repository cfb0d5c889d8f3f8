import json
import logging

import pytest

from portal.core.http.request_ids import request_id
from portal.core.logs import JsonFormatter, LineFormatter

CANARY = "Xk29canaryXk29canaryXk29canary1234567"
SHOWN = [
    f"token hf_{CANARY} was refused",
    f"runner or_{CANARY}",
    f"attempt oa_{CANARY}",
    f"Authorization: Bearer {CANARY}",
    f"postgresql://ondol:{CANARY}@db:5432/ondol is away",
    f"redis://:{CANARY}@cache:6379",
    f"GET /setup?user=olga&token={CANARY}&next=/",
    f'{{"username": "olga", "password": "{CANARY}"}}',
    f"ONDOL_SECRET_KEY={CANARY}",
    f"Cookie: csrftoken={CANARY}; ondol_session={CANARY}",
    f"https://bucket.example/a?X-Amz-Signature={CANARY}&x=1",
]


def line(message: str, *, fault: bool = False) -> logging.LogRecord:
    info = (ValueError, ValueError(message), None) if fault else None
    return logging.LogRecord("portal", logging.ERROR, "a.py", 1, "said %s", (message,), info)


@pytest.mark.parametrize("shown", SHOWN)
def test_no_secret_is_logged(shown: str) -> None:
    for formatter in (JsonFormatter(), LineFormatter()):
        for fault in (True, False):
            told = formatter.format(line(shown, fault=fault))
            assert CANARY not in told
            assert "[hidden]" in told


def test_a_line_of_json_names_the_request_and_the_fault() -> None:
    named = request_id.set("0123456789abcdef")
    told = json.loads(JsonFormatter().format(line("보행자 was not found", fault=True)))
    request_id.reset(named)
    assert told["request"] == "0123456789abcdef"
    assert (told["level"], told["logger"]) == ("ERROR", "portal")
    assert told["message"] == "said 보행자 was not found"
    assert "ValueError" in told["fault"]
