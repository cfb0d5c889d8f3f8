"""What the page of a model says of its network before anything is downloaded."""

from collections.abc import Callable

import httpx
import pytest

from tests.cast import Cast
from tests.repository import reader_samples
from tests.repository.registry import commit, onnx_bytes, register

Api = Callable[..., httpx.Client]
pytestmark = pytest.mark.usefixtures("vocabulary")


def test_parameters_and_inputs_are_those_of_the_file(api: Api, cast: Cast) -> None:
    client = api(cast.olga)
    register(client, "olga", "digits")
    commit(client, "olga/digits", {"model.onnx": onnx_bytes()})

    network = client.get("/models/olga/digits").json()["network"]

    inputs = [{"name": "x", "dtype": "float32", "shape": ["batch", "4"]}]
    assert network == {"parameters": 8, "inputs": inputs}


def test_weights_alone_tell_their_parameters_but_no_input(api: Api, cast: Cast) -> None:
    client = api(cast.olga)
    register(client, "olga", "digits")
    commit(client, "olga/digits", {"w.safetensors": reader_samples.safetensors_bytes()})

    assert client.get("/models/olga/digits").json()["network"] == {"parameters": 15, "inputs": []}


def test_of_several_networks_none_speaks_for_all(api: Api, cast: Cast) -> None:
    client = api(cast.olga)
    register(client, "olga", "pair")
    parts = {"encoder.onnx": onnx_bytes(), "decoder.onnx": reader_samples.onnx_bytes()}
    commit(client, "olga/pair", parts)

    assert client.get("/models/olga/pair").json()["network"] is None
