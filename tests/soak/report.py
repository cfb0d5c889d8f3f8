"""What a soak leaves behind. Counts accumulate by seed, so that nights add up."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "build" / "soak"


@dataclass(frozen=True)
class Outcome:
    """What one run counted, and every failure in words that name how to see it again."""

    count: int
    failures: list[str]
    detail: dict[str, Any] = field(default_factory=dict)


def keep(name: str, seed: int, outcome: Outcome) -> Path:
    """Write `build/soak/<name>.json`: this run, and `total` over the seeds run so far."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.json"
    seeds = json.loads(path.read_text())["by_seed"] if path.exists() else {}
    seeds[str(seed)] = {"count": outcome.count, "failures": len(outcome.failures)}
    row = {
        "name": name,
        "count": outcome.count,
        "failures": outcome.failures,
        "seed": seed,
        "detail": outcome.detail,
        "total": sum(entry["count"] for entry in seeds.values()),
        "by_seed": seeds,
    }
    path.write_text(json.dumps(row, indent=2, ensure_ascii=False))
    return path
