from collections.abc import Callable

import httpx
import pytest

from repository.models import AiModel
from repository.types import Visibility
from tests.cast import Cast
from tests.repository.registry import register

Api = Callable[..., httpx.Client]
pytestmark = pytest.mark.usefixtures("vocabulary")


def test_each_group_has_its_newest_models_and_counts_all_that_one_may_see(
    api: Api, cast: Cast
) -> None:
    client = api(cast.olga)
    for name in ("one", "two", "three", "hidden"):
        register(client, "olga", name, service_type="image-classification")
    register(client, "olga", "speaker", service_type="speech-command")
    AiModel.objects.filter(name="hidden").update(visibility=Visibility.PRIVATE)

    groups = api(cast.stella).get("/model-groups?size=2").json()["results"]

    assert {
        group["type"]["slug"]: (
            group["type"]["model_count"],
            [row["name"] for row in group["models"]],
        )
        for group in groups
    } == {"image-classification": (3, ["three", "two"]), "speech-command": (1, ["speaker"])}


def test_the_first_steps_are_told_by_what_is_there(api: Api, cast: Cast) -> None:
    assert api(cast.olga).get("/first-steps").json() == {
        "model": False,
        "device": False,
        "convert": False,
        "invite": None,
        "convertible": "",
    }
    register(api(cast.olga), "olga", "one")

    seen = api(cast.ada).get("/first-steps").json()
    assert (seen["model"], seen["invite"], seen["convertible"]) == (True, True, "")
