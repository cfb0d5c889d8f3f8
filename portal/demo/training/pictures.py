"""Pictures of what a model says of held-out data: green is right, red is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from portal.demo.training.detection_metric import Found, overlap
from portal.demo.training.digits import WHITE, Split
from portal.demo.training.scenes import Scenes, Truth

# Each digit in 3x5 dots, row by row.
GLYPHS = (
    "111101101101111",
    "010110010010111",
    "111001111100111",
    "111001111001111",
    "101101111001001",
    "111100111001111",
    "111100111101111",
    "111001001001001",
    "111101111101111",
    "111101111001111",
)
GLYPH_SHAPE = (5, 3)
DOT = 2
RIGHT = (46, 160, 67)
WRONG = (218, 54, 51)
EDGE = 3
COLUMNS, ROWS = 12, 6
ENLARGED = 2
SCENE_COLUMNS, SCENE_ROWS = 4, 2
SURE = 0.3
HIT = 0.5

Pixels = npt.NDArray[np.uint8]
Array = npt.NDArray[Any]
Color = tuple[int, int, int]


def digits_sheet(split: Split, predictions: Array) -> Pixels:
    """Show digits with what was read in the corner: those misread first, then the others."""
    wrong = predictions != split.labels
    order = np.argsort(~wrong, kind="stable")[: COLUMNS * ROWS]
    tiles = [
        _digit_tile(split.samples[row], int(predictions[row]), WRONG if wrong[row] else RIGHT)
        for row in order
    ]
    return _sheet(tiles, COLUMNS)


def scenes_sheet(shown: Scenes, found: Sequence[Found]) -> Pixels:
    """Show the first scenes with every box that the detector is fairly sure of."""
    count = SCENE_COLUMNS * SCENE_ROWS
    tiles = [
        _scene_tile(image, truth, one)
        for image, truth, one in zip(
            shown.images[:count], shown.truths[:count], found[:count], strict=True
        )
    ]
    return _sheet(tiles, SCENE_COLUMNS)


def _digit_tile(sample: Array, prediction: int, color: Color) -> Pixels:
    tile = _enlarge(sample.transpose(1, 2, 0))
    _frame(tile, (0, 0, tile.shape[1], tile.shape[0]), color)
    _write(tile, prediction, (EDGE, EDGE), color)
    return tile


def _scene_tile(image: Array, truth: Truth, found: Found) -> Pixels:
    tile = _enlarge(image.transpose(1, 2, 0))
    for box, label, score in zip(found.boxes, found.labels, found.scores, strict=True):
        if score < SURE:
            continue
        same = truth.boxes[truth.labels == label]
        hit = len(same) > 0 and overlap(box[None], same).max() >= HIT
        color = RIGHT if hit else WRONG
        limits = [tile.shape[1], tile.shape[0]] * 2
        edges = np.clip(np.rint(box * ENLARGED), 0, limits).astype(int)
        left, top, right, bottom = (int(edge) for edge in edges)
        _frame(tile, (left, top, right, bottom), color)
        _write(tile, int(label), (left + EDGE, top + EDGE), color)
    return tile


def _enlarge(pixels: Array) -> Pixels:
    large: Pixels = pixels.repeat(ENLARGED, axis=0).repeat(ENLARGED, axis=1)
    return large


def _frame(tile: Pixels, box: tuple[int, int, int, int], color: Color) -> None:
    left, top, right, bottom = box
    inner = np.zeros(tile.shape[:2], bool)
    inner[top:bottom, left:right] = True
    inner[top + EDGE : bottom - EDGE, left + EDGE : right - EDGE] = False
    tile[inner] = color


def _write(tile: Pixels, digit: int, place: tuple[int, int], color: Color) -> None:
    """Write a digit in white on a ground of the color; what lies outside the tile is cut off."""
    left, top = place
    dots = np.array([int(dot) for dot in GLYPHS[digit]]).reshape(GLYPH_SHAPE)
    ink = np.pad(dots, 1).repeat(DOT, axis=0).repeat(DOT, axis=1).astype(bool)
    patch = tile[top : top + ink.shape[0], left : left + ink.shape[1]]
    seen = ink[: patch.shape[0], : patch.shape[1]]
    patch[...] = color
    patch[seen] = WHITE


def _sheet(tiles: Sequence[Pixels], columns: int) -> Pixels:
    rows = [
        np.concatenate(tiles[start : start + columns], axis=1)
        for start in range(0, len(tiles), columns)
    ]
    return np.concatenate(rows)
