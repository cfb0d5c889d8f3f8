"""The README of each model: a template in Korean and English, filled with what was measured."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from string import Template

from portal.demo.training.digits import EVERY_DIGIT, HELD_OUT, SELECTION
from portal.demo.training.recipes import (
    CLASSIFIER_SCALING,
    DETECTOR_SCALING,
    ClassifierRecipe,
    DetectorRecipe,
    Scaling,
)

TEMPLATES = "templates"
PICTURE = "picture.png"


@dataclass(frozen=True)
class Measured:
    """What training one model came to."""

    weights: int
    size_bytes: int
    epoch: int
    seconds: float
    selection_score: float


@dataclass(frozen=True)
class DetectionScores:
    map50: float
    map50_95: float


def classifier_readme(recipe: ClassifierRecipe, measured: Measured, accuracy: float) -> str:
    return _fill(
        "classifier.md",
        {
            **_shared(recipe, measured, CLASSIFIER_SCALING),
            "intro_ko": recipe.intro_ko,
            "intro_en": recipe.intro_en,
            "accuracy": f"{accuracy:.4f}",
            "wrong": str(round(HELD_OUT * (1 - accuracy))),
            "selection_score": f"{measured.selection_score:.4f}",
            "all_digits": f"{EVERY_DIGIT:,}",
            "learned": f"{EVERY_DIGIT - HELD_OUT - SELECTION:,}",
            "selection": str(SELECTION),
            "held_out": str(HELD_OUT),
        },
    )


def detector_readme(recipe: DetectorRecipe, measured: Measured, scores: DetectionScores) -> str:
    return _fill(
        "detector.md",
        {
            **_shared(recipe, measured, DETECTOR_SCALING),
            "map50": f"{scores.map50:.4f}",
            "map50_95": f"{scores.map50_95:.4f}",
            "scenes": f"{recipe.scenes:,}",
            "selection_scenes": str(recipe.selection_scenes),
            "held_out_scenes": str(recipe.held_out_scenes),
        },
    )


def _shared(
    recipe: ClassifierRecipe | DetectorRecipe, measured: Measured, scaling: Scaling
) -> dict[str, str]:
    return {
        "name": recipe.name,
        "architecture": str(recipe.config["architecture"]),
        "epochs": str(recipe.epochs),
        "epoch": str(measured.epoch),
        "seconds": f"{measured.seconds:.0f}",
        "weights": f"{measured.weights:,}",
        "megabytes": f"{measured.size_bytes / 1e6:.2f}",
        "mean": str(scaling.mean),
        "std": str(scaling.std),
    }


def _fill(template: str, values: dict[str, str]) -> str:
    folder = resources.files("portal.demo.training").joinpath(TEMPLATES)
    return Template(folder.joinpath(template).read_text("utf-8")).substitute(values)
