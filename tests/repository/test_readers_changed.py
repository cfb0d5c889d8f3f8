"""A slice of `make soak ONLY=readers`: changed files of every format, in the sandbox."""

from repository.readers.finding import Code, Finding, Status
from repository.readers.formats import Format
from tests.soak.readers import soak, wrong

SEED = 5


def test_changed_files_of_every_format_are_read_or_refused() -> None:
    outcome = soak(200, SEED)
    assert not outcome.failures, "\n".join(outcome.failures)
    assert outcome.detail["verdicts"]["rejected"] > 100


def test_a_file_that_is_taken_for_another_would_be_told() -> None:
    good = Finding(Status.ACCEPTED, "", "", Format.ONNX)
    other = Finding(Status.ACCEPTED, "", "", Format.TEXT)
    blocked = Finding(Status.BLOCKED, Code.PICKLE, "", Format.PICKLE)
    assert wrong("a.onnx", b"", other, good)
    assert wrong("a.pkl", b"", good, blocked)
    assert not wrong("a.onnx", b"", good, good)
