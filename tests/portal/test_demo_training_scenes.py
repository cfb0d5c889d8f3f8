import dataclasses
import struct
import zlib
from importlib import resources

import numpy as np
import pytest

from portal.demo.training import digits, jpeg, pictures, png, scenes
from portal.demo.training.detection_metric import (
    Found,
    mean_average_precision,
    overlap,
    read_output,
)
from portal.demo.training.scenes import Scenes, Truth


@pytest.fixture(scope="module")
def parts() -> digits.Digits:
    return digits.load()


@pytest.mark.parametrize(
    ("name", "place", "color"),
    [
        ("china.jpg", (slice(0, 100), slice(0, 90)), (186.4, 209.0, 235.3)),
        ("flower.jpg", (slice(150, 280), slice(250, 360)), (201.2, 77.8, 33.2)),
        ("flower.jpg", (slice(300, 420), slice(480, 560)), (2.1, 56.0, 48.5)),
    ],
    ids=["sky", "petals", "leaves"],
)
def test_photographs_come_out_in_the_colors_a_browser_shows(
    name: str, place: tuple[slice, slice], color: tuple[float, float, float]
) -> None:
    photo = jpeg.decode(photo_file(name))

    assert photo.shape == (427, 640, 3)
    assert np.abs(photo[place].mean(axis=(0, 1)) - color).max() < 1


def test_neighboring_blocks_of_a_photograph_fit_together() -> None:
    photo = jpeg.decode(photo_file("flower.jpg")).astype(float)

    steps = np.abs(np.diff(photo, axis=1)).mean(axis=(0, 2))
    at_borders, inside = steps[7::8].mean(), np.delete(steps, slice(7, None, 8)).mean()
    assert at_borders < 1.5 * inside


def photo_file(name: str) -> bytes:
    return resources.files("sklearn.datasets.images").joinpath(name).read_bytes()


def test_other_kinds_of_jpeg_are_refused() -> None:
    content = photo_file("flower.jpg")
    progressive = content.replace(b"\xff\xc0\x00\x11\x08", b"\xff\xc2\x00\x11\x08")
    scan = content.index(b"\xff\xda")

    for broken in (progressive, content[: scan + 5000], b"\xff\xd8no photograph", b""):
        with pytest.raises(jpeg.UnsupportedPhoto):
            jpeg.decode(broken)


def test_a_picture_survives_png() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)

    content = png.encode(pixels)

    size = struct.unpack(">II", content[16:24])
    length = struct.unpack(">I", content[33:37])[0]
    body = content[41 : 41 + length]
    checksum = struct.unpack(">I", content[41 + length : 45 + length])[0]
    rows = np.frombuffer(zlib.decompress(body), np.uint8).reshape(5, 1 + 21)
    assert size == (7, 5)
    assert checksum == zlib.crc32(b"IDAT" + body)
    assert (rows[:, 1:].reshape(5, 7, 3) == pixels).all()


def test_scenes_are_the_same_for_the_same_seed(parts: digits.Digits) -> None:
    one, same, other = (
        scenes.make(parts.train, 3, seed=seed, measuring=False) for seed in (5, 5, 6)
    )

    assert (one.images == same.images).all()
    assert (one.images != other.images).any()


def test_boxes_lie_in_the_scene_apart_from_each_other(parts: digits.Digits) -> None:
    for truth in scenes.make(parts.train, 40, seed=1, measuring=False).truths:
        assert 1 <= len(truth.boxes) == len(truth.labels) <= 5
        assert truth.boxes.min() >= 0
        assert truth.boxes.max() <= 128
        assert (truth.boxes[:, 2:] - truth.boxes[:, :2]).min() >= 5
        apart = overlap(truth.boxes, truth.boxes) - np.eye(len(truth.boxes))
        assert np.abs(apart).max() < 1e-6


def test_scenes_that_measure_show_other_parts_of_the_photographs() -> None:
    learned, measured = (scenes.backgrounds(measuring=kept) for kept in (False, True))

    for name, left, right in zip(("china.jpg", "flower.jpg"), learned, measured, strict=True):
        assert min(left.shape[1], right.shape[1]) >= 128
        assert (np.concatenate([left, right], axis=1) == jpeg.decode(photo_file(name))).all()


def sure(truth: Truth) -> Found:
    return Found(truth.boxes, truth.labels, np.ones(len(truth.labels)))


