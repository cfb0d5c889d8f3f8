"""Each route in front of Django for each caller, over HTTP."""

import httpx
import pytest

from repository.models import AiModel
from repository.types import Visibility
from tests.access.doors import OF_A_MODEL, OPEN, SAFE, Answer, Caller, Door, expected
from tests.access.routes import edge_routes
from tests.access.rows import EDGE
from tests.access.world import World, build, publish_shared
from tests.cast import Cast

HUB = "/hf/"
NAMED = {"organization": "olga", "name": "tiny", "fromRepo": "olga/tiny", "toRepo": "no name"}
UPLOAD = {"Upload-Length": "5", "Upload-Metadata": "filename YS50eHQ="}


def wanted(route: str, method: str, caller: Caller, visibility: Visibility) -> Answer:
    """Return what the table says, in the Hugging Face edge's own manner where that differs."""
    door = EDGE[method, route]
    if not route.startswith(HUB):
        return expected(door, caller, visibility, method)
    public = visibility == Visibility.PUBLIC
    if caller == Caller.ANONYMOUS and door == Door.READ and public:
        return Answer.IN
    # What only reads may be a POST here, and what leads to a change a GET.
    changes = door in {Door.WRITE, Door.OWN, Door.CONTRIBUTE}
    return expected(door, caller, visibility, "POST" if changes else "GET")


def heard(route: str, answer: httpx.Response) -> Answer:
    hidden = answer.status_code == 404
    if route.startswith(HUB):
        hidden = answer.headers.get("X-Error-Code") == "RepoNotFound" and hidden
    known = {401: Answer.WHO, 403: Answer.NO}
    return Answer.HIDDEN if hidden else known.get(answer.status_code, Answer.IN)


def call(client: httpx.Client, method: str, path: str, secret: str) -> httpx.Response:
    """Send one call and read no more than its head: some answers never end."""
    headers = {**UPLOAD, "Authorization": f"Bearer {secret}"} if secret else UPLOAD
    given = {} if method in SAFE else {"json": NAMED}
    with client.stream(method, path, headers=headers, **given) as answer:
        return answer


def path_of(route: str, world: World) -> str:
    filled = route.replace(":path}", "}").replace(":int}", "}")
    if "{name_of_ref}" in filled or "{rev}" in filled:
        filled = filled.replace("{path}", "model.onnx")
    places = {**world.places, "rev": "main", "name_of_ref": "gone", "topics": "jobs"}
    return filled.format_map(places)


def test_every_route_in_front_of_django_has_its_row() -> None:
    assert edge_routes() == set(EDGE)


@pytest.mark.parametrize("visibility", list(Visibility))
def test_each_caller_hears_what_the_table_says(
    server: str, cast: Cast, visibility: Visibility
) -> None:
    world = build(cast, visibility)
    wrong = []
    with httpx.Client(base_url=server, timeout=60) as client:
        for (method, route), door in EDGE.items():
            if door in OPEN or (visibility != Visibility.PRIVATE and door not in OF_A_MODEL):
                continue
            for caller, secret in world.secrets.items():
                if not AiModel.objects.filter(name="tiny").exists():
                    publish_shared(cast, visibility)
                answer = call(client, method, path_of(route, world), secret)
                want = wanted(route, method, caller, visibility)
                if heard(route, answer) != want or answer.status_code == 500:
                    wrong.append(
                        f"{method} {route}: {caller} hears {answer.status_code}, not {want}"
                    )
    assert not wrong, "\n".join(wrong)
