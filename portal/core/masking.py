"""Secrets in text that came from outside: starred out at their length, so that offsets stay."""

import re

MARKS = (b"hf_", b"oa_", b"oc_", b"or_", b"earer", b"://")
"""What every secret we know has in or before it: looking for these first is a hundredth of it."""
SECRETS = re.compile(
    rb"\b((?:hf|o[acr])_)\w{20,}"
    rb"|\b([Bb]earer\s+)[\w.~+/=-]{8,}"
    rb"|(://[^\s/:@]{0,80}:)[^\s/@]+(?=@)"
)


def masked(content: bytes) -> bytes:
    """Return bytes of the same length without tokens, bearers and passwords of addresses."""
    if not any(mark in content for mark in MARKS):
        return content
    return SECRETS.sub(_stars, content)


def _stars(found: re.Match[bytes]) -> bytes:
    kept = found[found.lastindex or 0]
    return kept + b"*" * (len(found[0]) - len(kept))
