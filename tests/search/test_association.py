from collections.abc import Callable

import pytest

from repository.models import AiModel, Context, ContextRelation
from repository.search.association import alike, likelihood_ratio, npmi, occurring_together
from repository.selectors.search import Question, search_models
from repository.services.association import associate_contexts
from repository.services.vocabulary import renew_vocabulary
from repository.types import RelationOrigin, Visibility
from tests.cast import Cast

NIGHT, INFRARED, CAMERA, RARE = 1, 2, 3, 4


def test_a_pair_is_tied_by_significance_and_not_by_count() -> None:
    # Everything has a camera, so a camera says nothing; night and infrared attract each other.
    models = [{CAMERA}] * 20 + [{CAMERA, NIGHT, INFRARED}] * 6 + [{CAMERA, NIGHT, RARE}] * 2
    tied = {(pair.one, pair.other): pair.weight for pair in occurring_together(models)}

    assert list(tied) == [(NIGHT, INFRARED)]
    assert 0 < tied[NIGHT, INFRARED] <= 0.7


def test_the_measures_agree_with_figures_worked_by_hand() -> None:
    # 10 together of 20 and 20 among 100: expected 4; G2 of the table 10 10 / 10 70.
    assert likelihood_ratio(10, 20, 20, 100) == pytest.approx(12.07, abs=0.01)
    assert likelihood_ratio(1, 50, 50, 100) == 0
    assert npmi(10, 10, 10, 100) == pytest.approx(1.0)
    assert npmi(25, 50, 50, 100) == pytest.approx(0.0)


def test_names_tie_by_rare_pieces_and_texts_by_what_they_speak_of() -> None:
    names = {
        1: ["parking lot", "주차장"],
        2: ["full parking lot", "주차장 만차"],
        3: ["bread"],
        4: ["dough"],
        5: ["sea"],
    }
    texts = {3: ["oven flour yeast"], 4: ["flour oven yeast"], 5: ["ship wave harbor"]}
    tied = {(pair.one, pair.other) for pair in alike(names, texts)}

    assert (3, 4) in tied
    assert not {pair for pair in tied if 5 in pair}
    assert (1, 2) in {(pair.one, pair.other) for pair in alike(names, {})}


def test_learned_ties_replace_the_old_and_show_where_they_come_from(
    cast: Cast, registered: Callable[..., None]
) -> None:
    pairs = {f"both{at}": ["sauna", "ski-resort"] for at in range(4)}
    for slug in ("sauna", "ski-resort"):
        Context.objects.create(slug=slug, label_en=slug, kind="place")
    renew_vocabulary()
    registered(**pairs, **{f"other{at}": ["night"] for at in range(20)}, alone=["ski-resort"])
    assert associate_contexts()[RelationOrigin.COOCCURRENCE] == 1
    assert associate_contexts()[RelationOrigin.COOCCURRENCE] == 1

    answer = search_models(cast.rita, Question("sauna"))
    related = {near.context.slug: near.origins for near in answer.related}
    assert related["ski-resort"] == [RelationOrigin.COOCCURRENCE]
    reason = next(row for row in answer.found if row.ai_model.name == "m-alone").reasons[0]
    assert (reason.kind, reason.origins) == ("related", [RelationOrigin.COOCCURRENCE])
    assert 0 < reason.weight < 1

    AiModel.objects.update(visibility=Visibility.PRIVATE)
    associate_contexts()
    assert not ContextRelation.objects.filter(origin=RelationOrigin.COOCCURRENCE).exists()
