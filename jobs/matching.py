"""Which device may run which engine. Pure: no database, no request."""

from collections.abc import Iterable, Mapping
from typing import Any


def engines_of(passport: Mapping[str, Any]) -> dict[str, str]:
    """Return the engines a device says it has, with their versions."""
    return {row["engine"]: row["version"] for row in passport.get("engines", [])}


def choose_engine(wanted: str, suited: Iterable[str], present: Mapping[str, str]) -> str | None:
    """Return the engine to use: the wanted one, or the first suited one that the device has."""
    if wanted:
        return wanted if wanted in suited and wanted in present else None
    return next((engine for engine in suited if engine in present), None)
