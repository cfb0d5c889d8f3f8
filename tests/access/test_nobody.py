"""What somebody sees who did not sign in: what is public, unless the server says otherwise."""

import hashlib
import io
import zipfile
from collections.abc import Callable

import httpx
import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from repository.models import Artifact, Context, EmptySearch
from repository.services.ai_models import change_model
from repository.services.indexing import rebuild_index
from repository.services.lineage import set_origin
from repository.types import Relation, Visibility
from tests.access.doors import Answer, Caller, Door, expected
from tests.access.rows import DJANGO, EDGE
from tests.access.test_edge_routes import HUB
from tests.access.world import FILES
from tests.cast import Cast
from tests.jobs.scene import publish

MODEL = "/api/v1/models/olga/tiny"
SHOWN = {Door.SHOW, Door.LOOK}
PLACES = {
    "owner": "olga",
    "name": "tiny",
    "ref": "main",
    "rev": "main",
    "path": "model.onnx",
    "slug": "night",
    "sha256": hashlib.sha256(FILES["model.onnx"]).hexdigest(),
}
Settle = Callable[..., None]


def paths_of(rows: dict[tuple[str, str], Door], doors: set[Door]) -> list[str]:
    """Return the filled address of each route that shows something behind these doors."""
    routes = [route for (method, route), door in rows.items() if method == "GET" and door in doors]
    return [route.replace(":path}", "}").format_map(PLACES) for route in routes]


@pytest.fixture
def shown(cast: Cast, vocabulary: None) -> Artifact:
    """Return what anybody may have, beside two models that nobody may know of."""
    artifact = publish(cast.olga, files=FILES)
    models = [(artifact.revision, ["night"], Visibility.PUBLIC)]
    for name, visibility in (("hushed", Visibility.PRIVATE), ("hush-hush", Visibility.INTERNAL)):
        made = publish(cast.olga, name, visibility=visibility).revision
        set_origin(made, Relation.TRAINED, parent=artifact.revision)
        models.append((made, ["night", "hushing"], visibility))
    for revision, contexts, visibility in models:
        change_model(cast.olga, revision.ai_model, {"contexts": contexts, "visibility": visibility})
    rebuild_index()
    return artifact


def test_nobody_reads_a_public_model_and_changes_nothing(cast: Cast) -> None:
    publish(cast.olga, visibility=Visibility.PUBLIC)
    nobody = Client()
    told = nobody.get(MODEL).json()

    assert (told["may_write"], told["may_own"]) == (False, False)
    assert [row["name"] for row in nobody.get("/api/v1/models").json()["results"]] == ["tiny"]
    for path in ("tree", "files", "revisions", "refs", "artifacts", "lineage", "benchmarks"):
        assert nobody.get(f"{MODEL}/{path}").status_code == 200
    assert nobody.patch(MODEL, {"summary": "x"}, "application/json").status_code == 401


@pytest.mark.parametrize("visibility", [Visibility.INTERNAL, Visibility.PRIVATE])
def test_what_is_not_public_sounds_like_what_is_not_there(
    cast: Cast, visibility: Visibility
) -> None:
    publish(cast.olga, visibility=visibility)
    hidden, missing = (Client().get(path) for path in (MODEL, "/api/v1/models/olga/none"))

    assert (hidden.status_code, hidden.json()) == (missing.status_code, missing.json())
    assert hidden.json()["code"] == "not_authenticated"
    assert Client().get("/api/v1/models").json()["results"] == []


@pytest.mark.usefixtures("shown")
def test_nobody_is_told_of_what_is_not_public_on_any_page() -> None:
    assert Context.objects.get(slug="hushing").is_proposal
    nobody = Client()
    asked = ["/search?q=hushing", "/search?q=night&facets=true", "/search/suggest?q=hush"]
    asked += ["/contexts?q=hush", "/contexts/hushing", "/models?q=hush"]
    pages = paths_of(DJANGO, SHOWN) + [f"/api/v1{path}" for path in asked]

    for page in pages:
        told = nobody.get(page)
        assert told.status_code in {200, 302, 404, 422}, page
        # A page may repeat what was asked for, and nothing else of it.
        word = page.partition("q=")[2].partition("&")[0]
        text = told.content.decode().replace(f'"query":"{word}"', "").replace("'hushing'", "")
        assert "hush" not in text, page


@pytest.mark.usefixtures("shown")
def test_nobody_counts_what_is_public() -> None:
    nobody = Client()
    found = nobody.get("/api/v1/search?q=night").json()
    counts = {
        row["name"]: {v["value"]: v["count"] for v in row["values"]} for row in found["facets"]
    }
    vision = nobody.get("/api/v1/service-types").json()["results"]

    assert [row["model"]["name"] for row in found["results"]] == ["tiny"]
    assert (found["total"], counts["context"]["night"]) == (1, 1)
    assert nobody.get("/api/v1/contexts/night").json()["model_count"] == 1
    assert sum(row["model_count"] for row in vision) == 1


def test_what_nobody_looks_for_in_vain_is_not_written_down(vocabulary: None) -> None:
    assert Client().get("/api/v1/search?q=보라매").json()["total"] == 0
    assert not EmptySearch.objects.exists()


def test_nobody_downloads_what_is_public(server: str, shown: Artifact) -> None:
    with httpx.Client(base_url=server, follow_redirects=True) as nobody:
        file = nobody.get(f"{MODEL}/files/model.onnx")
        zipped = nobody.get(f"{MODEL}/archive").content
        private = nobody.get("/api/v1/models/olga/hushed/archive")
        unseen = hashlib.sha256(b"the bytes of hushed").hexdigest()

        assert file.content == FILES["model.onnx"]
        assert zipfile.ZipFile(io.BytesIO(zipped)).read("model.onnx") == FILES["model.onnx"]
        assert (private.status_code, private.json()["code"]) == (401, "not_authenticated")
        assert nobody.get(f"/api/v1/blobs/{unseen}").status_code == 401
        assert nobody.get("/api/v1/events?topics=models").status_code == 401
    shown.revision.ai_model.refresh_from_db()
    assert shown.revision.ai_model.downloads == 2


def test_searches_of_nobody_are_limited_by_address(settle: Settle, vocabulary: None) -> None:
    settle(limit_search_address="2/minute")
    nobody = Client()

    heard = [nobody.get("/api/v1/search?q=night").status_code for _ in range(3)]
    assert heard == [200, 200, 429]


def test_a_server_may_show_nothing_to_nobody(server: str, cast: Cast, settle: Settle) -> None:
    publish(cast.olga, files=FILES, visibility=Visibility.PUBLIC)
    hub = [*paths_of(EDGE, {Door.READ}), f"{HUB}api/models"]
    with httpx.Client(base_url=server) as nobody:
        pages = [*paths_of(DJANGO, SHOWN), *paths_of(EDGE, SHOWN), *hub]
        open_now = [page for page in pages if nobody.get(page).status_code == 401]
        settle(anonymous_read=False)
        closed = [page for page in pages if nobody.get(page).status_code == 401]

    assert open_now == []
    assert closed == pages


def test_the_document_names_no_key_where_nobody_is_let_in() -> None:
    document = SchemaGenerator().get_schema(request=None, public=True)
    told = {
        (method.upper(), path): {} in operation.get("security", [{}])
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    table = {
        route: expected(door, Caller.ANONYMOUS, Visibility.PUBLIC, route[0]) == Answer.IN
        for route, door in {**DJANGO, **EDGE}.items()
    }
    assert {route: table[route] for route in told} == told
