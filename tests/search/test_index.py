from dataclasses import replace

import pytest

from repository.search.types import (
    MOST_COUNTED,
    Document,
    SearchIndex,
    Situation,
    Trait,
    Wanted,
)


def document(model_id: int, row_version: int = 1, *contexts: str, **texts: str) -> Document:
    empty = {"name": "", "summary": "", "context_words": "", "readme": ""}
    return Document(model_id, row_version, **{**empty, **texts}, traits={Trait.TERM: [*contexts]})


def found(index: SearchIndex, text: str, **contexts: float) -> list[int]:
    situations = [Situation({slug: weight}) for slug, weight in contexts.items()]
    return [hit.model_id for hit in index.search(Wanted(text, situations)).page]


def test_korean_of_two_syllables_is_found_with_its_particles(index: SearchIndex) -> None:
    index.put(document(1, readme="계량기 검침을 자동으로 합니다"))
    index.put(document(2, readme="주차 단속"))

    assert found(index, "검침") == [1]
    assert found(index, "가스") == []
    assert found(index, "주차") == [2]


def test_a_name_counts_more_than_a_readme(index: SearchIndex) -> None:
    index.put(document(1, readme="a forklift in a hall", name="one"))
    index.put(document(2, name="forklift", readme="something else"))
    index.put(document(3, name="three", readme="nothing of it"))

    assert found(index, "forklift") == [2, 1]


def test_a_context_counts_by_its_weight(index: SearchIndex) -> None:
    index.put(document(1, 1, "night"))
    index.put(document(2, 1, "infrared"))

    assert found(index, "zzz", night=0.4, infrared=0.9) == [2, 1]


def test_a_situation_counts_once_however_many_of_its_contexts_a_model_has(
    index: SearchIndex,
) -> None:
    index.put(document(1, 1, "night", "infrared", "rain"))
    index.put(document(2, 1, "night"))
    near = Situation({"night": 1.0, "infrared": 0.9, "rain": 0.8})

    first, second = index.search(Wanted("zzz", [near])).page

    assert first.score == pytest.approx(second.score)


@pytest.mark.parametrize("asked", [Wanted("zzz"), Wanted("zzz", facets=True)])
def test_faint_ties_order_many_near_hits_and_are_found_where_near_ones_are_few(
    index: SearchIndex, asked: Wanted
) -> None:
    wet_nights = {7: ["rain"]}
    near = range(1, MOST_COUNTED + 11)
    index.put(*(document(pk, 1, "night", *wet_nights.get(pk, [])) for pk in near))
    index.put(document(9_000, 1, "rain"))
    night, wet = Situation({"night": 1.0}), Situation({"street": 1.0, "rain": 0.15})

    many = index.search(replace(asked, situations=[night, wet], limit=5))
    few = index.search(replace(asked, situations=[wet]))

    assert [hit.model_id for hit in many.page] == [7, 1, 2, 3, 4]
    assert many.page[0].score == pytest.approx(11.5)
    assert many.total >= MOST_COUNTED + 10
    assert [hit.model_id for hit in few.page] == [7, 9_000]


def test_a_text_that_names_the_situation_is_found_without_its_context(index: SearchIndex) -> None:
    index.put(document(1, readme="Translates from English"))
    index.put(document(2, summary="Machine translation"))
    index.put(document(3, 1, "machine-translation"))
    index.put(document(4, readme="nothing of it"))
    asked = Situation({"machine-translation": 1.0}, ["machine translation", "translate"])

    hits = index.search(Wanted("번역", [asked])).page

    assert [hit.model_id for hit in hits] == [3, 2, 1]


def test_more_of_the_words_rank_higher_and_endings_do_not_matter(index: SearchIndex) -> None:
    index.put(document(1, readme="a walking robot"))
    index.put(document(2, readme="robots that walk the dogs"))
    index.put(document(3, readme="cats"))

    assert found(index, "dog walking robot") == [2, 1]


def test_an_older_version_never_replaces_a_newer_one(index: SearchIndex) -> None:
    index.put(document(1, 5, name="new"))
    index.put(document(1, 4, name="old"))

    assert (found(index, "new"), found(index, "old")) == ([1], [])


def test_what_is_removed_is_not_found_and_may_be_removed_again(index: SearchIndex) -> None:
    index.put(document(1, 1, "night", name="gone"))
    index.remove(1)
    index.remove(1)

    assert found(index, "gone", night=1.0) == []


@pytest.mark.parametrize("text", ['"', "* OR name:x", "NEAR(a b)", "(", "'; DROP TABLE words; --"])
def test_query_syntax_is_only_text(index: SearchIndex, text: str) -> None:
    index.put(document(1, name="plain"))

    assert found(index, text) == []
