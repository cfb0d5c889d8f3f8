"""What the portal sends to a browser, against the limits of `frontend/budget.ts`.

The build itself fails over a limit; here stands how much room is left.
"""

import json
import subprocess

from tests.bench.report import Ratio
from tests.services import ROOT

FRONTEND = ROOT / "frontend"


def bench() -> list[Ratio]:
    subprocess.run(["npm", "run", "--silent", "build"], cwd=FRONTEND, check=True)
    rows = json.loads((FRONTEND / "dist" / "weights.json").read_text())
    heaviest: dict[str, Ratio] = {}
    for row in rows:
        kept = heaviest.get(row["part"])
        if kept is None or row["kilobytes"] > kept.value:
            heaviest[row["part"]] = Ratio(
                f"{row['part']}: {row['file']}",
                row["kilobytes"],
                "kB",
                "limit",
                row["limit"],
                "<= 1",
            )
    return list(heaviest.values())
