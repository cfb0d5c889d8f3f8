import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from ondol_runner.architectures.registry import build
from ondol_runner.protocol import Usage

from jobs.converters.base import ConversionRefused, Inputs
from jobs.converters.pytorch_to_onnx import export
from tests.jobs.converter_samples import (
    CONFIG,
    USAGE,
    convert,
    images,
    run_onnx,
    run_torch,
    trained,
    usage_of,
    write_source,
)

STEP = "pytorch_to_onnx"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_source(tmp_path / "source", trained(), CONFIG)


def refusal_of(source: Path, usage: Usage = USAGE, **options: Any) -> ConversionRefused:
    target = source.parent / "out"
    with pytest.raises(ConversionRefused) as refused:
        convert(STEP, Inputs(source, usage), target, **options)
    assert list(target.glob("*")) == []
    return refused.value


def test_a_trained_classifier_answers_as_before_at_any_batch_size(
    source: Path, tmp_path: Path
) -> None:
    made = convert(STEP, Inputs(source, USAGE), tmp_path / "out")

    for count in (1, 7):
        fed = images(count)
        assert np.abs(run_onnx(made, fed) - run_torch(trained(), fed)).max() < 1e-4


@pytest.mark.parametrize(
    ("config", "size"),
    [
        ({"architecture": "mobilenet_v3_small", "num_classes": 5, "stem_stride": 1}, 32),
        ({"architecture": "digit_detector", "eighth_width": 16, "image_size": 64}, 64),
    ],
    ids=["mobilenet", "detector"],
)
def test_the_other_architectures_answer_as_before(
    config: dict[str, object], size: int, tmp_path: Path
) -> None:
    torch.manual_seed(0)
    module = build(config).eval()
    source = write_source(tmp_path / "source", module, config)
    fed = np.random.default_rng(0).standard_normal((3, 3, size, size)).astype(np.float32)

    made = convert(STEP, Inputs(source, usage_of(-1, 3, size, size)), tmp_path / "out")

    expected = run_torch(module, fed)
    assert expected.std() > 1e-3
    assert np.abs(run_onnx(made, fed) - expected).max() < 1e-4


def test_inputs_and_outputs_are_called_as_the_usage_calls_them(
    source: Path, tmp_path: Path
) -> None:
    made = convert(STEP, Inputs(source, USAGE), tmp_path / "out")

    graph = onnx.load(made / "model.onnx").graph
    assert [value.name for value in graph.input] == ["image"]
    assert [value.name for value in graph.output] == ["logits"]
    assert graph.input[0].type.tensor_type.shape.dim[0].dim_param == "batch"


def test_a_fixed_batch_stays_fixed(source: Path, tmp_path: Path) -> None:
    made = convert(STEP, Inputs(source, usage_of(1, 3, 32, 32)), tmp_path / "out", opset=15)

    model = onnx.load(made / "model.onnx")
    assert model.graph.input[0].type.tensor_type.shape.dim[0].dim_value == 1
    assert model.opset_import[0].version == 15


@pytest.mark.parametrize(
    ("shape", "told"),
    [
        ((-1, 1, 32, 32), "Correct `inputs[0]` of the usage"),
        ((-1, 32), "Correct `inputs[0]` of the usage"),
        ((-1, 3, -1, 32), "as a number above 0"),
        ((-1,), "as a number above 0"),
        ((-1, 3, 100_000, 100_000), "too large to be tried"),
        ((0, 3, 32, 32), "as a number above 0"),
    ],
)
def test_a_wrong_input_shape_is_refused(source: Path, shape: tuple[int, ...], told: str) -> None:
    refusal = refusal_of(source, usage_of(*shape))

    assert refusal.code == "wrong_input_shape"
    assert str(list(shape)) in refusal.message
    assert told in refusal.message


def test_a_wrong_dtype_is_refused(source: Path) -> None:
    refusal = refusal_of(source, usage_of(-1, 3, 32, 32, dtype="int64"))

    assert refusal.code == "wrong_input_shape"
    assert "int64" in refusal.message
    assert "Correct `inputs[0]` of the usage" in refusal.message


