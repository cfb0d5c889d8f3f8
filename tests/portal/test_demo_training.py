import dataclasses
import json
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from ondol_runner.architectures.registry import build
from ondol_runner.protocol import Usage, decode
from safetensors.numpy import load_file
from safetensors.torch import load_file as load_weights

from portal.demo.training import classifiers, digits, png
from portal.demo.training.bundle import Bundle, ensure_bundles
from portal.demo.training.fitting import feed, fit
from portal.demo.training.recipes import (
    CLASSIFIER_USAGE,
    RECIPES,
    ClassifierRecipe,
    DetectorRecipe,
    Recipes,
)

# What the demo searches for; only the contexts of a model may hold it.
SOUGHT = re.compile(r"검침|계량|meter", re.IGNORECASE)

TINY = Recipes(
    classifiers=(
        ClassifierRecipe(
            name="tiny",
            summary="작은 것 · A tiny one",
            intro_ko="작습니다.",
            intro_en="It is tiny.",
            config={"architecture": "resnet_small", "widths": [8, 16], "depths": [1, 1]},
            epochs=1,
        ),
    ),
    detector=DetectorRecipe(
        name="tiny-scenes",
        summary="장면 · Scenes",
        # Of 4 channels, oneDNN's gradient of a convolution breaks off on x86 with AVX2 alone.
        config={"architecture": "digit_detector", "half_width": 8, "eighth_width": 16},
        epochs=1,
        scenes=32,
        selection_scenes=8,
        held_out_scenes=8,
    ),
)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Leave the other cores to the other tests: threads that wait for each other cost the most."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def parts() -> digits.Digits:
    return digits.load()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Bundle], list[str]]:
    folder = tmp_path_factory.mktemp("bundles")
    told: list[str] = []
    return folder, ensure_bundles(folder, told.append, TINY), told


def test_the_three_parts_share_no_digit_and_leave_none_out(parts: digits.Digits) -> None:
    every = [parts.train, parts.selection, parts.held_out]

    assert [len(part.labels) for part in every] == [1100, 247, 450]
    assert sorted(np.concatenate([part.indices for part in every])) == list(range(1797))
    pictures = [{sample.tobytes() for sample in part.samples} for part in every]
    assert sum(map(len, pictures)) == len(set.union(*pictures))


def test_each_part_has_every_class_in_proportion(parts: digits.Digits) -> None:
    for part in (parts.train, parts.selection, parts.held_out):
        shares = np.bincount(part.labels, minlength=10) / len(part.labels)
        assert np.abs(shares - 0.1).max() < 0.01


def test_digits_that_calibrate_are_digits_that_were_learned(parts: digits.Digits) -> None:
    chosen = digits.calibration(parts)

    assert len(chosen.labels) == 256
    assert set(chosen.indices) <= set(parts.train.indices)
    assert set(chosen.labels) == set(range(10))


def test_pictures_use_the_whole_range_of_gray(parts: digits.Digits) -> None:
    samples = parts.train.samples

    assert samples.dtype == np.uint8
    assert samples.shape[1:] == (3, 32, 32)
    assert (samples.min(), samples.max()) == (0, 255)
    assert (samples[:, 0] == samples[:, 2]).all()


def test_the_best_epoch_is_kept_and_of_equal_ones_the_later() -> None:
    module = torch.nn.Linear(1, 1)
    reached = iter([0.5, 0.9, 0.9, 0.1])
    seen: list[float] = []

    def losses() -> Iterator[torch.Tensor]:
        yield module(torch.ones(1, 1)).sum()

    def score() -> float:
        seen.append(module.weight.item())
        return next(reached)

    trained = fit(module, losses, score, epochs=4, steps=1, rate=0.1)

    assert (trained.epoch, trained.selection_score) == (3, 0.9)
    assert module.weight.item() == seen[2] != seen[3]


def test_training_twice_gives_the_same_weights(parts: digits.Digits) -> None:
    few = dataclasses.replace(parts, train=parts.train.take(np.arange(128)))
    recipe = TINY.classifiers[0]

    one, other = (classifiers.train(recipe, few).module.state_dict() for _ in range(2))

    assert all(torch.equal(one[name], other[name]) for name in one)


def test_training_leaves_threads_and_chance_as_they_were(parts: digits.Digits) -> None:
    few = dataclasses.replace(parts, train=parts.train.take(np.arange(128)))
    before = torch.get_num_threads(), torch.get_rng_state()

    classifiers.train(TINY.classifiers[0], few)

    assert torch.get_num_threads() == before[0]
    assert torch.equal(torch.get_rng_state(), before[1])


