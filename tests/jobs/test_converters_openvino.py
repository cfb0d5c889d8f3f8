from pathlib import Path

import numpy as np
import pytest

from jobs.converters.base import ConversionRefused, Inputs
from tests.jobs.converter_samples import (
    CONFIG,
    USAGE,
    convert,
    images,
    onnx_of_one,
    run_openvino,
    run_torch,
    trained,
    usage_of,
    write_source,
)

STEP = "onnx_to_openvino"
FLOAT_BYTES = 4


@pytest.fixture(scope="module")
def floating(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Export the trained classifier as float ONNX."""
    folder = tmp_path_factory.mktemp("floating")
    source = write_source(folder / "source", trained(), CONFIG)
    return convert("pytorch_to_onnx", Inputs(source, USAGE), folder / "onnx")


def test_openvino_answers_as_pytorch_did(floating: Path, tmp_path: Path) -> None:
    made = convert(STEP, Inputs(floating, USAGE), tmp_path / "out")

    for count in (1, 7):
        fed = images(count)
        assert np.abs(run_openvino(made, fed) - run_torch(trained(), fed)).max() < 1e-4


def test_weights_stay_whole_floats(floating: Path, tmp_path: Path) -> None:
    made = convert(STEP, Inputs(floating, USAGE), tmp_path / "out")

    kernels = sum(tensor.numel() for tensor in trained().parameters() if tensor.ndim > 1)
    assert sorted(path.name for path in made.iterdir()) == ["model.bin", "model.xml"]
    assert (made / "model.bin").stat().st_size >= kernels * FLOAT_BYTES


def test_an_operator_without_conversion_is_refused_by_name(tmp_path: Path) -> None:
    source = onnx_of_one(tmp_path / "onnx", "Frobnicate", domain="acme.ai")

    with pytest.raises(ConversionRefused, match=r"the operator acme\.ai\.Frobnicate") as refused:
        convert(STEP, Inputs(source, usage_of(-1, 3, 8, 8)), tmp_path / "out")

    assert refused.value.code == "unsupported_operator"


def test_a_usage_that_contradicts_the_file_is_refused(floating: Path, tmp_path: Path) -> None:
    with pytest.raises(ConversionRefused, match="the usage says") as refused:
        convert(STEP, Inputs(floating, usage_of(-1, 1, 28, 28)), tmp_path / "out")

    assert refused.value.code == "wrong_input_shape"
