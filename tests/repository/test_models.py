from collections.abc import Callable

import httpx
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from repository.models import AiModel, Collaborator, Context
from repository.search.types import Narrowing, Trait
from repository.selectors.narrowing import narrow_rows
from repository.services.indexing import rebuild_index
from tests.cast import Cast
from tests.conftest import As
from tests.repository.registry import PNG, commit, onnx_bytes, register

Api = Callable[..., httpx.Client]
pytestmark = pytest.mark.usefixtures("vocabulary")
README = b"---\nlicense: mit\n---\n# Reads digits\n\n![look](picture.png)\n"


def test_a_registered_model_with_files_is_ready_for_a_device(api: Api, cast: Cast) -> None:
    client = api(cast.olga)
    made = register(client, "olga", "digits", contexts=["검침", "새 상황"])
    files = {"model.onnx": onnx_bytes(), "README.md": README, "picture.png": PNG}
    committed = commit(client, "olga/digits", files)

    assert (made.status_code, committed.status_code) == (201, 201)
    row = client.get("/models/olga/digits").json()
    assert {context["slug"] for context in row["contexts"]} >= {"meter-reading"}
    assert Context.objects.get(label_ko="새 상황").is_proposal
    assert row["best"]["format"] == "onnx"
    readme = client.get("/models/olga/digits/readme").json()
    assert readme["front_matter"] == {"license": "mit"}
    assert f"/api/v1/models/olga/digits/files/picture.png?ref={row['head']['id']}" in readme["html"]
    assert client.get("/models/olga/digits/files/model.onnx").content == onnx_bytes()


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"name": "Big Name"}, "name_not_allowed"),
        ({"name": "two--hyphens"}, "name_not_allowed"),
        ({"name": "code.git"}, "name_not_allowed"),
        ({"service_type": "nothing"}, "invalid"),
        ({"owner": "mark"}, "invalid"),
    ],
)
def test_what_cannot_be_registered_names_its_field(
    api: Api, cast: Cast, fields: dict[str, str], code: str
) -> None:
    answer = register(api(cast.olga), **{"owner": "olga", "name": "m", **fields})

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert set(answer.json()["details"]) == set(fields)
    assert not AiModel.objects.exists()


def test_a_name_is_taken_once(api: Api, cast: Cast) -> None:
    client = api(cast.olga)
    register(client, "olga", "m")
    again = register(client, "olga", "m")

    assert (again.status_code, again.json()["code"]) == (409, "name_taken")


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"../model.onnx": onnx_bytes()}, "path_not_allowed"),
        ({"model.onnx": onnx_bytes()[:-9]}, "truncated_file"),
        ({"README.md": b"x" * (2**20 + 1)}, "readme_too_large"),
        ({}, "nothing_to_commit"),
    ],
)
def test_a_refused_commit_writes_nothing(
    api: Api, cast: Cast, files: dict[str, bytes], code: str
) -> None:
    client = api(cast.olga)
    register(client, "olga", "m")
    answer = commit(client, "olga/m", files)

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert client.get("/models/olga/m").json()["head"] is None


def test_a_commit_on_an_old_parent_is_refused(api: Api, cast: Cast) -> None:
    client = api(cast.olga)
    register(client, "olga", "m")
    first = commit(client, "olga/m", {"model.onnx": onnx_bytes()}).json()["id"]
    commit(client, "olga/m", {"README.md": README}, parent=first)
    stale = commit(client, "olga/m", {"README.md": README}, parent=first)

    assert (stale.status_code, stale.json()["code"]) == (409, "stale_parent")
    files = client.get("/models/olga/m/files").json()["results"]
    assert [file["path"] for file in files] == ["README.md", "model.onnx"]


def test_a_private_model_does_not_exist_for_strangers(api: Api, cast: Cast) -> None:
    owner, stranger = api(cast.olga), api(cast.stella)
    register(owner, "olga", "secret", visibility="private", contexts=["야간"])
    commit(owner, "olga/secret", {"model.onnx": onnx_bytes()})
    rebuild_index()
    digest = owner.get("/models/olga/secret/files").json()["results"][0]["sha256"]

    for path in ("", "/files", "/files/model.onnx", "/readme", "/artifacts", "/benchmarks"):
        assert stranger.get(f"/models/olga/secret{path}").status_code == 404
    assert stranger.get(f"/blobs/{digest}").status_code == 404
    assert stranger.get("/models").json()["results"] == []
    assert stranger.get("/search", params={"q": "야간"}).json()["results"] == []
    assert owner.get(f"/blobs/{digest}").status_code == 200


def test_a_collaborator_who_reads_does_not_change(api: Api, cast: Cast) -> None:
    register(api(cast.olga), "olga", "m", visibility="private")
    Collaborator.objects.create(ai_model=AiModel.objects.get(), user=cast.mark)
    client = api(cast.mark)

    assert client.get("/models/olga/m").status_code == 200
    refused = client.patch("/models/olga/m", json={"summary": "mine"})
    assert (refused.status_code, refused.json()["code"]) == (403, "may_not_change")


