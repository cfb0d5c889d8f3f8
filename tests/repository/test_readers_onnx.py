"""ONNX is accepted only when its graph is in order and its weights lie where they may."""

import onnx
import pytest

from repository.readers.finding import Status
from tests.repository.reader_samples import (
    cuts,
    finding_of,
    mutations,
    onnx_bytes,
    onnx_model,
    safetensors_bytes,
    state_dict_bytes,
)

NAME = "model.onnx"


def changed_model() -> onnx.ModelProto:
    model = onnx.ModelProto()
    model.CopyFrom(onnx_model())
    return model


def with_external(location: str) -> bytes:
    model = changed_model()
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    return bytes(model.SerializeToString())


def test_a_real_model_is_accepted_with_its_facts() -> None:
    finding = finding_of(onnx_bytes(), NAME)

    assert (finding.status, finding.code, finding.format) == ("accepted", "", "onnx")
    assert finding.facts == {
        "opset": 17,
        "ir_version": 8,
        "producer": "sample 1",
        "inputs": [{"name": "x", "dtype": "float32", "shape": ["batch", 128]}],
        "outputs": [{"name": "y", "dtype": "float32", "shape": ["batch", 64]}],
        "parameters": 128 * 64 + 64 + 1,
        "tensors": 3,
        "operators": {"MatMul": 1, "Add": 1, "If": 1, "Relu": 1, "Neg": 1},
        "node_count": 5,
        "external_files": [],
        "metadata": {},
    }


def test_weights_that_an_old_model_lists_as_inputs_are_not_inputs() -> None:
    model = changed_model()
    model.ir_version = 3
    for tensor in model.graph.initializer:
        model.graph.input.append(
            onnx.helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims)
        )

    finding = finding_of(model.SerializeToString(), NAME)

    assert [given["name"] for given in finding.facts["inputs"]] == ["x"]


def test_a_truncated_model_is_refused() -> None:
    for cut in cuts(onnx_bytes()):
        finding = finding_of(cut, NAME)

        assert (finding.status, finding.code) == ("rejected", "truncated_file")


def test_a_model_cut_between_its_fields_is_refused() -> None:
    model = changed_model()
    model.ClearField("graph")

    assert finding_of(model.SerializeToString(), NAME).code == "truncated_file"


def test_bytes_after_the_model_are_refused() -> None:
    assert finding_of(onnx_bytes() + b"\xff\x07hidden", NAME).status is Status.REJECTED


def test_a_weight_whose_data_does_not_match_its_shape_is_refused() -> None:
    model = changed_model()
    model.graph.initializer[0].dims[0] = 127

    finding = finding_of(model.SerializeToString(), NAME)

    assert finding.code == "invalid_file"
    assert "'weight'" in finding.message


def test_what_the_checker_finds_is_told() -> None:
    model = changed_model()
    model.graph.node[1].input[0] = "nobody"

    finding = finding_of(model.SerializeToString(), NAME)

    assert (finding.status, finding.code) == ("rejected", "invalid_file")
    assert "not a valid ONNX model" in finding.message


def test_an_operator_that_does_not_exist_is_refused() -> None:
    model = changed_model()
    model.graph.node[0].op_type = "NoSuchOperator"

    assert "NoSuchOperator" in finding_of(model.SerializeToString(), NAME).message


def test_weights_in_one_file_beside_the_model_are_named() -> None:
    finding = finding_of(with_external("model.onnx_data"), NAME)

    assert finding.status is Status.ACCEPTED
    assert finding.facts["external_files"] == ["model.onnx_data"]
    assert finding.facts["parameters"] == 128 * 64 + 64 + 1


@pytest.mark.parametrize(
    "location",
    [
        "/etc/passwd",
        "../secret",
        "a/../../b",
        "folder/weights",
        "C:\\weights",
        "a\\b",
        "..",
        ".",
        ".hidden",
        "",
        "a\0b",
        "%2e%2e%2fsecret",
        "weights\n",
        "a/b",
        "\uff0e\uff0e\uff0fsecret",
        "x\u2024\u2024",
        "~root",
        "file:weights",
        "x" * 300,
    ],
)
def test_weights_anywhere_else_are_refused(location: str) -> None:
    finding = finding_of(with_external(location), NAME)

    assert (finding.status, finding.code) == ("rejected", "unsafe_external_data")


def test_a_constant_in_another_file_is_refused() -> None:
    model = changed_model()
    constant = onnx.TensorProto(
        name="value", dims=[1], data_type=1, data_location=onnx.TensorProto.EXTERNAL
    )
    constant.external_data.add(key="location", value="weights.bin")
    branch = model.graph.node[2].attribute[0].g
    branch.node.append(onnx.helper.make_node("Constant", [], ["value"], value=constant))

    assert finding_of(model.SerializeToString(), NAME).code == "unsafe_external_data"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (state_dict_bytes(), "holds_pickle"),
        (state_dict_bytes(legacy=True), "holds_pickle"),
        (safetensors_bytes(), "mislabelled_file"),
        (b"just some text\n" * 10, "mislabelled_file"),
        (bytes(range(1, 256)) * 4, "mislabelled_file"),
        (b"", "empty_file"),
    ],
    ids=["torch zip", "old torch", "safetensors", "text", "noise", "empty"],
)
def test_what_is_not_onnx_is_told_apart(content: bytes, code: str) -> None:
    assert finding_of(content, NAME).code == code


def test_a_model_under_another_name_is_mislabelled() -> None:
    for name in ("model.tflite", "model", "notes.txt", "model.bin"):
        assert finding_of(onnx_bytes(), name).code == "mislabelled_file"


def test_what_the_checker_would_refuse_is_never_accepted() -> None:
    content = onnx_bytes()
    graph = content[-600:]
    small = content[:300] + graph
    assert finding_of(small, NAME).status is Status.REJECTED
    refused = 0
    for changed in mutations(content, 400, within=300):
        if finding_of(changed, NAME).status is Status.ACCEPTED:
            onnx.checker.check_model(onnx.load_model_from_string(changed))
        else:
            refused += 1
    assert refused > 0
