"""The real digits of scikit-learn, split three ways, as images of 3x32x32."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

SEED = 20
SIZE = 32
EVERY_DIGIT = 1797
HELD_OUT = 450
SELECTION = 247
CALIBRATION = 256
BRIGHTEST = 16
WHITE = 255

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Split:
    """Some of the digits: where they stand in the data set, images uint8 [N,3,32,32], labels."""

    indices: npt.NDArray[np.int64]
    samples: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]

    def take(self, rows: Array) -> Split:
        return Split(self.indices[rows], self.samples[rows], self.labels[rows])


@dataclass(frozen=True)
class Digits:
    """Three parts that share no digit.

    `train` is learned from, `selection` chooses the best epoch, `held_out` is looked at once, at
    the end. Each has every class in the same proportion.
    """

    train: Split
    selection: Split
    held_out: Split


def load() -> Digits:
    """Return the same three parts each time."""
    bunch = load_digits()
    everything = Split(
        indices=np.arange(len(bunch.target)),
        samples=_as_pictures(bunch.images),
        labels=bunch.target.astype(np.int64),
    )
    rest, held_out = _part(everything, HELD_OUT)
    train, selection = _part(rest, SELECTION)
    return Digits(train, selection, held_out)


def calibration(digits: Digits) -> Split:
    """Return the training digits that set the ranges of int8; none is in another part."""
    return _part(digits.train, CALIBRATION)[1]


def _part(split: Split, size: int) -> tuple[Split, Split]:
    rows = np.arange(len(split.labels))
    left, right = train_test_split(rows, test_size=size, stratify=split.labels, random_state=SEED)
    return split.take(np.sort(left)), split.take(np.sort(right))


def _as_pictures(images: Array) -> npt.NDArray[np.uint8]:
    """Enlarge 8x8 digits of 17 gray levels to 32x32, white on black, in three equal channels."""
    gray = torch.from_numpy(images.astype(np.float32))[:, None] * (WHITE / BRIGHTEST)
    large = torch.nn.functional.interpolate(gray, size=(SIZE, SIZE), mode="bilinear")
    pixels: npt.NDArray[np.uint8] = large.round().to(torch.uint8).numpy()
    return np.repeat(pixels, 3, axis=1)
