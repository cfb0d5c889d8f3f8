import json
from collections.abc import Callable

import httpx
import pytest

from repository.edge.netron import POLICY, page
from repository.services.raw_views import NETRON
from tests.cast import Cast
from tests.repository.reader_samples import openvino_bytes, safetensors_bytes
from tests.repository.registry import commit, onnx_bytes, register

Api = Callable[..., httpx.Client]
pytestmark = pytest.mark.usefixtures("vocabulary")


def test_the_raw_view_reads_the_onnx_file_by_a_signed_address(
    api: Api, server: str, cast: Cast
) -> None:
    client = api(cast.olga)
    register(client, "olga", "digits")
    commit(client, "olga/digits", {"a.safetensors": safetensors_bytes(), "b.onnx": onnx_bytes()})

    found = client.get("/models/olga/digits/raw-view").json()

    address = httpx.URL(found["url"])
    assert (found["path"], address.params["identifier"]) == ("b.onnx", "b.onnx")
    # As the sandboxed frame asks: without a session, from no origin.
    given = httpx.get(server + address.params["url"], headers={"Origin": "null"})
    assert given.content == onnx_bytes()
    assert given.headers["Access-Control-Allow-Origin"] == "*"
    assert "Copyright (c) Lutz Roeder" in httpx.get(server + found["notice"]).text


def test_what_belongs_to_a_file_is_given_beside_it(api: Api, server: str, cast: Cast) -> None:
    client = api(cast.olga)
    register(client, "olga", "net")
    graph, weights = openvino_bytes()
    commit(client, "olga/net", {"net.xml": graph, "net.bin": weights, "notes.md": b"# Notes"})

    address = httpx.URL(client.get("/models/olga/net/raw-view").json()["url"])

    told = client.get("/models/olga/net").json()
    assert (told["has_graph"], told["has_raw_view"]) == (False, True)
    beside = json.loads(address.params["beside"])
    assert list(beside) == ["net.bin"]
    assert httpx.get(server + beside["net.bin"]).content == weights


def test_a_device_file_is_chosen_among_those_that_the_view_reads(api: Api, cast: Cast) -> None:
    client = api(cast.olga)
    register(client, "olga", "both")
    graph, weights = openvino_bytes()
    commit(client, "olga/both", {"b.onnx": onnx_bytes(), "net.xml": graph, "net.bin": weights})

    first = client.get("/models/olga/both/raw-view").json()
    made = {one["path"]: one["artifact"] for one in first["choices"]}
    asked = {"artifact": made["net.xml"]}
    second = client.get("/models/olga/both/raw-view", params=asked).json()

    assert (first["path"], first["artifact"]) == ("b.onnx", made["b.onnx"])
    assert (second["path"], second["artifact"]) == ("net.xml", made["net.xml"])
    beside = json.loads(httpx.URL(second["url"]).params["beside"])
    assert list(beside) == ["net.bin"]
    refused = client.get("/models/olga/both/raw-view", params={"artifact": 999_999})
    assert (refused.status_code, refused.json()["code"]) == (404, "no_raw_view")


def test_only_who_may_see_a_model_gets_the_address_of_its_raw_view(api: Api, cast: Cast) -> None:
    owner = api(cast.olga)
    register(owner, "olga", "hidden", visibility="private")
    commit(owner, "olga/hidden", {"b.onnx": onnx_bytes()})

    assert owner.get("/models/olga/hidden/raw-view").status_code == 200
    refused = api(cast.stella).get("/models/olga/hidden/raw-view")
    assert (refused.status_code, refused.json()["code"]) == (404, "no_such_model")


def test_a_version_that_netron_cannot_read_says_so(api: Api, cast: Cast) -> None:
    client = api(cast.olga)
    register(client, "olga", "words")
    commit(client, "olga/words", {"README.md": b"# Words"})

    refused = client.get("/models/olga/words/raw-view")

    assert (refused.status_code, refused.json()["code"]) == (404, "no_raw_view")
    assert client.get("/models/olga/words").json()["has_raw_view"] is False


def test_netron_stands_in_a_frame_of_ours_and_reaches_nobody(server: str) -> None:
    answer = httpx.get(server + NETRON)
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in POLICY
    assert POLICY.endswith("sandbox allow-scripts allow-downloads")
    assert "http" not in POLICY
    assert "index.js" not in answer.text


def test_of_netron_the_viewer_alone_is_given_out(server: str) -> None:
    found = httpx.get(f"{server}{NETRON}onnx-metadata.json")
    assert "immutable" in found.headers["Cache-Control"]
    assert found.headers["Content-Encoding"] == "gzip"
    for name in ("server.py", "__init__.py", "%2e%2e%2fserver.py", "index"):
        assert httpx.get(f"{server}{NETRON}{name}").status_code == 404, name


def test_a_netron_with_another_page_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("repository.edge.netron._CHANGES", {"<script src=other>": ""})
    with pytest.raises(LookupError, match="has no <script src=other>"):
        page()
