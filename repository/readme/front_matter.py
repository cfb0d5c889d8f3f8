"""The YAML head of a README."""

from typing import Any

import yaml

FENCE = "---"
MOST_WORDS, LONGEST_WORD = 30, 120
CARD_KEYS = {
    "language": "language",
    "dataset": "datasets",
    "base_model": "base_model",
    "library": "library_name",
    "tag": "tags",
}
"""What lists can be narrowed by, and where Hugging Face's cards say it."""


def split_front_matter(text: str) -> tuple[dict[str, Any], str]:
    """Return the head as a dictionary, and the rest of the text.

    A head that is not a mapping, or not YAML at all, is nobody's business here: it counts as empty.
    """
    lines = text.lstrip("\ufeff").split("\n")
    if not lines or lines[0].strip() != FENCE:
        return {}, text
    for index, line in enumerate(lines[1:], start=1):
        if line.strip() == FENCE:
            return _read("\n".join(lines[1:index])), "\n".join(lines[index + 1 :])
    return {}, text


def head_of_text(text: str) -> dict[str, Any]:
    """Return the head as a dictionary, or raise YAMLError for one that nobody can read."""
    head, _ = split_front_matter(text)
    if not head:
        lines = text.lstrip("\ufeff").split("\n")
        if lines[0].strip() == FENCE and FENCE in (line.strip() for line in lines[1:]):
            end = [line.strip() for line in lines[1:]].index(FENCE)
            yaml.safe_load("\n".join(lines[1 : end + 1]))
    return head


def words_of_card(head: dict[str, Any]) -> dict[str, list[str]]:
    """Return by kind the words of a head that its model is found by."""
    return {kind: words_under(head, key) for kind, key in CARD_KEYS.items()}


def words_under(head: dict[str, Any], key: str) -> list[str]:
    """Return the texts that a head has under a key, be it one or a list of them."""
    said = head.get(key)
    rows = said if isinstance(said, list) else [said]
    texts = (" ".join(row.split())[:LONGEST_WORD] for row in rows if isinstance(row, str))
    return list(dict.fromkeys(text for text in texts if text))[:MOST_WORDS]


def _read(head: str) -> dict[str, Any]:
    # A YAML alias can repeat itself into gigabytes; a model card has no use for one.
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(head)):
            return {}
        found = yaml.safe_load(head)
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    return {str(key): _plain(value) for key, value in found.items()} if _is_map(found) else {}


def _is_map(value: object) -> bool:
    return isinstance(value, dict)


def _plain(value: Any) -> Any:
    """Keep what JSON can say: a date becomes its text."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)
