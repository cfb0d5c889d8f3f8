"""What the documents claim is shown by tests that exist, for every failure, threat and trap."""

import ast
import re
from pathlib import Path

import pytest

from portal.launch import supply
from portal.launch.bootstrap import CPU_HASHES, has_digest
from tests.services import ROOT

TABLES = {
    "reliability.md": ("F", 22),
    "security.md": ("T", 26),
    "repository.md": ("B", 18),
    "search.md": ("S", 9),
    "hugging-face.md": ("P", 20),
}
STATES = ("holds", "partly: ", "open: ")
TESTS = "`(test_\\w+)`"


def rows_of(page: str, letter: str) -> list[str]:
    text = (ROOT / "docs" / page).read_text("utf-8")
    return re.findall(rf"^\| {letter}\d+ .*$", text, re.MULTILINE)


@pytest.mark.parametrize("page", TABLES)
def test_every_case_has_its_row(page: str) -> None:
    letter, cases = TABLES[page]
    numbers = [row.split()[1] for row in rows_of(page, letter)]
    assert numbers == [f"{letter}{number}" for number in range(1, cases + 1)]


@pytest.mark.parametrize("page", TABLES)
def test_every_test_that_a_page_names_exists(page: str) -> None:
    files = [*ROOT.glob("tests/**/test_*.py"), *ROOT.glob("jobs/runner/tests/test_*.py")]
    there = {name for file in files for name in re.findall(r"def (test_\w+)", file.read_text())}
    named = set(re.findall(TESTS, (ROOT / "docs" / page).read_text("utf-8")))
    assert len(named) > TABLES[page][1]
    assert named <= there, f"no such test: {sorted(named - there)}"


@pytest.mark.parametrize(
    "page", ["reliability.md", "repository.md", "search.md", "hugging-face.md"]
)
def test_every_case_is_shown_by_a_test(page: str) -> None:
    untested = [row for row in rows_of(page, TABLES[page][0]) if not re.search(TESTS, row)]
    assert untested == []


def test_what_holds_against_a_threat_is_shown_by_a_test() -> None:
    for row in rows_of("security.md", "T"):
        state = row.split("|")[-2].strip()
        assert state.startswith(STATES), row
        assert state.startswith("open") or re.search(TESTS, row), row


def versions(file: str) -> dict[str, str]:
    found = re.findall(r"^([\w.-]+)==([^\s;\\]+)", (ROOT / file).read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in found}


def test_every_pinned_package_has_its_digests() -> None:
    wanted = versions("requirements.lock")
    assert versions("requirements-dev.hashes") == wanted, "run: make lock"
    assert versions("requirements.hashes").items() <= wanted.items(), "run: make lock"
    torch = versions("requirements-torch.hashes")["torch"]
    setup = (ROOT / "portal/launch/bootstrap.py").read_text("utf-8")
    assert f'"torch=={torch}"' in setup, "run: make lock"
    assert versions(CPU_HASHES)["torch"] == torch
    hashes = ("requirements.hashes", "requirements-dev.hashes", "requirements-torch.hashes")
    for file in (*hashes, CPU_HASHES):
        entries = re.split(r"^(?=\w)", (ROOT / file).read_text("utf-8"), flags=re.MULTILINE)[1:]
        assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_builds_for_processors_alone_are_told_by_what_their_index_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("cp311-cp311-manylinux_2_28_x86_64", "cp313-cp313-manylinux_2_28_aarch64")
    links = [f'<a href="torch-2.13.0%2Bcpu-{name}.whl#sha256={"ab" * 32}">' for name in names]
    (tmp_path / "page").write_text("".join(links))
    listed = tmp_path / CPU_HASHES
    listed.write_text("torch==2.13.0")
    monkeypatch.setattr(supply, "ROOT", tmp_path)
    supply.lock_cpu_builds("http://127.0.0.1:9")
    assert listed.read_text() == "torch==2.13.0"
    supply.lock_cpu_builds(f"file://{tmp_path}/page")

    text = listed.read_text()
    assert text.count("--hash=sha256:") == len(names)
    assert has_digest(text, (3, 13), "aarch64")
    assert not has_digest(text, (3, 13), "x86_64")
    assert not has_digest(text, (3, 12), "x86_64")


LOADERS = {"torch", "pickle", "joblib", "dill", "cloudpickle", "shelve", "marshal"}
LOADS = {"load", "loads", "Unpickler"}


def test_nothing_of_the_server_unpickles() -> None:
    found = []
    for folder in ("portal", "repository", "jobs"):
        for file in (ROOT / folder).rglob("*.py"):
            if "tests" in file.parts:
                continue
            nodes = ast.walk(ast.parse(file.read_text("utf-8")))
            calls = [node for node in nodes if isinstance(node, ast.Call) and _unpickles(node)]
            found += [f"{file.relative_to(ROOT)}:{call.lineno}" for call in calls]
    assert not found


def _unpickles(call: ast.Call) -> bool:
    words = ast.unparse(call.func).split(".")
    careless = any(
        word.arg == "allow_pickle" and ast.unparse(word.value) != "False" for word in call.keywords
    )
    return careless or (words[0] in LOADERS and words[-1] in LOADS)
