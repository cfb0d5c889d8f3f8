"""What a benchmark leaves behind: a ratio to a peer or limit measured in the same run."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "build" / "bench"


@dataclass(frozen=True)
class Ratio:
    """One figure beside its peer. `goal` reads ">= 0.5" or "<= 1.5" and speaks of the ratio."""

    name: str
    value: float
    unit: str
    peer: str
    peer_value: float
    goal: str

    @property
    def ratio(self) -> float:
        return self.value / self.peer_value

    @property
    def holds(self) -> bool:
        sign, limit = self.goal.split()
        return self.ratio >= float(limit) if sign == ">=" else self.ratio <= float(limit)


def keep(name: str, ratios: list[Ratio]) -> Path:
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.json"
    rows = [{**asdict(row), "ratio": row.ratio, "holds": row.holds} for row in ratios]
    path.write_text(json.dumps(rows, indent=2, ensure_ascii=False))
    return path
