"""From raw samples to what a model takes, by numpy alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ondol_runner.faults import Unfit
from ondol_runner.protocol import InputSpec, sentence

Array = npt.NDArray[Any]

FREE = -1
CHANNEL = "C"
# Where the channel axis of one layout goes to make the other.
SWAPS = {"NCHW": (3, 1), "NHWC": (1, 3)}


def prepare(samples: Array, spec: InputSpec) -> Array:
    """Return raw samples as an input takes them: its layout, scaling and type.

    Samples may come in the input's layout or, where only that fits, in the other one of NCHW and
    NHWC. Raises Unfit with a sentence that names the input and what does not fit.
    """
    arranged = _arrange(np.asarray(samples), spec)
    dtype = _dtype(spec)
    if dtype.kind != "f":
        return _cast_whole(arranged, dtype, spec)
    scaled = arranged.astype(np.float64 if dtype.itemsize == np.float64().itemsize else np.float32)
    if spec.divide_by == 0:
        raise Unfit(
            sentence("divide_by_zero", "Input '{input}': divide_by must not be 0.", input=spec.name)
        )
    scaled /= spec.divide_by
    if spec.mean:
        scaled -= _per_channel(spec.mean, "mean", scaled, spec)
    if spec.std:
        if 0 in spec.std:
            raise Unfit(
                sentence("std_zero", "Input '{input}': std must not hold a 0.", input=spec.name)
            )
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
    raise Unfit(
        sentence(
            "samples_shape",
            "Input '{input}' takes samples of shape {wanted}; these have the shape {given}.",
            input=spec.name,
            wanted=f"[{', '.join(map(str, wanted))}]",
            given=list(samples.shape),
        )
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
        raise Unfit(
            sentence(
                "no_dtype",
                "Input '{input}': there is no dtype '{dtype}'.",
                input=spec.name,
                dtype=spec.dtype,
            )
        ) from error
    if dtype.kind not in "fiub":
        raise Unfit(
            sentence(
                "dtype_no_number",
                "Input '{input}': dtype '{dtype}' is no type of numbers.",
                input=spec.name,
                dtype=spec.dtype,
            )
        )
    return dtype


def _cast_whole(samples: Array, dtype: np.dtype[Any], spec: InputSpec) -> Array:
    if spec.divide_by != 1 or spec.mean or spec.std:
        raise Unfit(
            sentence(
                "whole_scaled",
                "Input '{input}' has the dtype {dtype}: only a float input is scaled. "
                "Leave out divide_by, mean and std, or say float32.",
                input=spec.name,
                dtype=dtype.name,
            )
        )
    with np.errstate(invalid="ignore"):
        cast = samples.astype(dtype)
    if not np.array_equal(cast, samples):
        raise Unfit(
            sentence(
                "samples_dtype",
                "Input '{input}' has the dtype {dtype}, which cannot hold every value of these "
                "{given} samples.",
                input=spec.name,
                dtype=dtype.name,
                given=samples.dtype.name,
            )
        )
    return cast


def _per_channel(values: list[float], field: str, array: Array, spec: InputSpec) -> Array:
    """Shape the values of `mean` or `std` so that they meet the channel axis."""
    if len(values) == 1:
        return np.asarray(values, array.dtype)
    axis = spec.layout.find(CHANNEL)
    if axis < 0 or len(spec.layout) != array.ndim:
        raise Unfit(
            sentence(
                "no_channel_axis",
                "Input '{input}': {field} has {values} values, but the layout '{layout}' does not "
                "say which of {axes} axes is the channel.",
                input=spec.name,
                field=field,
                values=len(values),
                layout=spec.layout,
                axes=array.ndim,
            )
        )
    if array.shape[axis] != len(values):
        raise Unfit(
            sentence(
                "channel_values",
                "Input '{input}': {field} has {values} values for {channels} channels.",
                input=spec.name,
                field=field,
                values=len(values),
                channels=array.shape[axis],
            )
        )
    shape = [1] * array.ndim
    shape[axis] = len(values)
    return np.asarray(values, array.dtype).reshape(shape)
