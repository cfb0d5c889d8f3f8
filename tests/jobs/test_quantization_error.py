"""What integers cost each operator, beside what ONNX Runtime's own tool says of the same files."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from ondol_runner.protocol import encode
from onnx import TensorProto, helper
from onnxruntime.quantization.qdq_loss_debug import (
    collect_activations,
    compute_activation_error,
    compute_weight_error,
    create_activation_matching,
    create_weight_matching,
    modify_model_output_intermediate_tensors,
)

from jobs.converters.base import Inputs
from jobs.converters.quantization_error import decibels, pairs_of
from tests.jobs.converter_samples import (
    CONFIG,
    USAGE,
    calibration_file,
    convert,
    images,
    real_digits,
    trained,
    write_samples,
    write_source,
)

COUNT = 8


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Quantize the trained classifier; `onnx` and `int8` are its folders."""
    folder = tmp_path_factory.mktemp("errors")
    source = write_source(folder / "source", trained(), CONFIG)
    floats = convert("pytorch_to_onnx", Inputs(source, USAGE), folder / "onnx")
    fed = Inputs(floats, USAGE, calibration_file(folder))
    convert("onnx_to_onnx_int8", fed, folder / "int8", samples=32)
    return folder


def measure(folder: Path, most_tensors: int) -> tuple[dict[str, int], list[dict[str, str]]]:
    request = {
        "floating": str(folder / "onnx"),
        "quantized": str(folder / "int8"),
        "usage": encode(USAGE),
        "samples": str(
            write_samples(folder / "held.safetensors", real_digits().held_out.samples[:COUNT])
        ),
        "table": str(folder / "errors.csv"),
        "most_tensors": most_tensors,
    }
    asked = folder / "request.json"
    asked.write_text(json.dumps(request))
    argv = [sys.executable, "-m", "jobs.converters.quantization_error", str(asked)]
    said = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    with (folder / "errors.csv").open(newline="") as table:
        return json.loads(said.splitlines()[-1]), list(csv.DictReader(table))


def activations(folder: Path, form: str) -> dict[str, list[np.ndarray]]:
    shown = folder / f"{form}.shown.onnx"
    modify_model_output_intermediate_tensors(folder / form / "model.onnx", shown)
    fed: list[dict[str, np.ndarray]] = [{"image": images(COUNT)}]
    found: dict[str, list[np.ndarray]] = collect_activations(str(shown), fed)
    return found


def test_every_figure_is_that_of_the_runtimes_own_tool(made: Path) -> None:
    counts, rows = measure(made, most_tensors=400)
    assert (counts["samples"], counts["measured"], counts["operators"]) == (COUNT, 15, 15)
    told = {row["tensor"]: float(row["decibels"]) for row in rows if row["decibels"]}
    floats = activations(made, "onnx")
    pairs = create_activation_matching(activations(made, "int8"), floats)
    errors = compute_activation_error({key: pairs[key] for key in pairs if "float" in pairs[key]})
    expected = {key: value["xmodel_err"] for key, value in errors.items() if key != "image"}
    assert told == pytest.approx(expected, abs=0.02)

    weights = compute_weight_error(
        create_weight_matching(str(made / "onnx" / "model.onnx"), str(made / "int8" / "model.onnx"))
    )
    node = next(row for row in rows if row["operator"] == "Gemm")
    assert float(node["weight_decibels"]) == pytest.approx(weights["head.weight"], abs=0.01)


def test_operators_keep_their_names_where_they_become_integers(made: Path) -> None:
    _, rows = measure(made, most_tensors=400)
    kept = {node.name for node in onnx.load(made / "int8" / "model.onnx").graph.node}
    assert {row["name"] for row in rows if row["weight_decibels"]} <= kept


def test_fewer_operators_are_measured_where_the_memory_is_small(made: Path) -> None:
    counts, _ = measure(made, most_tensors=5)
    assert (counts["measured"], counts["operators"]) == (5, 15)


def test_an_output_that_stays_in_floats_is_compared_as_it_is() -> None:
    image = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    plain = [helper.make_node("Relu", ["x"], ["a"]), helper.make_node("Neg", ["a"], ["b"])]
    rounded = [
        helper.make_node("Relu", ["x"], ["a"]),
        helper.make_node("QuantizeLinear", ["a", "s"], ["a8"]),
        helper.make_node("DequantizeLinear", ["a8", "s"], ["a9"]),
        helper.make_node("Neg", ["a9"], ["b"]),
    ]
    graphs = [helper.make_graph(nodes, "g", [image], []) for nodes in (plain, rounded)]
    found = [(pair.tensor, pair.partner) for pair in pairs_of(*graphs)]
    assert found == [("a", "a9"), ("b", "b")]


def test_equal_values_have_a_ratio_with_an_end() -> None:
    assert (decibels(4.0, 0.0), decibels(100.0, 1.0)) == (120.0, 20.0)
