"""Folders ready to be registered: weights, config, README, picture and usage of each model."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ondol_runner.protocol import Usage, encode
from safetensors.numpy import save_file as save_arrays
from safetensors.torch import save_file as save_weights

from portal.demo.training import classifiers, detector, pictures, png, readme
from portal.demo.training.cache import Cache
from portal.demo.training.detection_metric import mean_average_precision
from portal.demo.training.digits import Digits, Split, calibration, load
from portal.demo.training.fitting import Trained
from portal.demo.training.recipes import (
    CLASSIFIER_USAGE,
    DETECTOR_USAGE,
    RECIPES,
    ClassifierRecipe,
    DetectorRecipe,
    Recipes,
)

EVALUATION = "digits-evaluation.safetensors"
CALIBRATION = "digits-calibration.safetensors"
WEIGHTS = "model.safetensors"

Report = Callable[[str], None]


@dataclass(frozen=True)
class Bundle:
    """One trained model's folder, and what was measured on held-out data."""

    name: str
    summary: str
    folder: Path
    metric: str
    score: float
    seconds: float


def ensure_bundles(folder: Path, report: Report, recipes: Recipes = RECIPES) -> list[Bundle]:
    """Train and write everything, or take what an earlier call wrote by the same code.

    Beside the models stand the held-out digits and, apart from them, digits to calibrate int8.
    One line a model goes to `report`.
    """
    cache = Cache(folder, recipes)
    kept = cache.read()
    if kept is not None:
        bundles = [Bundle(**{**row, "folder": folder / row["name"]}) for row in kept]
        for bundle in bundles:
            report(f"{_line(bundle)}, kept from an earlier run")
        return bundles
    cache.clear()
    folder.mkdir(parents=True, exist_ok=True)
    digits = load()
    _write_split(folder / EVALUATION, digits.held_out)
    _write_split(folder / CALIBRATION, calibration(digits))
    made = []
    for recipe in recipes.classifiers:
        made.append(_classifier(folder, recipe, digits))
        report(_line(made[-1]))
    made.append(_detector(folder, recipes.detector, digits))
    report(_line(made[-1]))
    cache.write([{**asdict(bundle), "folder": bundle.name} for bundle in made])
    return made


def _classifier(folder: Path, recipe: ClassifierRecipe, digits: Digits) -> Bundle:
    begun = time.perf_counter()
    trained = classifiers.train(recipe, digits)
    seconds = time.perf_counter() - begun
    target = _write_network(folder / recipe.name, trained, recipe.config, CLASSIFIER_USAGE)
    predictions = classifiers.predict(trained.module, digits.held_out.samples)
    accuracy = float((predictions == digits.held_out.labels).mean())
    text = readme.classifier_readme(recipe, _measured(target, trained, seconds), accuracy)
    (target / "README.md").write_text(text, "utf-8")
    sheet = pictures.digits_sheet(digits.held_out, predictions)
    (target / readme.PICTURE).write_bytes(png.encode(sheet))
    return Bundle(recipe.name, recipe.summary, target, "accuracy", accuracy, seconds)


def _detector(folder: Path, recipe: DetectorRecipe, digits: Digits) -> Bundle:
    begun = time.perf_counter()
    trained = detector.train(recipe, digits)
    seconds = time.perf_counter() - begun
    target = _write_network(folder / recipe.name, trained, recipe.config, DETECTOR_USAGE)
    shown = detector.held_out_scenes(recipe, digits)
    found = detector.detect(trained.module, shown)
    scores = readme.DetectionScores(
        map50=mean_average_precision(found, shown.truths, (0.5,)),
        map50_95=mean_average_precision(found, shown.truths),
    )
    text = readme.detector_readme(recipe, _measured(target, trained, seconds), scores)
    (target / "README.md").write_text(text, "utf-8")
    (target / readme.PICTURE).write_bytes(png.encode(pictures.scenes_sheet(shown, found)))
    summary = recipe.summary
    return Bundle(recipe.name, summary, target, "mAP50-95", scores.map50_95, seconds)


def _write_network(target: Path, trained: Trained, config: dict[str, object], usage: Usage) -> Path:
    target.mkdir(parents=True, exist_ok=True)
    save_weights(trained.module.state_dict(), target / WEIGHTS, metadata={"format": "pt"})
    _write_json(target / "config.json", config)
    _write_json(target / "usage.json", encode(usage))
    return target


def _measured(target: Path, trained: Trained, seconds: float) -> readme.Measured:
    return readme.Measured(
        weights=sum(weight.numel() for weight in trained.module.parameters()),
        size_bytes=(target / WEIGHTS).stat().st_size,
        epoch=trained.epoch,
        seconds=seconds,
        selection_score=trained.selection_score,
    )


def _write_split(path: Path, split: Split) -> None:
    save_arrays({"samples": split.samples, "labels": split.labels}, path)


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", "utf-8")


def _line(bundle: Bundle) -> str:
    return f"{bundle.name}: {bundle.metric} {bundle.score:.4f} after {bundle.seconds:.1f} s"
