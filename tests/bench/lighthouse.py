"""Lighthouse's phone over the pages that people meet first, against the portal's own limits.

Lighthouse is installed apart, under `build/lighthouse`, and drives the machine's Chromium; each
figure is the median of its runs.
"""

import json
import os
import statistics
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from tests.bench.report import Ratio
from tests.e2e.house import ARGS, PASSWORD, Product, chromium, open_house
from tests.e2e.tour import furnish
from tests.services import ROOT

VERSION = "12.8.2"
FOLDER = ROOT / "build" / "lighthouse"
PAGES = {"entry": "/", "models": "/models", "model": "/models/catalog/yolov8_det"}
RUNS = 3
KIB = 1024
SCORES = {"performance": 0.95, "accessibility": 1.0, "best-practices": 1.0}
LONGEST_LCP_S = 2.2
MOST_BYTES_KIB = 180


def bench() -> list[Ratio]:
    program = install()
    with TemporaryDirectory(prefix="ondol-") as folder, open_house(Path(folder)) as product:
        furnish(product, Path(folder))
        cookie = sign_in(product)
        return [
            ratio
            for name, path in PAGES.items()
            for ratio in judge(
                name, [look(program, product.url + path, cookie) for _ in range(RUNS)]
            )
        ]


def install() -> Path:
    program = FOLDER / "node_modules" / ".bin" / "lighthouse"
    if not program.exists():
        place = ["--prefix", str(FOLDER), "--no-audit", "--no-fund", "--ignore-scripts"]
        subprocess.run(["npm", "install", "--silent", *place, f"lighthouse@{VERSION}"], check=True)
    return program


def sign_in(product: Product) -> str:
    with httpx.Client(base_url=product.url) as client:
        client.get("/api/v1/session")
        client.post(
            "/api/v1/session",
            json={"username": "admin", "password": PASSWORD},
            headers={"X-CSRFToken": client.cookies["csrftoken"], "Origin": product.url},
        ).raise_for_status()
        return "; ".join(f"{name}={value}" for name, value in client.cookies.items())


def look(program: Path, url: str, cookie: str) -> dict[str, Any]:
    options = [
        "--output=json",
        "--quiet",
        "--form-factor=mobile",
        f"--only-categories={','.join(SCORES)}",
        f"--chrome-flags=--headless=new {' '.join(ARGS)}",
        f"--extra-headers={json.dumps({'Cookie': cookie})}",
    ]
    done = subprocess.run(
        [str(program), url, *options],
        env={**os.environ, "CHROME_PATH": chromium() or ""},
        stdout=subprocess.PIPE,
        check=True,
    )
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def judge(name: str, reports: list[dict[str, Any]]) -> list[Ratio]:
    """Turn the runs of one page into ratios to the limits of the portal."""

    def middle(*path: str) -> float:
        values: list[Any] = list(reports)
        for step in path:
            values = [value[step] for value in values]
        return statistics.median(values)

    scores = [
        Ratio(
            f"{name}: {category}", middle("categories", category, "score"), "", "goal", goal, ">= 1"
        )
        for category, goal in SCORES.items()
    ]
    lcp_s = middle("audits", "largest-contentful-paint", "numericValue") / 1000
    weight = middle("audits", "total-byte-weight", "numericValue") / KIB
    return [
        *scores,
        Ratio(f"{name}: largest paint", lcp_s, "s", "limit", LONGEST_LCP_S, "<= 1"),
        Ratio(f"{name}: bytes", weight, "KiB", "limit", MOST_BYTES_KIB, "<= 1"),
    ]
