"""What can go wrong, for programs and in words."""


class OndolError(Exception):
    """The server refused, or cannot be reached. `code` is stable; the text says the cure."""

    def __init__(self, message: str, *, code: str = "", status: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


class WrongBytes(OndolError):
    """Bytes arrived that are not what their digest says. Nothing was kept."""


class JobFailed(OndolError):
    """A job ended without success; `code` is the reason."""
