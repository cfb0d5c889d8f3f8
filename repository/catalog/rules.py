"""The rules of rules.yaml: what a published word means here."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from repository.catalog.reading import Entry, UnreadableCatalog

FILE = Path(__file__).with_name("rules.yaml")


@cache
def _rules() -> dict[str, Any]:
    rules: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
    return rules


def contexts_of(entry: Entry) -> list[str]:
    """Return the cleaned words of an entry's scenarios, each once, in their order."""
    known = _rules()["scenarios"]
    lowered = [scenario.lower() for scenario in entry.scenarios]
    return list(dict.fromkeys(word for raw in lowered for word in known.get(raw, [raw])))


def service_type_of(entry: Entry) -> str:
    """Return the slug of the service type that an entry belongs to."""
    for rule in _rules()["service_types"]:
        if _fits(rule, entry):
            return str(rule["slug"])
    raise UnreadableCatalog(f"{entry.id}: no service type is known for '{entry.use_case}'.")


def _fits(rule: dict[str, Any], entry: Entry) -> bool:
    scenarios = {*contexts_of(entry), *(scenario.lower() for scenario in entry.scenarios)}
    return (
        entry.id in rule.get("models", [entry.id])
        and entry.use_case == rule.get("use_case", entry.use_case)
        and ("scenarios" not in rule or not scenarios.isdisjoint(rule["scenarios"]))
    )


def runtime_of(name: str) -> tuple[str, str]:
    """Return the format and the engine that a published runtime stands for."""
    found = _rules()["runtimes"].get(name)
    if found is None:
        raise UnreadableCatalog(f"The runtime '{name}' is not known.")
    return found["format"], found["engine"]


def metric_of(name: str) -> tuple[str, float]:
    """Return our name of a published metric, and what its values are multiplied by."""
    found = _rules()["metrics"].get(name, {"name": name, "scale": 1})
    return found["name"], found["scale"]
