"""Scenes for the detector: real digits, pasted on the real photographs of scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from portal.demo.training import jpeg
from portal.demo.training.digits import WHITE, Split

SIZE = 128
PHOTOS = ("china.jpg", "flower.jpg")
# The right quarter of each photograph is kept for scenes that only measure.
KEPT_FROM = 480
MOST_DIGITS = 5
SMALLEST, LARGEST = 24, 49
TRIES = 20
INK = 0.35
GAP = 2

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Truth:
    """What a scene holds: boxes [n,4] as left, top, right, bottom in pixels, and labels [n]."""

    boxes: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Scenes:
    """Images uint8 [N,3,128,128] and what each of them holds."""

    images: npt.NDArray[np.uint8]
    truths: Sequence[Truth]


def make(digits: Split, count: int, *, seed: int, measuring: bool) -> Scenes:
    """Make scenes of one part's digits, the same for the same seed.

    Scenes that measure lie on a part of the photographs that scenes to learn from never show.
    """
    generator = np.random.default_rng(seed)
    pictures = backgrounds(measuring=measuring)
    pairs = [_scene(digits, pictures, generator) for _ in range(count)]
    return Scenes(np.stack([image for image, _ in pairs]), [truth for _, truth in pairs])


def backgrounds(*, measuring: bool) -> list[npt.NDArray[np.uint8]]:
    """Return the part of each photograph that scenes of one purpose show, and the others never."""
    return [photo[:, KEPT_FROM:] if measuring else photo[:, :KEPT_FROM] for photo in _photos()]


@cache
def _photos() -> tuple[npt.NDArray[np.uint8], ...]:
    folder = resources.files("sklearn.datasets.images")
    return tuple(jpeg.decode(folder.joinpath(name).read_bytes()) for name in PHOTOS)


def _scene(
    digits: Split, photos: Sequence[Array], generator: np.random.Generator
) -> tuple[npt.NDArray[np.uint8], Truth]:
    photo = photos[int(generator.integers(len(photos)))]
    top = generator.integers(photo.shape[0] - SIZE + 1)
    left = generator.integers(photo.shape[1] - SIZE + 1)
    picture = photo[top : top + SIZE, left : left + SIZE].astype(np.float32)
    picture = picture * generator.uniform(0.5, 1.0)
    boxes: list[Array] = []
    labels: list[int] = []
    for row in generator.integers(len(digits.labels), size=generator.integers(1, MOST_DIGITS + 1)):
        ink, box = _ink(digits.samples[row, 0], int(generator.integers(SMALLEST, LARGEST)))
        place = _free_place(ink.shape[0], box, boxes, generator)
        if place is not None:
            _paste(picture, ink, place, generator)
            boxes.append(box + np.tile(place, 2))
            labels.append(int(digits.labels[row]))
    image = picture.round().clip(0, WHITE).astype(np.uint8).transpose(2, 0, 1)
    return image, Truth(np.array(boxes, np.float32), np.array(labels, np.int64))


def _ink(digit: Array, size: int) -> tuple[Array, Array]:
    """Return a digit as opacity [size,size] from 0 to 1, and the box around what is seen of it."""
    gray = torch.from_numpy(digit.astype(np.float32) / WHITE)[None, None]
    scaled = torch.nn.functional.interpolate(gray, size=(size, size), mode="bilinear")
    ink: Array = scaled[0, 0].numpy()
    rows = np.flatnonzero((ink > INK).any(axis=1))
    columns = np.flatnonzero((ink > INK).any(axis=0))
    box = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], np.float32)
    return ink, box


def _free_place(
    size: int, box: Array, taken: Sequence[Array], generator: np.random.Generator
) -> Array | None:
    """Choose where a digit goes so that its box touches no other, or None after some tries."""
    for _ in range(TRIES):
        place = generator.integers(0, SIZE - size + 1, 2)
        moved = box + np.tile(place, 2)
        if all(_apart(moved, other) for other in taken):
            return place
    return None


def _apart(one: Array, other: Array) -> bool:
    return bool((one[:2] > other[2:] + GAP).any() or (other[:2] > one[2:] + GAP).any())


def _paste(picture: Array, ink: Array, place: Array, generator: np.random.Generator) -> None:
    """Lay a digit over the picture, light on a dark place and dark on a light one."""
    left, top = place
    patch = picture[top : top + len(ink), left : left + len(ink)]
    shades = (150, WHITE) if patch.mean() < WHITE / 2 else (0, 70)
    color = generator.uniform(*shades, 3).astype(np.float32)
    patch += ink[..., None] * (color - patch)
