"""Which device may run which engine. Pure: no database, no request."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

RANGED = re.compile(r"(?P<what>memory|cores)>=(?P<least>[1-9]\d{0,3})|accelerator=(?P<name>.+)")
SIGNS = frozenset("<>=")
USABLE = 0.9
"""Of the memory that a board is sold with, what its system tells of at least."""
GIB = 2**30


def engines_of(passport: Mapping[str, Any]) -> dict[str, str]:
    """Return the engines a device says it has, with their versions."""
    return {row["engine"]: row["version"] for row in passport.get("engines", [])}


def choose_engine(wanted: str, suited: Iterable[str], present: Mapping[str, str]) -> str | None:
    """Return the engine to use: the wanted one, or the first suited one that the device has."""
    if wanted:
        return wanted if wanted in suited and wanted in present else None
    return next((engine for engine in suited if engine in present), None)


def is_ability(word: str) -> bool:
    """Say whether a word is one that a device can be asked for; see `has_abilities`."""
    return not SIGNS.intersection(word) or RANGED.fullmatch(word) is not None


def has_abilities(passport: Mapping[str, Any], wanted: Sequence[str]) -> bool:
    """Say whether a device has everything wanted.

    `memory>=4` is so many GiB at least, `cores>=8` so many cores, `accelerator=NAME` an accelerator
    whose name has this in it. Any other word has to be part of what the device tells of its
    processor, accelerators or sensors: `coral` is met by "Coral Edge TPU (USB)".
    """
    return all(_has(passport, word) for word in wanted)


def _has(passport: Mapping[str, Any], word: str) -> bool:
    accelerators = passport.get("accelerators", [])
    ranged = RANGED.fullmatch(word)
    if ranged is None:
        named = [passport.get("architecture", ""), passport.get("cpu", "")]
        return _any_tells([*named, *accelerators, *passport.get("sensors", [])], word)
    if ranged["name"]:
        return _any_tells(accelerators, ranged["name"])
    least = int(ranged["least"])
    if ranged["what"] == "cores":
        return cores_of(passport) >= least
    return int(passport.get("ram_bytes") or 0) >= USABLE * least * GIB


def _any_tells(texts: Iterable[str], word: str) -> bool:
    return any(word.lower() in text.lower() for text in texts)


def spell_needs(engine: str, abilities: Iterable[str], threads: int = 1) -> str:
    """Say in words what a device has to have: `engine onnxruntime and at least 8 cores`."""
    cores = [f"at least {threads} cores"] if threads > 1 else []
    return " and ".join([f"engine {engine}", *map(_spell, abilities), *cores])


def _spell(word: str) -> str:
    ranged = RANGED.fullmatch(word)
    if ranged is None:
        return word
    if ranged["name"]:
        return f"accelerator {ranged['name']}"
    unit = "GiB of memory" if ranged["what"] == "memory" else "cores"
    return f"at least {ranged['least']} {unit}"


def cores_of(passport: Mapping[str, Any]) -> int:
    return int(passport.get("cores") or 1)
