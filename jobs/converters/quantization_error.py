"""`python -m jobs.converters.quantization_error REQUEST.json`: what integers cost each operator.

Runs the float model and the one made of it on the same samples and writes, for each operator of
the float model, how far its output is above the noise that quantization brought, in dB. The last
line of standard output says how many were measured. Runs inside the sandbox.

ONNX Runtime's `qdq_loss_debug` has the same figures, but keeps every value of every sample and
tells only of tensors that were quantized. Here sums are kept instead of values.
"""

from __future__ import annotations

import csv
import json
import math
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from ondol_runner.feeding import prepare
from ondol_runner.protocol import Usage, decode
from ondol_runner.tensors import read_tensor
from onnx import numpy_helper

from jobs.converters.onnx_files import FREE, declared_shape, find_model, model_inputs
from jobs.converters.speaking import Speaker, chatter_as_log

COLUMNS = ("name", "operator", "tensor", "decibels", "weight_decibels")
SAMPLES = "samples"
LARGEST_FILE = 2**30
BEST_DB = 120.0
"""What equal values are given, for which the ratio has no end."""
EIGHT_BITS = (onnx.TensorProto.INT8, onnx.TensorProto.UINT8)

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Request:
    """`most_tensors` bounds the memory; nothing more is fed after `seconds`."""

    floating: str
    quantized: str
    usage: Usage
    samples: str
    table: str
    most_tensors: int
    most_samples: int = 32
    seconds: float = 60
    threads: int = 1


@dataclass(frozen=True)
class Pair:
    """An operator of the float model, its output there, and what is read of it in the other."""

    node: onnx.NodeProto
    tensor: str
    partner: str


def main(path: Path) -> int:
    request = decode(Request, json.loads(path.read_text("utf-8")))
    with chatter_as_log() as speaker:
        _measure(request, speaker)
    return 0


def _measure(request: Request, speaker: Speaker) -> None:
    floating, quantized = _load(request.floating), _load(request.quantized)
    pairs = pairs_of(floating.graph, quantized.graph)
    step = max(1, math.ceil(len(pairs) / request.most_tensors))
    chosen = pairs[::step]
    ratios, samples = _ratios(request, (floating, quantized), chosen)
    weights = weight_ratios(floating.graph, quantized.graph)
    with Path(request.table).open("w", encoding="utf-8", newline="") as table:
        writer = csv.writer(table)
        writer.writerow(COLUMNS)
        writer.writerows(_rows(floating.graph, chosen, ratios, weights))
    speaker.say("done", samples=samples, measured=len(ratios), operators=len(pairs))


def _rows(
    floating: onnx.GraphProto,
    pairs: Sequence[Pair],
    ratios: dict[str, float],
    weights: dict[str, float],
) -> Iterator[list[str]]:
    tensors = {id(pair.node): pair.tensor for pair in pairs}
    for node in floating.node:
        tensor = tensors.get(id(node), "")
        weight = next((weights[name] for name in node.input if name in weights), None)
        if tensor in ratios or weight is not None:
            yield [node.name, node.op_type, tensor, _text(ratios.get(tensor)), _text(weight)]


def _text(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.2f}"


def _load(folder: str) -> onnx.ModelProto:
    path = find_model(Path(folder))
    if sum(file.stat().st_size for file in path.parent.rglob("*")) > LARGEST_FILE:
        raise ValueError(f"{path.name} is too large to be measured operator by operator.")
    return onnx.load(path)


def pairs_of(floating: onnx.GraphProto, quantized: onnx.GraphProto) -> list[Pair]:
    """Return the operators whose output has a partner, in the order of the file.

    Where it was quantized that is the integers as floats again, for those are what is read on.
    """
    kept = {node.input[0]: node for node in quantized.node if node.op_type == "QuantizeLinear"}
    read = {
        node.input[0]: node.output[0]
        for node in quantized.node
        if node.op_type == "DequantizeLinear"
    }
    partners = {name: name for node in quantized.node for name in node.output if name}
    partners |= {
        name: read[node.output[0]] for name, node in kept.items() if node.output[0] in read
    }
    found = []
    for node in floating.node:
        tensor = next((name for name in node.output if name in partners), None)
        if tensor is not None and node.op_type != "Constant":
            found.append(Pair(node, tensor, partners[tensor]))
    return found


