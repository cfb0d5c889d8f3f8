"""What a soak leaves behind. Counts accumulate by seed, so that nights add up."""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "build" / "soak"


@dataclass(frozen=True)
class Outcome:
    """What one run counted, and every failure in words that name how to see it again.

    `parts` are counts that add up over runs, of each format for example.
    """

    count: int
    failures: list[str]
    detail: dict[str, Any] = field(default_factory=dict)
    parts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Kept:
    """What all runs so far come to."""

    path: Path
    total: int
    hours: float
    parts: Counter[str]

    @property
    def said(self) -> str:
        parts = "".join(f", {name} {count:,}" for name, count in sorted(self.parts.items()))
        shown = self.path.relative_to(FOLDER.parents[1])
        return f"in all {self.total:,} in {self.hours:.1f} hours{parts} -> {shown}"


def keep(name: str, seed: int, outcome: Outcome, seconds: float) -> Kept:
    """Write `build/soak/<name>.json`: this run, and `total` and `parts` over the seeds so far."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.json"
    seeds = json.loads(path.read_text())["by_seed"] if path.exists() else {}
    seeds[str(seed)] = {
        "count": outcome.count,
        "failures": len(outcome.failures),
        "seconds": round(seconds),
        "parts": outcome.parts,
    }
    parts: Counter[str] = Counter()
    for entry in seeds.values():
        parts.update(entry.get("parts", {}))
    total = sum(entry["count"] for entry in seeds.values())
    hours = sum(entry.get("seconds", 0) for entry in seeds.values()) / 3600
    row = {
        "name": name,
        "count": outcome.count,
        "failures": outcome.failures,
        "seed": seed,
        "detail": outcome.detail,
        "total": total,
        "hours": round(hours, 2),
        "parts": parts,
        "by_seed": seeds,
    }
    path.write_text(json.dumps(row, indent=2, ensure_ascii=False))
    return Kept(path, total, hours, parts)
