"""How good a detector is: mean average precision over classes and strictness of overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from portal.demo.training.scenes import Truth

THRESHOLDS = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))
RECALLS = np.linspace(0, 1, 101)
LEAST_SCORE = 0.05
SAME_OBJECT = 0.5
MOST = 100

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Found:
    """What a detector says of one image: boxes [n,4], the label and the score of each."""

    boxes: Array
    labels: Array
    scores: Array


def read_output(rows: Array) -> Found:
    """Turn one image's rows of the detector into what it found: the best box for each object."""
    scores = rows[:, 4:]
    cells, labels = np.nonzero(scores > LEAST_SCORE)
    found = Found(rows[cells, :4], labels, scores[cells, labels])
    order = np.argsort(-found.scores, kind="stable")[:MOST]
    kept: list[int] = []
    overlaps = overlap(found.boxes, found.boxes)
    for index in order:
        same = [other for other in kept if found.labels[other] == found.labels[index]]
        if not same or overlaps[index, same].max() <= SAME_OBJECT:
            kept.append(int(index))
    return Found(found.boxes[kept], found.labels[kept], found.scores[kept])


def mean_average_precision(
    found: Sequence[Found], truths: Sequence[Truth], thresholds: Sequence[float] = THRESHOLDS
) -> float:
    """Return the mean over thresholds and over the classes that occur: 1.0 is perfect."""
    classes = np.unique(np.concatenate([truth.labels for truth in truths]))
    return float(
        np.mean(
            [
                _average_precision(found, truths, label, threshold)
                for threshold in thresholds
                for label in classes
            ]
        )
    )


def overlap(one: Array, other: Array) -> Array:
    """Return the area shared over the area covered, for each pair of boxes: [n, m]."""
    top_left = np.maximum(one[:, None, :2], other[None, :, :2])
    bottom_right = np.minimum(one[:, None, 2:], other[None, :, 2:])
    shared = (bottom_right - top_left).clip(0).prod(axis=2)
    areas = [(boxes[:, 2:] - boxes[:, :2]).clip(0).prod(axis=1) for boxes in (one, other)]
    covered: Array = areas[0][:, None] + areas[1][None] - shared
    ratio: Array = np.divide(shared, covered, out=np.zeros_like(shared), where=covered > 0)
    return ratio


def _average_precision(
    found: Sequence[Found], truths: Sequence[Truth], label: int, threshold: float
) -> float:
    """Average the precision at 101 recalls, each the best at that recall or a higher one."""
    scores: list[float] = []
    hits: list[bool] = []
    wanted = 0
    for one, truth in zip(found, truths, strict=True):
        mine = one.labels == label
        boxes = truth.boxes[truth.labels == label]
        wanted += len(boxes)
        scores += one.scores[mine].tolist()
        hits += _match(one.boxes[mine], one.scores[mine], boxes, threshold)
    ordered = np.array(hits, float)[np.argsort(-np.array(scores), kind="stable")]
    right = ordered.cumsum()
    precision = right / np.arange(1, len(right) + 1)
    best = np.maximum.accumulate(precision[::-1])[::-1]
    places = np.searchsorted(right / wanted, RECALLS, side="left")
    return float(np.append(best, 0.0)[places].mean())


def _match(boxes: Array, scores: Array, truths: Array, threshold: float) -> list[bool]:
    """Give each object to the surest box that overlaps it enough; the other boxes are wrong."""
    hits = [False] * len(boxes)
    if not len(truths):
        return hits
    overlaps = overlap(boxes, truths)
    for index in np.argsort(-scores, kind="stable"):
        nearest = int(overlaps[index].argmax())
        if overlaps[index, nearest] >= threshold:
            hits[index] = True
            overlaps[:, nearest] = -1
    return hits