def _ratios(
    request: Request, models: tuple[onnx.ModelProto, onnx.ModelProto], pairs: Sequence[Pair]
) -> tuple[dict[str, float], int]:
    """Return the ratio by tensor of the float model, and over how many samples."""
    names = ([pair.tensor for pair in pairs], [pair.partner for pair in pairs])
    sessions = [
        _session(model, wanted, request.threads)
        for model, wanted in zip(models, names, strict=True)
    ]
    signal, noise = np.zeros(len(pairs)), np.zeros(len(pairs))
    count, until = 0, time.monotonic() + request.seconds
    for batch in _batches(request, models[0]):
        outputs = [
            session.run(wanted, {session.get_inputs()[0].name: batch})
            for session, wanted in zip(sessions, names, strict=True)
        ]
        for place, (exact, rounded) in enumerate(zip(*outputs, strict=True)):
            energy, lost = _energies(exact, rounded)
            signal[place] += energy
            noise[place] += lost
        count += len(batch)
        if time.monotonic() > until:
            break
    told = zip(pairs, signal, noise, strict=True)
    return {
        pair.tensor: decibels(energy, lost)
        for pair, energy, lost in told
        if energy > 0 and np.isfinite([energy, lost]).all()
    }, count


def _energies(exact: Any, rounded: Any) -> tuple[float, float]:
    """Return the energy of the values and of what they differ by; none where they are no floats."""
    if not (isinstance(exact, np.ndarray) and isinstance(rounded, np.ndarray)):
        return 0.0, 0.0
    if exact.dtype != np.float32 or exact.shape != rounded.shape:
        return 0.0, 0.0
    values, lost = exact.astype(np.float64), exact.astype(np.float64) - rounded
    return float(np.vdot(values, values)), float(np.vdot(lost, lost))


def decibels(signal: float, noise: float) -> float:
    """Return ten times the logarithm of the ratio, the usual measure of noise."""
    return min(BEST_DB, 10 * math.log10(signal / noise)) if noise > 0 else BEST_DB


def _session(
    model: onnx.ModelProto, wanted: Sequence[str], threads: int
) -> onnxruntime.InferenceSession:
    """Load a model that gives out the wanted tensors too; fusing would take them away."""
    shown = {value.name for value in model.graph.output}
    added = onnx.ModelProto()
    added.CopyFrom(model)
    added.graph.output.extend(
        onnx.ValueInfoProto(name=name) for name in dict.fromkeys(wanted) if name not in shown
    )
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(
        added.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def _batches(request: Request, model: onnx.ModelProto) -> Iterator[Array]:
    """Yield samples one at a time, or as many as a model of one fixed batch size takes."""
    shape = declared_shape(model_inputs(model)[0])
    size = shape[0] if shape and shape[0] != FREE else 1
    raw = read_tensor(Path(request.samples), SAMPLES, max(size, request.most_samples))
    samples = np.ascontiguousarray(prepare(raw, request.usage.inputs[0]))
    if len(samples) < size:
        samples = np.resize(samples, (size, *samples.shape[1:]))
    for start in range(0, len(samples) - size + 1, size):
        yield samples[start : start + size]


def weight_ratios(floating: onnx.GraphProto, quantized: onnx.GraphProto) -> dict[str, float]:
    """Return the ratio of each weight of the float model that was rounded to 8 bits."""
    exact = {tensor.name: tensor for tensor in floating.initializer}
    stored = {tensor.name: tensor for tensor in quantized.initializer}
    found = {}
    for node in quantized.node:
        name = node.input[0].removesuffix("_quantized") if node.input else ""
        rounded = stored.get(node.input[0]) if node.input else None
        is_weight = rounded is not None and rounded.data_type in EIGHT_BITS and name in exact
        if rounded is None or not is_weight or node.op_type != "DequantizeLinear":
            continue
        values = numpy_helper.to_array(exact[name]).astype(np.float64)
        lost = values - _floats_of(node, rounded, stored)
        energy = float(np.vdot(values, values))
        if energy > 0:
            found[name] = decibels(energy, float(np.vdot(lost, lost)))
    return found


def _floats_of(
    node: onnx.NodeProto, rounded: onnx.TensorProto, stored: dict[str, onnx.TensorProto]
) -> Array:
    axis = next((one.i for one in node.attribute if one.name == "axis"), 1)
    integers = numpy_helper.to_array(rounded).astype(np.float64)
    scale, zero = (numpy_helper.to_array(stored[name]) for name in node.input[1:3])
    if scale.ndim == 1:
        along = [-1 if at == axis % integers.ndim else 1 for at in range(integers.ndim)]
        scale, zero = scale.reshape(along), zero.reshape(along)
    floats: Array = (integers - zero) * scale
    return floats


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
