"""What can go wrong in a way that somebody is told about."""

from __future__ import annotations

from dataclasses import dataclass, field

from ondol_runner.protocol import Reason, Sentence, spelled

MESSAGE_LIMIT = 300


class Trouble(Exception):
    """Something the person at the command line can put right; one sentence, printed as it is."""


class Dismissed(Trouble):
    """The server wants this runner no more; only a person can help, so it must not come back."""


class Fault(Exception):
    """Why an attempt failed: a reason of the closed list and sentences for the job's owner."""

    def __init__(self, reason: Reason, *sentences: Sentence) -> None:
        super().__init__(spelled(sentences))
        self.reason = reason
        self.message = spelled(sentences)
        self.sentences = sentences


class Unfit(ValueError):
    """Something given that does not fit; the sentence says what, and is part of a Fault."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence.text)
        self.sentence = sentence


@dataclass(frozen=True)
class FaultReport:
    """A Fault on its way from a child process to the one that started it."""

    reason: Reason
    message: str
    sentences: list[Sentence] = field(default_factory=list)

    @classmethod
    def of(cls, fault: Fault) -> FaultReport:
        return cls(fault.reason, fault.message, list(fault.sentences))

    def fault(self) -> Fault:
        return Fault(self.reason, *self.sentences)


def quoted(error: BaseException, *, hide: str = "", last: bool = False) -> Sentence:
    """Tell what an engine said, for what is ours in it by the name that it has."""
    if isinstance(error, Unfit):
        return error.sentence
    return Sentence(told_by(error, hide=hide, last=last))


def told_by(error: BaseException, *, hide: str = "", last: bool = False) -> str:
    """Shorten what an engine said to its first or last line, without the folder `hide`."""
    text = str(error).replace(f"{hide}/", "") if hide else str(error)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return (lines[-1 if last else 0] if lines else type(error).__name__)[:MESSAGE_LIMIT]
