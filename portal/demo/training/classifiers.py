"""Training a classifier of digits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy.typing as npt
import torch
from ondol_runner.architectures.registry import build
from torch import nn

from portal.demo.training.digits import Digits, Split
from portal.demo.training.fitting import Trained, feed, fit, reproducible, run
from portal.demo.training.recipes import CLASSIFIER_USAGE, ClassifierRecipe

SCALE = 0.15
SHIFT = 0.15
NOISE = 0.1


def train(recipe: ClassifierRecipe, digits: Digits) -> Trained:
    """Train on one part and choose the best epoch on another; the held-out part is not touched."""
    with reproducible(recipe.seed):
        module = build(recipe.config)
        images = feed(digits.train.samples, CLASSIFIER_USAGE)
        labels = torch.from_numpy(digits.train.labels)
        steps = len(labels) // recipe.batch

        def losses() -> Iterator[torch.Tensor]:
            order = torch.randperm(len(labels))
            for step in range(steps):
                rows = order[step * recipe.batch : (step + 1) * recipe.batch]
                yield nn.functional.cross_entropy(module(_vary(images[rows])), labels[rows])

        return fit(
            module,
            losses,
            lambda: accuracy(module, digits.selection),
            epochs=recipe.epochs,
            steps=steps,
            rate=recipe.rate,
        )


def predict(module: nn.Module, samples: npt.NDArray[Any]) -> npt.NDArray[Any]:
    classes: npt.NDArray[Any] = run(module, samples, CLASSIFIER_USAGE).argmax(axis=1)
    return classes


def accuracy(module: nn.Module, split: Split) -> float:
    return float((predict(module, split.samples) == split.labels).mean())


def _vary(images: torch.Tensor) -> torch.Tensor:
    """Scale, shift and roughen each image a little; a mirrored digit would be another sign."""
    moves = torch.zeros(len(images), 2, 3)
    moves[:, [0, 1], [0, 1]] = 1 + _spread(len(images), SCALE)
    moves[:, :, 2] = _spread(len(images), SHIFT)
    grid = nn.functional.affine_grid(moves, list(images.shape), align_corners=False)
    moved = nn.functional.grid_sample(images, grid, padding_mode="border", align_corners=False)
    noisy = moved + torch.randn(moved.shape) * NOISE
    return noisy.contiguous(memory_format=torch.channels_last)


def _spread(count: int, reach: float) -> torch.Tensor:
    return (torch.rand(count, 2) * 2 - 1) * reach
