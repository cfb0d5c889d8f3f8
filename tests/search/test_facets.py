"""Narrowing and counting: the same on every backend."""

import pytest

from repository.search.types import (
    Document,
    Limit,
    Narrowing,
    Offer,
    OfferTrait,
    SearchIndex,
    Sort,
    Trait,
    Wanted,
)

ALL = {Trait.AUDIENCE: ["public"]}


@pytest.fixture
def filled(index: SearchIndex) -> SearchIndex:
    onnx, tflite = Offer("onnx", "fp32", 9_000_000), Offer("tflite", "int8", 800_000)
    fast = Offer("tflite", "int8", 800_000, "phone", 0.7, 50_000_000)
    slow = Offer("onnx", "fp32", 9_000_000, "board", 20.0)
    index.put(
        _document(1, ["plate", "street"], "parking", [slow, fast], latency_ms=0.7, size_bytes=9e6),
        _document(2, ["plate"], "parking", [onnx], updated=9.0, downloads=120),
        _document(
            3, ["street"], "access", [slow, tflite], latency_ms=20.0, size_bytes=8e5, downloads=9
        ),
        _document(4, ["street"], "access", [onnx], audience="space:7"),
    )
    return index


def _document(
    model_id: int,
    contexts: list[str],
    service: str,
    offers: list[Offer],
    *,
    audience: str = "public",
    **shown: float,
) -> Document:
    traits = {
        Trait.CONTEXT: contexts,
        Trait.SERVICE_TYPE: [service],
        Trait.AUDIENCE: [audience],
    }
    name = f"camera {'dcba'[model_id - 1]}"
    return Document(model_id, 1, name, "", "", "", traits, offers, **shown)  # type: ignore[arg-type]


def narrowed(index: SearchIndex, narrowing: Narrowing) -> set[int]:
    wanted = Wanted("camera", narrowing=narrowing, audience=("public",))
    return {hit.model_id for hit in index.search(wanted).page}


@pytest.mark.parametrize(
    ("narrowing", "kept"),
    [
        (Narrowing({Trait.CONTEXT: ("plate", "street")}), {1}),
        (Narrowing({Trait.SERVICE_TYPE: ("parking", "access")}), {1, 2, 3}),
        (Narrowing(offers={OfferTrait.FORMAT: ("tflite",)}), {1, 3}),
        (Narrowing(offers={OfferTrait.DEVICE: ("board",)}, limits={Limit.LATENCY: 5}), set()),
        (Narrowing(offers={OfferTrait.DEVICE: ("phone",)}, limits={Limit.LATENCY: 5}), {1}),
        (Narrowing(limits={Limit.SIZE: 1_000_000}), {1, 3}),
        (Narrowing(limits={Limit.MEMORY: 1_000, Limit.SIZE: 1_000_000}), {3}),
    ],
)
def test_all_that_is_asked_of_an_offer_holds_for_one(
    filled: SearchIndex, narrowing: Narrowing, kept: set[int]
) -> None:
    assert narrowed(filled, narrowing) == kept


def test_a_facet_counts_models_as_if_its_own_filter_were_not_set(filled: SearchIndex) -> None:
    chosen = Narrowing(
        {Trait.SERVICE_TYPE: ("parking",), Trait.CONTEXT: ("plate",)},
        {OfferTrait.FORMAT: ("onnx",)},
    )
    hits = filled.search(Wanted("camera", narrowing=chosen, audience=("public",), facets=True))

    assert hits.total == 2
    assert hits.facets[Trait.SERVICE_TYPE] == {"parking": 2}
    assert hits.facets[Trait.CONTEXT] == {"plate": 2, "street": 1}
    assert hits.facets[OfferTrait.FORMAT] == {"onnx": 2, "tflite": 1}
    assert hits.facets[OfferTrait.DEVICE] == {"board": 1}
    assert hits.facets[Limit.LATENCY] == {"33": 1, "100": 1}
    assert hits.facets[Limit.SIZE] == {"10000000": 2, "100000000": 2, "1000000000": 2}


def test_who_may_not_know_of_a_model_does_not_count_it(filled: SearchIndex) -> None:
    def services(audience: tuple[str, ...] | None) -> dict[str, int]:
        wanted = Wanted("camera", audience=audience, facets=True)
        return filled.search(wanted).facets[Trait.SERVICE_TYPE]

    assert services(("public",)) == {"parking": 2, "access": 1}
    assert services(("public", "space:7")) == services(None) == {"access": 2, "parking": 2}


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        (Sort.NAME, [4, 3, 2, 1]),
        (Sort.LATENCY, [1, 3, 2, 4]),
        (Sort.UPDATED, [2, 1, 3, 4]),
        (Sort.SIZE, [3, 1, 2, 4]),
        (Sort.DOWNLOADS, [2, 3, 1, 4]),
        (Sort.RELEVANCE, [1, 2, 3, 4]),
    ],
)
def test_hits_come_in_the_order_that_was_asked_for(
    filled: SearchIndex, sort: Sort, order: list[int]
) -> None:
    hits = filled.search(Wanted("camera", sort=sort))
    assert [hit.model_id for hit in hits.page] == order


def test_pages_follow_each_other_and_end(filled: SearchIndex) -> None:
    pages = [
        filled.search(Wanted(sort=Sort.NAME, offset=offset, limit=3)) for offset in (0, 3, 6, 9_997)
    ]
    assert [[hit.model_id for hit in page.page] for page in pages] == [[4, 3, 2], [1], [], []]
    assert {page.total for page in pages} == {4}
