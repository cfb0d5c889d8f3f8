from pathlib import Path

import numpy as np
import onnx
import pytest
from ondol_runner.architectures.registry import build
from ondol_runner.protocol import Usage
from onnx import TensorProto, numpy_helper

from jobs.converters.base import ConversionRefused, Inputs
from jobs.converters.onnx_to_onnx_int8 import float_tail
from tests.jobs.converter_samples import (
    CONFIG,
    USAGE,
    calibration_file,
    convert,
    images,
    onnx_of_one,
    real_digits,
    run_onnx,
    trained,
    usage_of,
    write_samples,
    write_source,
)

STEP = "onnx_to_onnx_int8"
ONE = usage_of(-1, 3, 8, 8)


@pytest.fixture(scope="module")
def floating(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Export the trained classifier as float ONNX."""
    folder = tmp_path_factory.mktemp("floating")
    source = write_source(folder / "source", trained(), CONFIG)
    return convert("pytorch_to_onnx", Inputs(source, USAGE), folder / "onnx")


def refusal_of(source: Path, usage: Usage, calibration: Path | None) -> ConversionRefused:
    target = source.parent / "refused"
    with pytest.raises(ConversionRefused) as refused:
        convert(STEP, Inputs(source, usage, calibration), target)
    target.rmdir()
    return refused.value


def random_samples(folder: Path, *shape: int) -> Path:
    values = np.random.default_rng(0).random(shape, dtype=np.float32)
    return write_samples(folder / "random.safetensors", values)


def test_integers_agree_with_floats_on_real_digits(floating: Path, tmp_path: Path) -> None:
    inputs = Inputs(floating, USAGE, calibration_file(tmp_path))
    labels = real_digits().held_out.labels

    made = convert(STEP, inputs, tmp_path / "out")

    before = run_onnx(floating, images(450)).argmax(axis=1)
    after = run_onnx(made, images(450)).argmax(axis=1)
    assert (before == labels).mean() > 0.85
    assert (before == after).mean() > 0.97
    assert (after == labels).mean() > (before == labels).mean() - 0.02


def test_activations_are_unsigned_and_weights_signed_for_each_channel(
    floating: Path, tmp_path: Path
) -> None:
    inputs = Inputs(floating, USAGE, calibration_file(tmp_path))

    made = convert(STEP, inputs, tmp_path / "out", samples=16)

    graph = onnx.load(made / "model.onnx").graph
    stored = {tensor.name: tensor for tensor in graph.initializer}
    quantized = [node for node in graph.node if node.op_type == "QuantizeLinear"]
    assert len(quantized) > 10
    assert {stored[node.input[2]].data_type for node in quantized} == {TensorProto.UINT8}
    weights = [
        node
        for node in graph.node
        if node.op_type == "DequantizeLinear"
        and node.input[0] in stored
        and stored[node.input[0]].data_type == TensorProto.INT8
    ]
    scales = {numpy_helper.to_array(stored[node.input[1]]).size for node in weights}
    assert scales >= {8, 16, 32}
    assert (made / "model.onnx").stat().st_size < (floating / "model.onnx").stat().st_size * 0.6


def test_what_a_detector_computes_after_its_last_weights_stays_in_floats(tmp_path: Path) -> None:
    config: dict[str, object] = {
        "architecture": "digit_detector",
        "eighth_width": 16,
        "image_size": 64,
    }
    usage = usage_of(-1, 3, 64, 64)
    source = write_source(tmp_path / "source", build(config), config)
    floats = convert("pytorch_to_onnx", Inputs(source, usage), tmp_path / "onnx")
    samples = random_samples(tmp_path, 4, 3, 64, 64)

    made = convert(STEP, Inputs(floats, usage, samples), tmp_path / "out")

    fed = np.random.default_rng(1).random((2, 3, 64, 64), dtype=np.float32)
    exact, rounded = run_onnx(floats, fed), run_onnx(made, fed)
    # Scores begin near 0.01: joined with boxes of up to 64 pixels in 256 steps all would be 0.
    assert 0.001 < exact[..., 4:].min() < exact[..., 4:].max() < 0.1
    assert 0.001 < rounded[..., 4:].min() < rounded[..., 4:].max() < 0.1


def test_only_nodes_without_weights_after_them_stay_in_floats(floating: Path) -> None:
    assert float_tail(onnx.load(floating / "model.onnx").graph) == []


def test_a_model_of_a_fixed_batch_is_calibrated_on_full_batches(tmp_path: Path) -> None:
    source = write_source(tmp_path / "source", trained(), CONFIG)
    usage = usage_of(4, 3, 32, 32)
    floats = convert("pytorch_to_onnx", Inputs(source, usage), tmp_path / "onnx")
    samples = random_samples(tmp_path, 3, 3, 32, 32)

    made = convert(STEP, Inputs(floats, usage, samples), tmp_path / "out")

    assert run_onnx(made, images(4)).shape == (4, 10)


def test_no_samples_are_refused(floating: Path, tmp_path: Path) -> None:
    nothing = write_samples(tmp_path / "none.safetensors", np.zeros((0, 3, 32, 32), np.uint8))
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"no samples")

    refusals = [refusal_of(floating, USAGE, path) for path in (None, nothing, broken)]

    assert {refusal.code for refusal in refusals} == {"calibration_missing"}
    assert "Choose test data" in refusals[0].message


def test_samples_of_another_shape_are_refused(floating: Path, tmp_path: Path) -> None:
    refusal = refusal_of(floating, USAGE, random_samples(tmp_path, 4, 3, 8, 8))

    assert refusal.code == "wrong_input_shape"
    assert "[4, 3, 8, 8]" in refusal.message


def test_a_usage_that_contradicts_the_file_is_refused(floating: Path, tmp_path: Path) -> None:
    refusal = refusal_of(floating, ONE, calibration_file(tmp_path))

    assert refusal.code == "wrong_input_shape"
    assert "[-1, 3, 32, 32]; the usage says [-1, 3, 8, 8]" in refusal.message


@pytest.mark.parametrize(
    ("operator", "domain", "name"),
    [("Frobnicate", "acme.ai", "acme.ai.Frobnicate"), ("Frobnicate", "", "Frobnicate")],
)
def test_an_operator_nobody_knows_is_refused_by_name(
    tmp_path: Path, operator: str, domain: str, name: str
) -> None:
    source = onnx_of_one(tmp_path / "onnx", operator, domain=domain)

    refusal = refusal_of(source, ONE, random_samples(tmp_path, 4, 3, 8, 8))

    assert refusal.code == "unsupported_operator"
    assert f"the operator {name}." in refusal.message


def test_a_model_without_weights_is_refused(tmp_path: Path) -> None:
    source = onnx_of_one(tmp_path / "onnx", "Relu")

    refusal = refusal_of(source, ONE, random_samples(tmp_path, 4, 3, 8, 8))

    assert refusal.code == "unsupported_operator"
    assert "Nothing in this model can be quantized" in refusal.message


@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_a_damaged_or_missing_file_is_refused(tmp_path: Path, damage: str) -> None:
    source = onnx_of_one(tmp_path / "onnx", "Relu")
    if damage == "cut":
        (source / "model.onnx").write_bytes(b"\x08\x08\x3a\xff\xff")
    else:
        (source / "model.onnx").unlink()

    refusal = refusal_of(source, ONE, random_samples(tmp_path, 4, 3, 8, 8))

    assert refusal.code == "tool_failed"
    assert "damaged" in refusal.message or "exactly one .onnx" in refusal.message
