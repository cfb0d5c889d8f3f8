import json

import pytest
from django.test import Client

from portal.accounts.models import User
from portal.accounts.services.tokens import create_token
from portal.accounts.types import Role, Scope
from repository.models import ServiceType
from repository.services.vocabulary import load_vocabulary
from tests.cast import Cast

TYPES = "/api/v1/service-types"
METERING = {"name_ko": "검침", "name_en": "Meter reading", "icon": "gauge"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper(cast: Cast) -> Client:
    User.objects.filter(pk=cast.olga.pk).update(role=Role.MAINTAINER)
    secret = create_token(cast.olga, name="types", scope=Scope.WRITE)[1]
    return Client(headers={"Authorization": f"Bearer {secret}"})


def order_of(keeper: Client) -> list[str]:
    return [row["slug"] for row in keeper.get(TYPES).json()["results"]]


def test_a_service_type_is_made_named_and_put_in_order(keeper: Client) -> None:
    made = keeper.post(TYPES, {**METERING, "place": 1}, "application/json")
    assert (made.status_code, made.json()["slug"]) == (201, "meter-reading")
    assert order_of(keeper)[0] == "meter-reading"
    taken = keeper.post(TYPES, METERING, "application/json")
    assert (taken.status_code, taken.json()["code"]) == (409, "service_type_taken")

    url = f"{TYPES}/meter-reading"
    changed = keeper.patch(url, {"name_en": "Meters", "place": 2}, "application/json").json()
    assert (changed["name_en"], changed["name_ko"]) == ("Meters", "검침")
    assert order_of(keeper)[1] == "meter-reading"


def test_what_is_changed_or_deleted_here_outlives_the_shipped_file(keeper: Client) -> None:
    load_vocabulary()
    keeper.patch(f"{TYPES}/worker-safety", json.dumps({"name_en": "Safety"}), "application/json")
    assert keeper.delete(f"{TYPES}/speech-command").status_code == 204
    load_vocabulary()
    assert ServiceType.objects.get(slug="worker-safety").name_en == "Safety"
    assert not ServiceType.objects.filter(slug="speech-command").exists()


def test_a_service_type_with_models_stays(keeper: Client, cast: Cast) -> None:
    keeper.post(TYPES, METERING, "application/json")
    model = {"owner": "olga", "name": "meter", "service_type": "meter-reading"}
    assert keeper.post("/api/v1/models", model, "application/json").status_code == 201
    refused = keeper.delete(f"{TYPES}/meter-reading")
    assert (refused.status_code, refused.json()["code"]) == (409, "service_type_in_use")
    assert keeper.delete(f"{TYPES}/nowhere").json()["code"] == "no_such_service_type"