@pytest.fixture(scope="module")
def truths(parts: digits.Digits) -> list[Truth]:
    return list(scenes.make(parts.selection, 60, seed=4, measuring=False).truths)


def test_perfect_boxes_score_one(truths: list[Truth]) -> None:
    assert mean_average_precision([sure(truth) for truth in truths], truths) == 1.0


def test_wrong_labels_and_no_boxes_score_nothing(truths: list[Truth]) -> None:
    wrong = [dataclasses.replace(sure(truth), labels=(truth.labels + 1) % 10) for truth in truths]
    none = [Found(np.zeros((0, 4)), np.zeros(0, int), np.zeros(0)) for _ in truths]

    assert mean_average_precision(wrong, truths) == 0.0
    assert mean_average_precision(none, truths) == 0.0


def test_random_labels_score_next_to_nothing(truths: list[Truth]) -> None:
    generator = np.random.default_rng(0)
    random = [
        dataclasses.replace(sure(truth), labels=generator.integers(0, 10, len(truth.labels)))
        for truth in truths
    ]

    assert mean_average_precision(random, truths) < 0.1


def test_a_shifted_box_counts_only_while_it_overlaps_enough() -> None:
    truth = Truth(np.array([[0, 0, 10, 10]], np.float32), np.array([3]))
    # Two tenths to the right: 80 shared of 120 covered.
    shifted = Found(truth.boxes + np.array([2, 0, 2, 0]), truth.labels, np.ones(1))

    assert mean_average_precision([shifted], [truth], (0.5, 0.65)) == 1.0
    assert mean_average_precision([shifted], [truth], (0.7,)) == 0.0


def test_a_second_box_on_one_object_is_wrong() -> None:
    truth = Truth(np.array([[0, 0, 10, 10], [20, 20, 30, 30]], np.float32), np.array([3, 3]))
    twice = Found(truth.boxes[[0, 0, 1]], np.array([3, 3, 3]), np.array([0.9, 0.8, 0.7]))

    # Right, wrong, right: full precision up to half of the objects, 2/3 for the other half.
    expected = (51 * 1.0 + 50 * 2 / 3) / 101
    assert mean_average_precision([twice], [truth], (0.5,)) == pytest.approx(expected)


def test_the_best_box_suppresses_those_of_the_same_object_only() -> None:
    rows = np.zeros((4, 14), np.float32)
    rows[:, :4] = [[0, 0, 10, 10], [1, 0, 11, 10], [50, 50, 60, 60], [0, 0, 10, 10]]
    rows[[0, 1, 2], 4 + 7] = [0.6, 0.9, 0.5]
    rows[3, 4 + 2] = 0.4

    found = read_output(rows)

    assert found.labels.tolist() == [7, 7, 2]
    assert found.scores.tolist() == pytest.approx([0.9, 0.5, 0.4])


def test_a_sheet_of_digits_shows_the_misread_ones_first(parts: digits.Digits) -> None:
    few = parts.held_out.take(np.arange(72))
    predictions = few.labels.copy()
    predictions[50] = (predictions[50] + 1) % 10

    sheet = pictures.digits_sheet(few, predictions)

    assert sheet.shape == (6 * 64, 12 * 64, 3)
    assert tuple(sheet[0, 0]) == pictures.WRONG
    assert tuple(sheet[0, 64]) == pictures.RIGHT
    enlarged = few.samples[50, 0].repeat(2, axis=0).repeat(2, axis=1)
    assert (sheet[20:44, 20:44, 0] == enlarged[20:44, 20:44]).all()


def test_a_sheet_of_scenes_draws_only_what_the_detector_is_sure_of() -> None:
    black = Scenes(
        np.zeros((8, 3, 128, 128), np.uint8),
        [Truth(np.array([[10, 10, 40, 40]], np.float32), np.array([5]))] * 8,
    )
    boxes = np.array([[10, 10, 40, 40], [60, 60, 90, 90], [0, 100, 20, 120]], np.float32)
    found = Found(boxes, np.array([5, 5, 5]), np.array([0.9, 0.8, 0.1]))

    sheet = pictures.scenes_sheet(black, [found] * 8)

    assert sheet.shape == (2 * 256, 4 * 256, 3)
    assert tuple(sheet[20, 70]) == pictures.RIGHT
    assert tuple(sheet[120, 170]) == pictures.WRONG
    assert not sheet[200:256, 0:60].any()
