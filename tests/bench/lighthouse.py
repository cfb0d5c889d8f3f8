"""Lighthouse's phone over the pages that people meet first, against the portal's own limits.

Lighthouse is installed apart, under `build/lighthouse`, and drives a Chromium in which somebody is
signed in: a cookie among its extra headers would be lost with the first answer that sets one. Each
figure is the median of its runs.
"""

import json
import statistics
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import sync_playwright

from tests.bench.report import Ratio
from tests.e2e.house import ARGS, Product, chromium, open_house, sign_in
from tests.e2e.tour import furnish
from tests.services import ROOT, free_port

VERSION = "12.8.2"
FOLDER = ROOT / "build" / "lighthouse"
PAGES = {"entry": "/", "models": "/models", "model": "/models/catalog/yolov8_det"}
LOCALES = ("en", "ko")
RUNS = 3
KIB = 1024
SCORES = {"performance": 0.95, "accessibility": 1.0, "best-practices": 1.0}
LONGEST_LCP_S = 2.2
MOST_BYTES_KIB = 180
MOST_SHIFT = 0.05


def bench() -> list[Ratio]:
    program = install()
    with TemporaryDirectory(prefix="ondol-") as folder, open_house(Path(folder)) as product:
        furnish(product, Path(folder))
        return [
            ratio
            for locale in LOCALES
            for name, reports in look_at_pages(program, product, locale).items()
            for ratio in judge(f"{name} {locale}", reports)
        ]


def look_at_pages(program: Path, product: Product, locale: str) -> dict[str, list[dict[str, Any]]]:
    with open_signed_in(product, locale) as port:
        return {
            name: [look(program, product.url + path, port) for _ in range(RUNS)]
            for name, path in PAGES.items()
        }


@contextmanager
def open_signed_in(product: Product, locale: str) -> Iterator[int]:
    """Open a Chromium that speaks a language to an administrator; yield where it is driven."""
    port = free_port()
    with TemporaryDirectory(prefix="ondol-") as profile, sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=chromium(),
            args=[*ARGS, f"--remote-debugging-port={port}"],
            base_url=product.url,
        )
        page = context.new_page()
        page.goto("/login")
        page.evaluate(f"localStorage.setItem('ondol.locale', '{locale}')")
        sign_in(page, product)
        page.goto("about:blank")
        yield port
        context.close()


def install() -> Path:
    program = FOLDER / "node_modules" / ".bin" / "lighthouse"
    if not program.exists():
        place = ["--prefix", str(FOLDER), "--no-audit", "--no-fund", "--ignore-scripts"]
        subprocess.run(["npm", "install", "--silent", *place, f"lighthouse@{VERSION}"], check=True)
    return program


def look(program: Path, url: str, port: int) -> dict[str, Any]:
    options = [
        "--output=json",
        "--quiet",
        "--form-factor=mobile",
        f"--only-categories={','.join(SCORES)}",
        f"--port={port}",
    ]
    done = subprocess.run([str(program), url, *options], stdout=subprocess.PIPE, check=True)
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
    shift = middle("audits", "cumulative-layout-shift", "numericValue")
    return [
        *scores,
        Ratio(f"{name}: largest paint", lcp_s, "s", "limit", LONGEST_LCP_S, "<= 1"),
        Ratio(f"{name}: bytes", weight, "KiB", "limit", MOST_BYTES_KIB, "<= 1"),
        Ratio(f"{name}: layout shift", shift, "", "limit", MOST_SHIFT, "<= 1"),
    ]
