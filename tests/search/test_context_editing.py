from collections.abc import Callable

import pytest
import yaml

from portal.accounts.models import AuditEvent
from repository.models import AiModel, Context, ContextRelation, EmptySearch
from repository.selectors.lexicon import lexicon
from repository.selectors.nearness import DECAY, expand
from repository.selectors.search import Question, search_models
from repository.services.empty_searches import count_empty_search
from repository.services.indexing import index_context, rebuild_index
from repository.services.vocabulary import load_vocabulary, renew_vocabulary
from repository.services.vocabulary_files import export_vocabulary
from repository.types import RelationOrigin
from tests.cast import Cast
from tests.conftest import As

CONTEXTS = "/api/v1/contexts"
pytestmark = pytest.mark.usefixtures("vocabulary")
Registered = Callable[..., None]


def names_found(cast: Cast, query: str) -> list[str]:
    return [row.ai_model.name for row in search_models(cast.rita, Question(query)).found]


def test_an_alias_finds_at_once_and_stays_when_the_shipped_files_are_read_again(
    cast: Cast, as_user: As, registered: Registered
) -> None:
    registered(gate=["surveillance"])
    shown = as_user(cast.ada).patch(
        f"{CONTEXTS}/surveillance",
        {"aliases": ["보라매", "hawk eye"], "label_en": "Keeping guard"},
        "application/json",
    )
    assert shown.json()["aliases"] == ["보라매", "hawk eye"]
    load_vocabulary()
    assert names_found(cast, "보라매") == ["m-gate"]
    assert Context.objects.get(slug="surveillance").label_en == "Keeping guard"


def test_the_words_of_a_context_reach_the_index_without_a_rebuild(
    cast: Cast, as_user: As, registered: Registered
) -> None:
    registered(gate=["surveillance"])
    as_user(cast.ada).patch(
        f"{CONTEXTS}/surveillance", {"aliases": ["zorblax"]}, "application/json"
    )
    found = Context.objects.get(slug="surveillance")
    index_context(found.pk)
    Context.objects.filter(pk=found.pk).update(aliases=[])
    assert names_found(cast, "zorblax") == ["m-gate"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"label_en": "", "label_ko": ""}, "invalid"),
        ({"aliases": ["night"] * 2 + ["야간"]}, "context_name_taken"),
        ({"aliases": [str(at) for at in range(99)]}, "invalid"),
        ({"broader": "no-such"}, "no_such_context"),
        ({"kind": "mood"}, "invalid"),
    ],
)
def test_what_would_confuse_a_search_is_refused(
    body: dict[str, object], code: str, cast: Cast, as_user: As
) -> None:
    refused = as_user(cast.ada).patch(f"{CONTEXTS}/surveillance", body, "application/json")
    assert refused.status_code in {404, 409, 422}
    assert refused.json()["code"] == code


def test_a_context_is_not_made_narrower_than_itself(cast: Cast, as_user: As) -> None:
    refused = as_user(cast.ada).patch(
        f"{CONTEXTS}/livestock", {"broader": "cattle"}, "application/json"
    )
    assert refused.status_code == 422


def test_two_contexts_become_one_and_two_again(
    cast: Cast, as_user: As, registered: Registered
) -> None:
    registered(gate=["loitering"], both=["loitering", "surveillance"], eye=["surveillance"])
    ada = as_user(cast.ada)
    before, file = Context.objects.get(slug="loitering"), export_vocabulary()
    kept = ada.post(
        f"{CONTEXTS}/loitering/merge", {"into": "surveillance"}, "application/json"
    ).json()
    assert (kept["slug"], kept["model_count"], kept["merged"]) == ("surveillance", 3, ["loitering"])
    assert "loitering" in kept["aliases"]
    assert ada.get(f"{CONTEXTS}/loitering").json()["slug"] == "surveillance"
    load_vocabulary()
    assert not Context.objects.filter(slug="loitering").exists()

    back = ada.delete(f"{CONTEXTS}/loitering/merge").json()
    assert (back["slug"], back["model_count"], back["aliases"]) == (
        "loitering",
        2,
        before.aliases,
    )
    assert ada.get(f"{CONTEXTS}/surveillance").json()["model_count"] == 2
    assert "loitering" not in ada.get(f"{CONTEXTS}/surveillance").json()["aliases"]
    assert Context.objects.get(slug="loitering").relations.filter(target__slug="intrusion").exists()
    assert export_vocabulary() == file
    acts = AuditEvent.objects.filter(action__startswith="context.").order_by("pk")
    told = [(act.action, act.target) for act in acts]
    assert told == [("context.merge", "loitering"), ("context.unmerge", "loitering")]


def test_the_old_name_of_a_merged_context_opens_and_filters(
    cast: Cast, as_user: As, registered: Registered
) -> None:
    registered(gate=["loitering"], other=["night"])
    ada = as_user(cast.ada)
    ada.post(f"{CONTEXTS}/loitering/merge", {"into": "surveillance"}, "application/json")
    rebuild_index()

    assert ada.get(f"{CONTEXTS}/loitering").json()["slug"] == "surveillance"
    searched = ada.get("/api/v1/search", {"context": "loitering"}).json()["results"]
    listed = ada.get("/api/v1/models", {"context": "loitering"}).json()["results"]
    assert [row["model"]["name"] for row in searched] == ["m-gate"]
    assert [row["name"] for row in listed] == ["m-gate"]


