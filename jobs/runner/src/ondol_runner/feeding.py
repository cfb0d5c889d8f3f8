"""From raw samples to what a model takes, by numpy alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ondol_runner.protocol import InputSpec

Array = npt.NDArray[Any]

FREE = -1
CHANNEL = "C"
# Where the channel axis of one layout goes to make the other.
SWAPS = {"NCHW": (3, 1), "NHWC": (1, 3)}


def prepare(samples: Array, spec: InputSpec) -> Array:
    """Return raw samples as an input takes them: its layout, scaling and type.

    Samples may come in the input's layout or, where only that fits, in the other one of NCHW and
    NHWC. Raises ValueError with a sentence that names the input and what does not fit.
    """
    arranged = _arrange(np.asarray(samples), spec)
    dtype = _dtype(spec)
    if dtype.kind != "f":
        return _cast_whole(arranged, dtype, spec)
    scaled = arranged.astype(np.float64 if dtype.itemsize == np.float64().itemsize else np.float32)
    if spec.divide_by == 0:
        raise ValueError(f"Input '{spec.name}': divide_by must not be 0.")
    scaled /= spec.divide_by
    if spec.mean:
        scaled -= _per_channel(spec.mean, "mean", scaled, spec)
    if spec.std:
        if 0 in spec.std:
            raise ValueError(f"Input '{spec.name}': std must not hold a 0.")
        scaled /= _per_channel(spec.std, "std", scaled, spec)
    return scaled.astype(dtype, copy=False)


def _arrange(samples: Array, spec: InputSpec) -> Array:
    if _fits(samples.shape, spec.shape):
        return samples
    swap = SWAPS.get(spec.layout)
    if swap is not None and samples.ndim == len(spec.layout):
        moved = np.moveaxis(samples, *swap)
        if _fits(moved.shape, spec.shape):
            return moved
    wanted = ["N", *spec.shape[1:]]
    raise ValueError(
        f"Input '{spec.name}' takes samples of shape [{', '.join(map(str, wanted))}]; "
        f"these have the shape {list(samples.shape)}."
    )


def _fits(given: tuple[int, ...], wanted: list[int]) -> bool:
    """Compare all axes but the first: how many samples there are is not the input's business."""
    return len(given) == len(wanted) > 0 and all(
        size in (FREE, length) for size, length in zip(wanted[1:], given[1:], strict=True)
    )


def _dtype(spec: InputSpec) -> np.dtype[Any]:
    try:
        dtype: np.dtype[Any] = np.dtype(spec.dtype)
    except TypeError as error:
        raise ValueError(f"Input '{spec.name}': there is no dtype '{spec.dtype}'.") from error
    if dtype.kind not in "fiub":
        raise ValueError(f"Input '{spec.name}': dtype '{spec.dtype}' is no type of numbers.")
    return dtype


def _cast_whole(samples: Array, dtype: np.dtype[Any], spec: InputSpec) -> Array:
    if spec.divide_by != 1 or spec.mean or spec.std:
        raise ValueError(
            f"Input '{spec.name}' has the dtype {dtype.name}: only a float input is scaled. "
            "Leave out divide_by, mean and std, or say float32."
        )
    with np.errstate(invalid="ignore"):
        cast = samples.astype(dtype)
    if not np.array_equal(cast, samples):
        raise ValueError(
            f"Input '{spec.name}' has the dtype {dtype.name}, which cannot hold every value of "
            f"these {samples.dtype.name} samples."
        )
    return cast


def _per_channel(values: list[float], field: str, array: Array, spec: InputSpec) -> Array:
    """Shape the values of `mean` or `std` so that they meet the channel axis."""
    if len(values) == 1:
        return np.asarray(values, array.dtype)
    axis = spec.layout.find(CHANNEL)
    if axis < 0 or len(spec.layout) != array.ndim:
        raise ValueError(
            f"Input '{spec.name}': {field} has {len(values)} values, but the layout "
            f"'{spec.layout}' does not say which of {array.ndim} axes is the channel."
        )
    if array.shape[axis] != len(values):
        raise ValueError(
            f"Input '{spec.name}': {field} has {len(values)} values for "
            f"{array.shape[axis]} channels."
        )
    shape = [1] * array.ndim
    shape[axis] = len(values)
    return np.asarray(values, array.dtype).reshape(shape)
