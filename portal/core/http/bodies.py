"""Reading bodies of JSON: what no field can hold is refused here, by the field it stands in."""

import re
from collections.abc import Iterator
from typing import Any

from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import JSONParser

HALF = re.compile(r"[\ud800-\udfff]")
# Control characters but for tabs and line ends, and what turns the direction of text around it.
COMMANDS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
FOR_PEOPLE = "/api/v1/"


class Body(JSONParser):
    """JSON whose texts are whole characters, and in what people write, nothing but text."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            told = super().parse(stream, media_type, parser_context)
            texts = list(_texts(told, ""))
        except RecursionError as error:
            raise ParseError("The body is nested too deeply.") from error
        written = parser_context["request"].path.startswith(FOR_PEOPLE)
        wrong = {
            path: ["Leave out characters that are half of one, or that are not seen."]
            for path, text in texts
            if HALF.search(text) or (written and COMMANDS.search(text))
        }
        if wrong:
            raise ValidationError(wrong)
        return told


def _texts(told: Any, path: str) -> Iterator[tuple[str, str]]:
    """Return every text of a body with the path of its field, names of fields among them."""
    if isinstance(told, str):
        yield path, told
    elif isinstance(told, dict):
        for name, value in told.items():
            yield path, name
            if not HALF.search(name):
                yield from _texts(value, f"{path}.{name}" if path else name)
    elif isinstance(told, list):
        for index, value in enumerate(told):
            yield from _texts(value, f"{path}.{index}" if path else str(index))