def test_a_bundle_is_whole(made: tuple[Path, list[Bundle], list[str]]) -> None:
    _, bundles, _ = made

    assert [bundle.name for bundle in bundles] == ["tiny", "tiny-scenes"]
    for bundle in bundles:
        names = sorted(path.name for path in bundle.folder.iterdir())
        assert names == [
            "README.md",
            "config.json",
            "model.safetensors",
            "picture.png",
            "usage.json",
        ]
        module = build(json.loads((bundle.folder / "config.json").read_text()))
        module.load_state_dict(load_weights(bundle.folder / "model.safetensors"))
        assert decode(Usage, json.loads((bundle.folder / "usage.json").read_text())).labels
        assert (bundle.folder / "picture.png").read_bytes().startswith(png.SIGNATURE)


def test_a_readme_has_front_matter_both_languages_the_picture_and_the_figure(
    made: tuple[Path, list[Bundle], list[str]],
) -> None:
    for bundle in made[1]:
        _, front, body = (bundle.folder / "README.md").read_text("utf-8").split("---\n", 2)
        matter = yaml.safe_load(front)
        assert (matter["license"], matter["language"]) == ("apache-2.0", ["ko", "en"])
        assert matter["metrics"]
        assert "## 한국어" in body
        assert "## English" in body
        assert "](picture.png)" in body
        assert body.count(f"{bundle.score:.4f}") >= 2
        assert "$" not in body


def test_the_score_is_that_of_the_written_weights_on_the_written_digits(
    made: tuple[Path, list[Bundle], list[str]], parts: digits.Digits
) -> None:
    folder, (bundle, _), _ = made
    module = build(json.loads((bundle.folder / "config.json").read_text())).eval()
    module.load_state_dict(load_weights(bundle.folder / "model.safetensors"))
    kept = load_file(folder / "digits-evaluation.safetensors")

    with torch.inference_mode():
        answers = module(feed(kept["samples"], CLASSIFIER_USAGE)).argmax(1).numpy()

    assert bundle.score == pytest.approx((answers == kept["labels"]).mean())
    assert (kept["samples"] == parts.held_out.samples).all()
    assert kept["labels"].dtype == np.int64


def test_digits_to_calibrate_by_are_written_apart_from_those_held_out(
    made: tuple[Path, list[Bundle], list[str]],
) -> None:
    calibrating = load_file(made[0] / "digits-calibration.safetensors")
    held_out = load_file(made[0] / "digits-evaluation.safetensors")

    assert calibrating["samples"].shape == (256, 3, 32, 32)
    seen = {sample.tobytes() for sample in held_out["samples"]}
    assert not seen.intersection(sample.tobytes() for sample in calibrating["samples"])


def test_a_second_call_keeps_what_the_first_one_made(
    made: tuple[Path, list[Bundle], list[str]],
) -> None:
    folder, bundles, told = made
    weights = folder / "tiny/model.safetensors"
    written = weights.stat().st_mtime_ns
    again: list[str] = []

    assert ensure_bundles(folder, again.append, TINY) == bundles
    assert weights.stat().st_mtime_ns == written
    assert [line.endswith("kept from an earlier run") for line in again] == [True, True]
    assert [line.split(":")[0] for line in told] == ["tiny", "tiny-scenes"]


def test_a_damaged_file_or_another_recipe_is_trained_anew(
    made: tuple[Path, list[Bundle], list[str]], tmp_path: Path
) -> None:
    folder, _, _ = made
    told: list[str] = []
    config = folder / "tiny/config.json"
    kept = config.read_bytes()
    config.write_text("{}")

    ensure_bundles(folder, told.append, TINY)

    assert config.read_bytes() == kept
    faster = dataclasses.replace(TINY.classifiers[0], rate=1e-2)
    ensure_bundles(folder, told.append, dataclasses.replace(TINY, classifiers=(faster,)))
    assert not any("kept" in line for line in told)
    ensure_bundles(folder, told.append, TINY)


def test_nothing_that_is_registered_names_what_the_demo_searches_for() -> None:
    templates = resources.files("portal.demo.training").joinpath("templates")
    texts = [entry.read_text("utf-8") for entry in templates.iterdir()]

    assert len(texts) == 2
    assert not any(SOUGHT.search(text) for text in [*texts, repr(RECIPES)])


def test_summaries_fit_and_speak_both_languages() -> None:
    for summary in (RECIPES.detector.summary, *(one.summary for one in RECIPES.classifiers)):
        assert len(summary) <= 100
        assert re.search("[가-힣]", summary)
        assert re.search("[a-z]{4}", summary)
