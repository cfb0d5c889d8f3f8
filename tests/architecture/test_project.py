"""Rules of the project that no linter knows."""

import importlib
import pkgutil
from collections import Counter
from collections.abc import Iterator

import pytest
from django.core.management import call_command

import jobs
import portal
import repository
from portal.core.errors import Refusal
from portal.settings.env import REPOSITORY_ROOT

LONGEST = 300


def sources() -> Iterator[tuple[str, int]]:
    for folder in ("portal", "repository", "jobs", "tests"):
        for path in (REPOSITORY_ROOT / folder).rglob("*.py"):
            if "migrations" not in path.parts:
                name = path.relative_to(REPOSITORY_ROOT).as_posix()
                yield name, len(path.read_text().splitlines())


def test_a_file_holds_one_idea() -> None:
    long = {name: lines for name, lines in sources() if lines > LONGEST}

    assert long == {}


def test_every_decision_has_a_number_of_its_own() -> None:
    for path in (REPOSITORY_ROOT / "docs/adr").iterdir():
        number = path.name.split("-")[0]
        assert path.read_text("utf-8").startswith(f"# {int(number)}."), path.name
        assert len(list(path.parent.glob(f"{number}-*"))) == 1, path.name


def test_every_refusal_has_a_code_of_its_own_or_shares_its_meaning() -> None:
    for package in (portal, repository, jobs):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            skipped = ("__main__", ".launch", ".demo", ".runner.", "settings", ".jail")
            if not any(part in found.name for part in skipped):
                importlib.import_module(found.name)
    names = Counter(
        kind.code for kind in everything(Refusal) if not kind.__module__.startswith("tests")
    )
    shared = {code for code, count in names.items() if count > 1}

    assert shared <= {"role_too_low", "name_taken"}


def everything(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for child in kind.__subclasses__():
        yield child
        yield from everything(child)


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