def test_a_tie_that_was_set_counts_before_what_was_learned(cast: Cast, as_user: As) -> None:
    ada = as_user(cast.ada)
    one, other = (Context.objects.get(slug=slug) for slug in ("drone", "siren"))
    learned = {"origin": RelationOrigin.EMBEDDING, "weight": 0.6}
    ContextRelation.objects.create(source=one, target=other, **learned)
    renew_vocabulary()

    def counts() -> tuple[float, list[str]]:
        (near,) = (row for row in expand(one, lexicon()) if row.context == other)
        return round(near.weight / DECAY, 6), near.origins

    address = f"{CONTEXTS}/drone/related/siren"
    assert counts() == (0.6, ["embedding"])
    ada.put(address, {"weight": 0.2}, "application/json")
    load_vocabulary()
    assert counts() == (0.2, ["curated"])
    answer = ada.put(address, {"weight": 1}, "application/json").json()["results"][0]
    assert (answer["context"]["slug"], answer["weight"]) == ("siren", 1)
    ada.delete(address)
    assert counts() == (0.6, ["embedding"])
    refused = ada.delete(address)
    assert (refused.status_code, refused.json()["code"]) == (404, "context_not_tied")


def test_a_shipped_tie_that_was_taken_back_stays_away(cast: Cast, as_user: As) -> None:
    tie = ContextRelation.objects.filter(origin=RelationOrigin.CURATED).first()
    assert tie is not None
    as_user(cast.ada).delete(f"{CONTEXTS}/{tie.source}/related/{tie.target}")
    load_vocabulary()
    assert not ContextRelation.objects.filter(source=tie.source, target=tie.target).exists()


@pytest.mark.parametrize(
    ("other", "weight"), [("drone", 0.5), ("siren", 0), ("siren", 1.5), ("siren", "nan")]
)
def test_a_tie_to_itself_or_beyond_its_bounds_is_refused(
    other: str, weight: object, cast: Cast, as_user: As
) -> None:
    address = f"{CONTEXTS}/drone/related/{other}"
    refused = as_user(cast.ada).put(address, {"weight": weight}, "application/json")
    assert refused.status_code == 422


def test_what_people_typed_is_accepted_or_dismissed(
    cast: Cast, as_user: As, registered: Registered
) -> None:
    registered(gate=["stork nest", "silly word"])
    ada = as_user(cast.ada)
    accepted = ada.patch(
        f"{CONTEXTS}/stork-nest", {"label_ko": "황새 둥지", "kind": "object"}, "application/json"
    )
    assert accepted.json()["is_proposal"] is False
    assert ada.delete(f"{CONTEXTS}/silly-word").status_code == 204
    assert [row.slug for row in AiModel.objects.get(name="m-gate").contexts.all()] == ["stork-nest"]
    refused = ada.delete(f"{CONTEXTS}/stork-nest")
    assert (refused.status_code, refused.json()["code"]) == (409, "context_in_use")


def test_a_file_of_the_vocabulary_is_read_back_whole_or_not_at_all(cast: Cast, as_user: As) -> None:
    ada = as_user(cast.ada)
    text = ada.get("/api/v1/vocabulary").content.decode()

    def put(text: str) -> dict[str, object]:
        answer = ada.put("/api/v1/vocabulary", {"text": text}, "application/json")
        return {"status": answer.status_code, **answer.json()}

    assert put(text) == {"status": 200, "made": 0, "changed": 0}
    more = "- {slug: stork, label_en: stork, label_ko: 황새, kind: object, related: {bird: 0.8}}\n"
    assert put(text + more) == {"status": 200, "made": 1, "changed": 0}
    assert Context.objects.get(slug="stork").relations.get().target.slug == "bird"
    lower = yaml.safe_load(ada.get("/api/v1/vocabulary").content)
    next(row for row in lower if row["slug"] == "stork")["related"]["bird"] = 0.3
    assert put(yaml.safe_dump(lower, allow_unicode=True))["status"] == 200
    ties = ContextRelation.objects.filter(source__slug__in=["stork", "bird"])
    assert set(
        ties.filter(target__slug__in=["stork", "bird"]).values_list("weight", flat=True)
    ) == {0.3}
    for wrong in ("{", "a: b", "- {label_en: x}", "- {slug: ibis, label_en: stork}"):
        assert put(wrong)["status"] in {409, 422}
    assert not Context.objects.filter(slug="ibis").exists()


def test_empty_searches_are_counted_and_become_aliases(cast: Cast, as_user: As) -> None:
    for query in ("보라매", "  보라매 ", "once", "x" * 200, "?!"):
        count_empty_search(query)
    ada = as_user(cast.ada)
    (row,) = ada.get("/api/v1/empty-searches").json()["results"]
    assert (row["query"], row["count"]) == ("보라매", 2)
    ada.post(f"/api/v1/empty-searches/{row['id']}", {"context": "drone"}, "application/json")
    assert "보라매" in Context.objects.get(slug="drone").aliases
    assert {row.query for row in EmptySearch.objects.all()} == {"once"}
    once = EmptySearch.objects.get()
    ada.post(f"/api/v1/empty-searches/{once.pk}", {}, "application/json")
    assert Context.objects.get(slug="once").is_proposal
    assert not EmptySearch.objects.exists()


def test_a_search_in_vain_is_counted_without_the_person(
    cast: Cast, as_user: As, registered: Registered
) -> None:
    registered(gate=["surveillance"])
    as_user(cast.rita).get("/api/v1/search", {"q": "qwortzel"})
    as_user(cast.rita).get("/api/v1/search", {"q": "감시"})
    assert list(EmptySearch.objects.values_list("query", "count")) == [("qwortzel", 1)]
