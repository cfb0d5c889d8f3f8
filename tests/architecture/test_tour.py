"""The tour of the portal, by which it is photographed and checked, leaves no route out."""

import re
from urllib.parse import urlsplit

import pytest

from tests.e2e.tour import ROUTES
from tests.services import ROOT

PATHS = re.compile(r"path: '(/[^']*)'")
OPTION = re.compile(r":tab\(([^)]*)\)\?")
PART = re.compile(r":\w+(\([^/]*\))?\*?")


def portal_paths() -> list[str]:
    """Return the paths of the portal's router, each of a model's tabs as one of its own."""
    files = [*ROOT.glob("frontend/src/features/*/routes.ts"), ROOT / "frontend/src/router.ts"]
    found = [path for file in files for path in PATHS.findall(file.read_text())]
    tabs = {path: OPTION.search(path) for path in found}
    return [
        path[: tab.start()] + name if tab else path
        for path, tab in tabs.items()
        for name in (["", *tab[1].split("|")] if tab else [""])
    ]


@pytest.mark.parametrize("path", portal_paths())
def test_every_route_of_the_portal_is_on_the_tour(path: str) -> None:
    shape = re.compile(PART.sub("[^/]+", path.rstrip("/") or "/"))
    assert [name for name, seen in ROUTES.items() if shape.fullmatch(urlsplit(seen).path)]
