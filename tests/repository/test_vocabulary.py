from collections import Counter, defaultdict
from typing import Any

import pytest
import yaml

from repository.catalog.reading import read_catalog
from repository.catalog.rules import contexts_of
from repository.models import Context, ContextRelation
from repository.selectors.contexts import find_context, list_contexts
from repository.services.catalog_import import SAMPLE
from repository.services.vocabulary import FOLDER, load_vocabulary
from repository.types import ContextKind

ROWS: list[dict[str, Any]] = [
    row
    for path in sorted(FOLDER.glob("contexts/*.yaml"))
    for row in yaml.safe_load(path.read_text("utf-8"))
]


def test_every_kind_of_context_is_shipped_in_both_languages() -> None:
    assert len(ROWS) >= 400
    assert {row["kind"] for row in ROWS} == set(ContextKind.values)
    assert all(row["label_ko"] and row["label_en"] for row in ROWS)


def test_no_two_contexts_share_a_name() -> None:
    assert [slug for slug, times in Counter(row["slug"] for row in ROWS).items() if times > 1] == []
    owners = defaultdict(set)
    for row in ROWS:
        for word in (row["slug"], row["label_ko"], row["label_en"], *row["aliases"]):
            owners["".join(str(word).lower().split()).replace("-", "")].add(row["slug"])
    assert {word: slugs for word, slugs in owners.items() if len(slugs) > 1} == {}


@pytest.mark.django_db
def test_loading_twice_changes_nothing() -> None:
    load_vocabulary()
    before = (Context.objects.count(), ContextRelation.objects.count())
    load_vocabulary()
    assert (Context.objects.count(), ContextRelation.objects.count()) == before


@pytest.mark.django_db
def test_ties_hold_in_both_directions_and_follow_the_broader_context() -> None:
    load_vocabulary()
    ties = set(ContextRelation.objects.values_list("source__slug", "target__slug", "weight"))
    assert {(target, source, weight) for source, target, weight in ties} == ties
    assert ("cattle", "livestock", 0.8) in ties
    assert Context.objects.get(slug="cattle").broader == Context.objects.get(slug="livestock")


@pytest.mark.django_db
def test_every_scenario_of_the_sample_catalog_is_a_known_context() -> None:
    load_vocabulary()
    words = {word for entry in read_catalog(SAMPLE) for word in contexts_of(entry)}
    assert {word for word in words if find_context(word) is None} == set()


@pytest.mark.usefixtures("vocabulary")
def test_what_begins_with_the_part_of_a_word_comes_before_what_holds_it() -> None:
    found = [context.slug for context in list_contexts(None, "park")]

    assert found[:2] == ["park", "parking-enforcement"]
    assert found.index("disabled-parking") > found.index("parking-lot")
