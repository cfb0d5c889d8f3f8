"""What a check found, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum


class State(str, Enum):
    OK = "ok"
    NOTE = "note"
    """Not as it could be; jobs run all the same."""
    PROBLEM = "problem"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Finding:
    """One line of the report; `cure` says what to do where something is to be done."""

    check: str
    state: State
    text: str
    cure: str = ""


class Amiss(Exception):
    """A check found something that a person has to put right."""

    def __init__(self, text: str, cure: str) -> None:
        super().__init__(text)
        self.text = text
        self.cure = cure


class Minor(Amiss):
    """The same, where jobs run all the same."""


Check = Callable[[], str]


def look(name: str, check: Check) -> Finding:
    """Run one check: it returns what is well, or raises Amiss."""
    try:
        return Finding(name, State.OK, check())
    except Minor as minor:
        return Finding(name, State.NOTE, minor.text, minor.cure)
    except Amiss as amiss:
        return Finding(name, State.PROBLEM, amiss.text, amiss.cure)


def look_in_turn(checks: Iterable[tuple[str, Check]]) -> Iterator[Finding]:
    """Run checks of which each needs the one before; after a problem the rest is skipped."""
    failing = ""
    for name, check in checks:
        if failing:
            yield Finding(name, State.SKIPPED, f"not reached, because of {failing}")
            continue
        finding = look(name, check)
        if finding.state is State.PROBLEM:
            failing = name
        yield finding
