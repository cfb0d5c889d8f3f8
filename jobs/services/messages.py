"""What a machine's message has to be before anything is done with it."""

import re

from portal.core.errors import Invalid

RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/\*")


class WrongMessage(Invalid):
    code = "wrong_message"


def begin_of(content_range: str, content: bytes) -> int:
    """Return where bytes begin, or refuse a Content-Range that is not theirs."""
    span = RANGE.fullmatch(content_range)
    if not span or int(span[2]) - int(span[1]) + 1 != len(content):
        raise WrongMessage("Content-Range must name the bytes that are sent.")
    return int(span[1])