def test_pages_hold_every_model_once_in_a_fixed_number_of_queries(as_user: As, cast: Cast) -> None:
    client = as_user(cast.olga)
    counts = []
    for number in range(12):
        body = {"owner": "olga", "name": f"m{number}", "service_type": "speech-command"}
        client.post("/api/v1/models", body, "application/json")
        with CaptureQueriesContext(connection) as queries:
            client.get("/api/v1/models")
        counts.append(len(queries))
    seen: list[str] = []
    cursor = ""
    while cursor is not None:
        page = client.get("/api/v1/models", {"limit": 5, **({"cursor": cursor} if cursor else {})})
        seen += [row["id"] for row in page.json()["results"]]
        cursor = page.json()["next"]

    assert len(set(counts[1:])) == 1
    assert sorted(seen) == sorted(f"olga/m{number}" for number in range(12))


def test_the_old_name_of_a_moved_model_leads_to_the_new_one(api: Api, cast: Cast) -> None:
    client = api(cast.olga)
    register(client, "olga", "digits", visibility="private")
    commit(client, "olga/digits", {"README.md": README})
    moved = client.post("/models/olga/digits/move", json={"owner": "olga", "name": "numbers"})

    assert (moved.status_code, moved.json()["id"]) == (200, "olga/numbers")
    for old in ("digits", "digits/files/README.md?ref=main", "digits/archive?ref=main"):
        answer = client.get(f"/models/olga/{old}", follow_redirects=False)
        assert (answer.status_code, answer.json()["code"]) == (308, "moved")
        new = old.replace("digits", "numbers")
        assert answer.headers["Location"] == f"/api/v1/models/olga/{new}"
        assert answer.headers["Cache-Control"] == "no-store"
        assert client.get(f"/models/olga/{old}").status_code == 200
    client.patch("/models/olga/digits", json={"summary": "by its old name"})
    assert client.get("/models/olga/numbers").json()["summary"] == "by its old name"
    assert api(cast.mark).get("/models/olga/digits").status_code == 404

    register(client, "olga", "digits")
    assert client.get("/models/olga/digits").json()["id"] == "olga/digits"


CARD = b"""---
license: mit
pipeline_tag: image-classification
tags: [night]
language: [ko, en]
datasets: coco
base_model: lab/base
---
"""


def test_a_data_set_is_the_same_in_any_case(api: Api, cast: Cast) -> None:
    client = api(cast.olga)
    for name, said in (("one", b"[COCO, coco]"), ("two", b"COCO"), ("three", b"Coco")):
        register(client, "olga", name)
        commit(client, f"olga/{name}", {"README.md": CARD.replace(b"coco", said)})
    rebuild_index()

    found = client.get("/search", params={"dataset": "Coco"}).json()
    facets = {facet["name"]: facet["values"] for facet in found["facets"]}
    assert facets["dataset"] == [
        {"value": "coco", "label_en": "COCO", "label_ko": "COCO", "count": 3}
    ]
    by_database = narrow_rows(AiModel.objects.all(), Narrowing({Trait.DATASET: ("coco",)}))
    assert found["total"] == by_database.count() == 3


def test_what_a_card_says_narrows_and_counts_whoever_committed_it(api: Api, cast: Cast) -> None:
    client = api(cast.olga)
    register(client, "olga", "by-card")
    register(client, "olga", "by-form", license="apache-2.0")
    for name in ("by-card", "by-form"):
        assert commit(client, f"olga/{name}", {"README.md": CARD}).status_code == 201
    rebuild_index()

    rows = {row["name"]: row for row in client.get("/models").json()["results"]}
    assert rows["by-card"]["license"] == "mit"
    assert rows["by-form"]["license"] == "apache-2.0"
    assert rows["by-card"]["task"] == "image-classification"
    assert [context["slug"] for context in rows["by-card"]["contexts"]] == ["night"]
    for query in ({"language": "ko"}, {"dataset": "coco"}, {"base_model": "lab/base"}):
        found = client.get("/search", params={**query, "license": "mit"}).json()
        assert [row["model"]["name"] for row in found["results"]] == ["by-card"], query
    counts = {facet["name"]: facet["values"] for facet in found["facets"]}
    assert [(row["value"], row["count"]) for row in counts["language"]] == [("en", 1), ("ko", 1)]


def test_a_later_card_changes_the_catalogue_where_it_changed(api: Api, cast: Cast) -> None:
    client = api(cast.olga)
    register(client, "olga", "m", license="apache-2.0")
    commit(client, "olga/m", {"README.md": CARD})
    commit(client, "olga/m", {"README.md": CARD.replace(b"night", b"rain")})
    kept = client.get("/models/olga/m").json()
    commit(client, "olga/m", {"README.md": CARD.replace(b"mit", b"bsd-3-clause")})
    changed = client.get("/models/olga/m").json()

    assert kept["license"] == "apache-2.0"
    assert [context["slug"] for context in kept["contexts"]] == ["rain"]
    assert changed["license"] == "bsd-3-clause"
