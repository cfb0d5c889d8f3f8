"""What a job's owner is told: sentences that have names, by which others say them too."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Sentence:
    """A sentence in English, its name and what it was filled with.

    The portal says it by its name in the reader's language. What an engine or a tool said has none:
    it is shown as it is.
    """

    text: str
    code: str = ""
    values: dict[str, str] = field(default_factory=dict)


def sentence(code: str, template: str, /, **values: object) -> Sentence:
    """Fill in a sentence of ours, as `{name}` of the template; a number is given as it is shown."""
    told = {name: str(value) for name, value in values.items()}
    return Sentence(template.format(**told), code, told)


def spelled(sentences: Iterable[Sentence]) -> str:
    """Return sentences as one English text."""
    return " ".join(one.text for one in sentences)
