from typing import Any

import numpy as np
import pytest

from ondol_runner.feeding import prepare
from ondol_runner.protocol import InputSpec

PIXELS = np.arange(2 * 3 * 4 * 5, dtype=np.uint8).reshape(2, 3, 4, 5)


def spec(**changes: Any) -> InputSpec:
    return InputSpec(**{"name": "image", "shape": [-1, 3, 4, 5], **changes})


def test_pixels_are_divided_then_centered_and_scaled_for_each_channel() -> None:
    wanted = spec(divide_by=255.0, mean=[0.1, 0.2, 0.3], std=[1.0, 2.0, 4.0])

    fed = prepare(PIXELS, wanted)

    assert fed.dtype == np.float32
    for channel, (mean, std) in enumerate([(0.1, 1.0), (0.2, 2.0), (0.3, 4.0)]):
        expected = (PIXELS[:, channel] / 255 - mean) / std
        assert np.allclose(fed[:, channel], expected, atol=1e-6)


def test_samples_of_the_other_layout_are_turned() -> None:
    last = spec(shape=[-1, 4, 5, 3], layout="NHWC", mean=[0.0, 100.0, 0.0])

    turned = prepare(PIXELS, last)

    assert turned.shape == (2, 4, 5, 3)
    assert np.array_equal(turned[..., 0], PIXELS[:, 0])
    assert np.array_equal(turned[..., 1], PIXELS[:, 1].astype(np.float32) - 100)
    assert np.array_equal(prepare(turned, spec()), turned.transpose(0, 3, 1, 2))


def test_samples_that_fit_as_they_are_are_not_turned() -> None:
    cube = np.arange(27, dtype=np.float32).reshape(1, 3, 3, 3)

    assert np.array_equal(prepare(cube, spec(shape=[-1, 3, 3, 3], layout="NHWC")), cube)


def test_one_value_serves_every_channel() -> None:
    fed = prepare(PIXELS, spec(mean=[1.0], std=[2.0]))

    assert np.array_equal(fed, (PIXELS.astype(np.float32) - 1) / 2)


def test_free_sizes_take_any_length() -> None:
    tokens = np.array([[1, 2, 3]], np.int32)

    assert prepare(tokens, InputSpec(name="ids", shape=[-1, -1], dtype="int64")).dtype == np.int64


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_result_has_the_type_that_is_asked_for(dtype: str) -> None:
    assert prepare(PIXELS, spec(dtype=dtype, divide_by=2.0)).dtype == dtype


def test_a_wide_float_keeps_its_digits() -> None:
    third = np.full((1, 3, 4, 5), 1 / 3)

    assert (prepare(third, spec(dtype="float64")) == third).all()


def test_the_samples_themselves_are_left_alone() -> None:
    samples = np.ones((1, 3, 4, 5), np.float32)

    prepare(samples, spec(divide_by=2.0, mean=[1.0], std=[2.0]))

    assert (samples == 1).all()


@pytest.mark.parametrize("shape", [(2, 1, 4, 5), (2, 3, 4), (2, 3, 4, 6), (120,)])
def test_another_shape_is_refused_with_both_shapes(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="Input 'image' takes samples of shape") as refused:
        prepare(np.zeros(shape, np.uint8), spec())

    assert "[N, 3, 4, 5]" in str(refused.value)
    assert str(list(shape)) in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"divide_by": 0.0}, "divide_by must not be 0"),
        ({"std": [1.0, 0.0, 1.0]}, "std must not hold a 0"),
        ({"mean": [0.1, 0.2]}, "mean has 2 values for 3 channels"),
        ({"std": [1.0, 2.0], "layout": "NHW"}, "does not say which of 4 axes is the channel"),
        ({"dtype": "float33"}, "there is no dtype 'float33'"),
        ({"dtype": "object"}, "is no type of numbers"),
        ({"dtype": "uint8", "divide_by": 255.0}, "only a float input is scaled"),
        ({"dtype": "int8"}, "cannot hold every value"),
        ({"shape": []}, "takes samples of shape"),
    ],
)
def test_a_spec_that_cannot_be_met_is_refused_by_name(changes: dict[str, Any], told: str) -> None:
    samples = np.full((1, 3, 4, 5), 200, np.uint8)

    with pytest.raises(ValueError, match="Input 'image'") as refused:
        prepare(samples, spec(**changes))

    assert told in str(refused.value)


def test_fractions_are_not_cut_for_an_integer_input() -> None:
    with pytest.raises(ValueError, match="cannot hold every value"):
        prepare(np.full((1, 3, 4, 5), 0.5, np.float32), spec(dtype="uint8"))
