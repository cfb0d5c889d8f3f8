"""Training the detector of digits in scenes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import torch
from ondol_runner.architectures.detector import STRIDE, DigitDetector
from ondol_runner.architectures.registry import build
from torch import nn

from portal.demo.training import scenes
from portal.demo.training.detection_metric import Found, mean_average_precision, read_output
from portal.demo.training.digits import Digits
from portal.demo.training.fitting import Trained, feed, fit, reproducible, run
from portal.demo.training.recipes import DETECTOR_USAGE, DetectorRecipe
from portal.demo.training.scenes import Scenes, Truth

BOX_WEIGHT = 2.0
FAR = 1e9


@dataclass(frozen=True)
class Targets:
    """What each cell should say: whether a digit is centered there, its box, its label."""

    positive: torch.Tensor
    boxes: torch.Tensor
    labels: torch.Tensor


def train(recipe: DetectorRecipe, digits: Digits) -> Trained:
    """Train on scenes of training digits; choose the best epoch on scenes of selection digits."""
    learning = scenes.make(digits.train, recipe.scenes, seed=recipe.seed, measuring=False)
    choosing = scenes.make(
        digits.selection, recipe.selection_scenes, seed=recipe.seed, measuring=False
    )
    with reproducible(recipe.seed):
        module = cast("DigitDetector", build(recipe.config))
        targets = _targets(learning.truths, module.offsets[0])
        steps = recipe.scenes // recipe.batch

        def losses() -> Iterator[torch.Tensor]:
            order = torch.randperm(recipe.scenes)
            for step in range(steps):
                rows = order[step * recipe.batch : (step + 1) * recipe.batch]
                boxes, logits = module.grid(feed(learning.images[rows.numpy()], DETECTOR_USAGE))
                wanted = Targets(targets.positive[rows], targets.boxes[rows], targets.labels[rows])
                yield _loss(boxes, logits, wanted)

        return fit(
            module,
            losses,
            lambda: mean_average_precision(detect(module, choosing), choosing.truths),
            epochs=recipe.epochs,
            steps=steps,
            rate=recipe.rate,
        )


def held_out_scenes(recipe: DetectorRecipe, digits: Digits) -> Scenes:
    """Make the scenes that only measure: held-out digits on kept parts of the photographs."""
    return scenes.make(digits.held_out, recipe.held_out_scenes, seed=recipe.seed, measuring=True)


def detect(module: nn.Module, shown: Scenes) -> list[Found]:
    return [read_output(rows) for rows in run(module, shown.images, DETECTOR_USAGE)]


def _targets(truths: Sequence[Truth], centers: torch.Tensor) -> Targets:
    parts = [_assign(truth, centers) for truth in truths]
    return Targets(
        positive=torch.stack([part.positive for part in parts]),
        boxes=torch.stack([part.boxes for part in parts]),
        labels=torch.stack([part.labels for part in parts]),
    )


def _assign(truth: Truth, centers: torch.Tensor) -> Targets:
    """Give each cell the digit whose middle is nearest, if it lies in the box and a cell away."""
    boxes = torch.from_numpy(truth.boxes)
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    reach = ((boxes[:, 2:] - boxes[:, :2]) / 2).clamp(max=STRIDE)
    away = (centers[:, None] - middles[None]).abs()
    distances = away.square().sum(2).masked_fill((away >= reach[None]).any(2), FAR)
    nearest, index = distances.min(1)
    return Targets(nearest < FAR, boxes[index], torch.from_numpy(truth.labels)[index])


def _loss(boxes: torch.Tensor, logits: torch.Tensor, targets: Targets) -> torch.Tensor:
    positive = targets.positive
    wanted = torch.zeros_like(logits)
    wanted[positive] = nn.functional.one_hot(targets.labels[positive], logits.shape[2]).to(
        logits.dtype
    )
    scores = nn.functional.binary_cross_entropy_with_logits(logits, wanted, reduction="sum")
    fit_of_boxes = _generalized_overlap(boxes[positive], targets.boxes[positive])
    return scores / positive.sum() + BOX_WEIGHT * (1 - fit_of_boxes).mean()


def _generalized_overlap(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """Return overlap less the empty share of the hull, which still has a slope for boxes apart."""
    shared = _area(torch.maximum(one[:, :2], other[:, :2]), torch.minimum(one[:, 2:], other[:, 2:]))
    covered = _area(one[:, :2], one[:, 2:]) + _area(other[:, :2], other[:, 2:]) - shared
    hull = _area(torch.minimum(one[:, :2], other[:, :2]), torch.maximum(one[:, 2:], other[:, 2:]))
    return shared / covered - (hull - covered) / hull


def _area(top_left: torch.Tensor, bottom_right: torch.Tensor) -> torch.Tensor:
    return (bottom_right - top_left).clamp(min=0).prod(1)
