"""What is kept of why a job failed: a reason of the closed list and sentences for its owner."""

import re
from collections.abc import Sequence
from typing import Any

from ondol_runner.protocol import Sentence, encode, spelled

LONGEST_MESSAGE = 500
MOST_SENTENCES = 8
MOST_VALUES = 8
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def failure(reason: str, sentences: Sequence[Sentence], message: str = "") -> dict[str, Any]:
    """Return the fields of a job that tell of its failure.

    Sentences may come from a runner or from a converter over a stranger's files: what is too long
    is cut, what is too much is left out, and one whose name cannot be one of ours loses it.
    """
    return {
        "failure_reason": reason,
        "failure_message": (message or spelled(sentences))[:LONGEST_MESSAGE],
        "failure_sentences": [encode(_bounded(one)) for one in sentences[:MOST_SENTENCES]],
    }


def _bounded(one: Sentence) -> Sentence:
    text = one.text[:LONGEST_MESSAGE]
    values = {name: value[:LONGEST_MESSAGE] for name, value in one.values.items()}
    if len(values) > MOST_VALUES or not all(map(NAME.fullmatch, [one.code, *values])):
        return Sentence(text)
    return Sentence(text, one.code, values)