def test_a_usage_of_two_inputs_is_refused(source: Path) -> None:
    two = Usage(inputs=[*USAGE.inputs, *USAGE.inputs])

    assert refusal_of(source, two).code == "wrong_input_shape"


def test_weights_of_another_width_are_refused_by_name(source: Path) -> None:
    wider = {**CONFIG, "widths": [8, 16, 64]}
    (source / "config.json").write_text(json.dumps(wider))

    refusal = refusal_of(source)

    assert refusal.code == "weights_do_not_fit"
    assert "blocks.2.conv1.weight [32, 16, 3, 3] ≠ [64, 16, 3, 3]" in refusal.message


@pytest.mark.parametrize(
    ("depths", "told"),
    [
        ([1, 1, 2], "It misses blocks.3.conv1.weight, blocks.3.conv2.weight"),
        ([1, 1], "It has in surplus blocks.2.conv1.weight, blocks.2.conv2.weight"),
    ],
    ids=["missing", "surplus"],
)
def test_missing_and_surplus_weights_are_refused_by_name(
    source: Path, depths: list[int], told: str
) -> None:
    other = {**CONFIG, "widths": [8, 16, 32][: len(depths)], "depths": depths}
    (source / "config.json").write_text(json.dumps(other))

    refusal = refusal_of(source)

    assert refusal.code == "weights_do_not_fit"
    assert told in refusal.message
    assert "(+" in refusal.message


@pytest.mark.parametrize("damage", ["cut", "text", "gone", "twice"])
def test_weights_that_cannot_be_read_are_refused(source: Path, damage: str) -> None:
    weights = source / "model.safetensors"
    if damage == "cut":
        weights.write_bytes(weights.read_bytes()[:-100])
    elif damage == "text":
        weights.write_text("These are no weights at all.")
    elif damage == "gone":
        weights.unlink()
    else:
        shutil.copy(weights, source / "other.safetensors")

    refusal = refusal_of(source)

    assert refusal.code == "weights_do_not_fit"
    assert "safetensors" in refusal.message


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ('{"architecture": "resnet_huge"}', "Known are: digit_detector"),
        ('{"architecture": "resnet_small", "widths": [99999]}', "'widths[0]'"),
        ("{", "cannot be read as JSON"),
        ("[" * 100_000, "cannot be read as JSON"),
        ("[]", "has to be a JSON object"),
    ],
    ids=["name", "bounds", "cut", "nested", "list"],
)
def test_a_config_that_names_no_known_architecture_is_refused(
    source: Path, config: str, told: str
) -> None:
    (source / "config.json").write_text(config)

    refusal = refusal_of(source)

    assert refusal.code == "unknown_architecture"
    assert told in refusal.message


def test_a_missing_config_is_refused_with_the_cure(source: Path) -> None:
    (source / "config.json").unlink()

    refusal = refusal_of(source)

    assert (refusal.code, "Add one" in refusal.message) == ("unknown_architecture", True)


def test_an_opset_nobody_can_write_is_refused(source: Path) -> None:
    assert "from 13 to 20, not 99" in refusal_of(source, opset=99).message


def test_an_operator_that_onnx_does_not_have_is_refused_by_name(tmp_path: Path) -> None:
    class Spectrum(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            spectrum: torch.Tensor = torch.fft.fft(x).abs()
            return spectrum

    with pytest.raises(ConversionRefused, match="aten::fft_fft") as refused:
        export(Spectrum(), usage_of(-1, 8), tmp_path / "model.onnx", 17)

    assert refused.value.code == "unsupported_operator"


def test_lack_of_memory_is_not_taken_for_a_fault_of_the_model(tmp_path: Path) -> None:
    class Greedy(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.empty(2**55) + x

    with pytest.raises(MemoryError):
        export(Greedy(), usage_of(-1, 8), tmp_path / "model.onnx", 17)
