import struct
from collections.abc import Callable
from pathlib import Path

import httpx
import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from repository.readers.ask_graph import GraphUnreadable, graph_nodes
from repository.readers.formats import Format
from tests.cast import Cast
from tests.repository.reader_samples import onnx_bytes, safetensors_bytes
from tests.repository.registry import commit, register

Api = Callable[..., httpx.Client]


@pytest.mark.usefixtures("vocabulary")
def test_the_graph_tells_operators_in_order_with_shapes_and_weights(api: Api, cast: Cast) -> None:
    client = api(cast.olga)
    register(client, "olga", "digits")
    commit(
        client, "olga/digits", {"model.onnx": onnx_bytes(), "w.safetensors": safetensors_bytes()}
    )

    graph = client.get("/models/olga/digits/graph").json()

    assert (graph["path"], graph["format"], graph["precision"]) == ("model.onnx", "onnx", "fp32")
    assert client.get("/models/olga/digits").json()["has_graph"] is True
    assert [node["operator"] for node in graph["nodes"]] == ["MatMul", "Add", "If"]
    first, second, _ = graph["nodes"]
    assert (first["inputs"], first["outputs"]) == (["x"], ["product"])
    assert (first["shape"], first["parameters"]) == (["batch", "64"], 128 * 64)
    assert first["weights"] == [{"name": "weight", "dtype": "float32", "shape": [128, 64]}]
    assert second["inputs"] == ["product"]


@pytest.mark.usefixtures("vocabulary")
def test_a_version_without_a_graph_says_how_to_get_one(api: Api, cast: Cast) -> None:
    client = api(cast.olga)
    register(client, "olga", "words")
    commit(client, "olga/words", {"README.md": b"# Words"})

    answer = client.get("/models/olga/words/graph")

    assert (answer.status_code, answer.json()["code"]) == (404, "no_graph")
    assert "Convert it to ONNX" in answer.json()["message"]
    assert client.get("/models/olga/words").json()["has_graph"] is False


@pytest.mark.usefixtures("vocabulary")
def test_the_graph_of_each_device_file_can_be_asked_for(api: Api, cast: Cast) -> None:
    client = api(cast.olga)
    register(client, "olga", "digits")
    made = {"config.json": b'{"architecture": "resnet_small"}'}
    commit(
        client,
        "olga/digits",
        {"model.onnx": onnx_bytes(), "model.safetensors": safetensors_bytes(), **made},
    )

    choices = client.get("/models/olga/digits/graph").json()["choices"]
    # Operators tell more than tensors.
    assert [one["format"] for one in choices] == ["onnx", "safetensors"]
    wanted = choices[1]["artifact"]
    tensors = client.get(f"/models/olga/digits/graph?artifact={wanted}").json()
    assert (tensors["path"], tensors["artifact"]) == ("model.safetensors", wanted)
    other = client.get(f"/models/olga/digits/graph?artifact={2**40}")
    assert (other.status_code, other.json()["code"]) == (404, "no_graph")
    assert client.get("/models/olga/digits/graph?artifact=one").status_code == 422


def test_tensors_are_told_by_name_and_shape(tmp_path: Path) -> None:
    path = tmp_path / "blob"
    path.write_bytes(safetensors_bytes())

    nodes = graph_nodes(path, Format.SAFETENSORS)

    assert nodes
    assert all(node["dtype"] and node["operator"] == "" for node in nodes)
    assert sum(node["parameters"] for node in nodes) > 0


def test_a_file_that_breaks_the_reader_ends_the_child_alone(tmp_path: Path) -> None:
    path = tmp_path / "blob"
    path.write_bytes(struct.pack("<Q", 2**40) + b"{")

    with pytest.raises(GraphUnreadable):
        graph_nodes(path, Format.SAFETENSORS)


def test_the_modules_around_an_operator_are_those_that_its_exporter_told(tmp_path: Path) -> None:
    path = tmp_path / "blob"
    path.write_bytes(onnx_with_modules())

    conv, split, relu, pool = graph_nodes(path, Format.ONNX)

    block = {"name": "layer1.0", "kind": "Block"}
    # The convolution took the normalization in, and the exporter named it after that.
    assert conv["modules"] == [block, {"name": "layer1.0.conv", "kind": ""}]
    assert relu["modules"] == [block, {"name": "layer1.0.act", "kind": "ReLU"}]
    # Nothing is told of what the optimizer put in: it stands where its neighbors both are.
    assert split["modules"] == [block]
    assert pool["modules"] == []


def onnx_with_modules() -> bytes:
    """Write four operators as PyTorch's newer exporter names and describes them."""
    block = ": net.Net/layer1.0: net.Block"
    norm = "layer1.0.bn: torch.nn.modules.batchnorm.BatchNorm2d/batch_norm: aten.batch_norm.default"
    act = "layer1.0.act: torch.nn.modules.activation.ReLU/relu: aten.relu.default"
    spaces = [f"{block}/{norm}", "", f"{block}/{act}", ": net.Net/mean: aten.mean.dim"]
    wires = [["x", "layer1.0.conv.weight"], ["a"], ["b"], ["c"]]
    operators = ["Conv", "Identity", "Relu", "GlobalAveragePool"]
    nodes = [
        helper.make_node(operator, inputs, [output], name=f"node_{operator}")
        for operator, inputs, output in zip(operators, wires, "abcd", strict=True)
    ]
    for node, space in zip(nodes, spaces, strict=True):
        if space:
            helper.set_metadata_props(node, {"namespace": space})
    weight = numpy_helper.from_array(np.ones((4, 3, 3, 3), np.float32), "layer1.0.conv.weight")
    ends = [
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)]
        for name, shape in (("x", [1, 3, 8, 8]), ("d", [1, 4, 1, 1]))
    ]
    graph = helper.make_graph(nodes, "main", *ends, [weight])
    return bytes(helper.make_model(graph).SerializeToString())
