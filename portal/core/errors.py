"""The kinds of refusal. A refusal is an answer; everything else is a fault and a log."""

from collections.abc import Mapping, Sequence

Details = Mapping[str, Sequence[str]]
Values = Mapping[str, str | int]
"""What the sentence of a refusal holds, for who says it in another language; see `code`."""


class Refusal(Exception):
    """Say no, with a stable code, a sentence that names the cure, and the fields concerned."""

    code = "refused"

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        details: Details | None = None,
        values: Values | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.details: Details = details or {}
        self.values: Values = values or {}


class NotFound(Refusal):
    code = "not_found"


class Forbidden(Refusal):
    code = "forbidden"


class Conflict(Refusal):
    code = "conflict"


class Invalid(Refusal):
    code = "invalid"


class Gone(Refusal):
    code = "gone"


class TooLarge(Refusal):
    code = "too_large"


class NotNow(Refusal):
    """The same may be tried again after `retry_after_s`."""

    code = "not_now"

    def __init__(self, message: str, *, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class TooMany(NotNow):
    """It was tried too often."""

    code = "too_many_tries"


class Full(Refusal):
    """The server has no room left."""

    code = "full"


class Moved(Refusal):
    """Say that what is asked for has another address: the part `old` of its path is `new` now."""

    code = "moved"

    def __init__(self, message: str, *, old: str, new: str) -> None:
        super().__init__(message)
        self.old = old
        self.new = new

    def address(self, asked: str) -> str:
        return asked.replace(self.old, self.new, 1)


def invalid_field(field: str, message: str, code: str = "") -> Invalid:
    """Return the refusal of one field of a request."""
    return Invalid(message, code=code, details={field: [message]})
