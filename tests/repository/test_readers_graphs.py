"""OpenVINO, TensorFlow Lite and GGUF: graphs that are read without their weights."""

import struct
from functools import cache

import flatbuffers
import pytest

from repository.readers.finding import Status
from tests.repository.reader_samples import (
    cuts,
    finding_of,
    gguf_bytes,
    mutations,
    openvino_bytes,
)


@cache
def tflite_bytes() -> bytes:
    """Write a model with one weight and two operators by hand: no package here does."""
    builder = flatbuffers.Builder(0)

    def vector(values: list[int], layout: str) -> int:
        builder.StartVector(4, len(values), 4)
        for value in reversed(values):
            prepend = builder.PrependInt32 if layout == "i" else builder.PrependUOffsetTRelative
            prepend(value)
        return int(builder.EndVector())

    def table(size: int, *slots: tuple[int, str, int]) -> int:
        builder.StartObject(size)
        for slot, kind, value in slots:
            getattr(builder, f"Prepend{kind}Slot")(slot, value, 0)
        return int(builder.EndObject())

    def tensor(name: str, shape: list[int], buffer: int) -> int:
        text, sizes = builder.CreateString(name), vector(shape, "i")
        place = (2, "Uint32", buffer)
        return table(8, (0, "UOffsetTRelative", sizes), place, (3, "UOffsetTRelative", text))

    def operator(code: int, inputs: list[int], outputs: list[int]) -> int:
        given, made = vector(inputs, "i"), vector(outputs, "i")
        ends = ((1, "UOffsetTRelative", given), (2, "UOffsetTRelative", made))
        return table(5, (0, "Uint32", code), *ends)

    data = builder.CreateByteVector(bytes(range(64)))
    buffers = vector([table(1), table(1, (0, "UOffsetTRelative", data))], "o")
    tensors = vector(
        [tensor("x", [1, 4], 0), tensor("weight", [4, 4], 1), tensor("y", [1, 4], 0)], "o"
    )
    operators = vector([operator(0, [0, 1, -1], [2]), operator(1, [2], [2])], "o")
    custom = builder.CreateString("MyOp")
    codes = vector(
        [
            table(4, (0, "Int8", 9), (3, "Int32", 9)),
            table(4, (0, "Int8", 32), (1, "UOffsetTRelative", custom), (3, "Int32", 32)),
        ],
        "o",
    )
    ends = (vector([0], "i"), vector([2], "i"))
    graph = table(
        5,
        (0, "UOffsetTRelative", tensors),
        (1, "UOffsetTRelative", ends[0]),
        (2, "UOffsetTRelative", ends[1]),
        (3, "UOffsetTRelative", operators),
    )
    description = builder.CreateString("by hand")
    top = table(
        8,
        (0, "Uint32", 3),
        (1, "UOffsetTRelative", codes),
        (2, "UOffsetTRelative", vector([graph], "o")),
        (3, "UOffsetTRelative", description),
        (4, "UOffsetTRelative", buffers),
    )
    builder.Finish(top, b"TFL3")
    return bytes(builder.Output())


ENTITY_BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE net [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;">]><net name="&c;" version="11"><layers/></net>'
)
OUTSIDE_ENTITY = (
    b'<!DOCTYPE net [<!ENTITY file SYSTEM "file:///etc/passwd">]>'
    b'<net version="11"><layers><layer id="0" name="a" type="b">&file;</layer></layers></net>'
)


def test_a_real_openvino_graph_is_accepted_with_its_facts() -> None:
    graph, weights = openvino_bytes()

    finding = finding_of(graph, "net.xml")

    assert (finding.status, finding.format) == (Status.ACCEPTED, "openvino")
    assert finding.facts["inputs"] == [{"name": "x", "dtype": "float32", "shape": [-1, 128]}]
    assert [output["name"] for output in finding.facts["outputs"]] == ["y"]
    assert finding.facts["operators"]["MatMul"] == 1
    assert finding.facts["parameters"] >= 128 * 64 + 64
    assert finding.facts["weights_bytes"] == len(weights)


def test_the_weights_of_a_graph_are_raw_numbers() -> None:
    finding = finding_of(openvino_bytes()[1], "net.bin")

    assert (finding.status, finding.format) == (Status.ACCEPTED, "weights")


def test_a_truncated_graph_is_refused() -> None:
    for cut in cuts(openvino_bytes()[0].rstrip())[2:]:
        assert finding_of(cut, "net.xml").code == "truncated_file"


@pytest.mark.parametrize(
    "content",
    [
        ENTITY_BOMB,
        OUTSIDE_ENTITY,
        b'<!DOCTYPE net SYSTEM "http://127.0.0.1/evil.dtd"><net version="11"/>',
        b'<net version="11">' + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</net>",
        b'<net version="11"><layers></layers></net>',
        b'<net version="eleven"><layers><layer name="a" type="b"/></layers></net>',
        b'<net version="11"><layers><layer name="a" type="b"/></layers></net>after',
        b'<net version="11"><layers><layer type="b"/></layers></net>',
        b'<network><net version="11"/></network>',
    ],
    ids=[
        *("entities", "outside entity", "outside document type", "depth", "no layers", "version"),
        *("bytes after", "no name", "another root"),
    ],
)
def test_xml_that_is_no_plain_graph_is_refused(content: bytes) -> None:
    finding = finding_of(content, "net.xml")

    assert finding.status is Status.REJECTED
    assert finding.code in {"invalid_file", "unreadable_file"}


def test_a_constant_that_contradicts_its_shape_is_refused() -> None:
    graph = openvino_bytes()[0].replace(b'shape="128, 64"', b'shape="128, 65"')

    assert finding_of(graph, "net.xml").code == "invalid_file"


def test_other_xml_under_that_name_is_mislabelled() -> None:
    assert finding_of(b"<page><title>Hi</title></page>", "net.xml").code == "mislabelled_file"


def test_a_tflite_model_is_accepted_with_its_facts() -> None:
    finding = finding_of(tflite_bytes(), "model.tflite")

    assert (finding.status, finding.format) == (Status.ACCEPTED, "tflite")
    assert finding.facts == {
        "producer": "by hand",
        "inputs": [{"name": "x", "dtype": "float32", "shape": [1, 4]}],
        "outputs": [{"name": "y", "dtype": "float32", "shape": [1, 4]}],
        "parameters": 16,
        "tensors": 3,
        "operators": {"FULLY_CONNECTED": 1, "CUSTOM MyOp": 1},
        "node_count": 2,
    }


def test_a_gguf_file_is_accepted_with_its_facts() -> None:
    finding = finding_of(gguf_bytes(), "model.gguf")

    assert (finding.status, finding.format) == (Status.ACCEPTED, "gguf")
    assert finding.facts == {
        "producer": "llama",
        "tensors": 2,
        "parameters": 64 * 3 + 8,
        "dtypes": {"2": 1, "0": 1},
        "metadata": {"general.architecture": "llama", "general.alignment": "32"},
    }


@pytest.mark.parametrize(
    ("content", "name"),
    [(tflite_bytes(), "model.tflite"), (gguf_bytes(), "model.gguf")],
    ids=["tflite", "gguf"],
)
def test_a_file_cut_anywhere_is_refused(content: bytes, name: str) -> None:
    assert finding_of(content[: len(content) // 2], name).code == "truncated_file"
    for cut in cuts(content):
        assert finding_of(cut, name).status is Status.REJECTED


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (tflite_bytes(), "model.tflite"),
        (gguf_bytes(), "model.gguf"),
        (openvino_bytes()[0], "net.xml"),
    ],
    ids=["tflite", "gguf", "openvino"],
)
def test_changed_bytes_never_break_the_reader(content: bytes, name: str) -> None:
    within = min(len(content), 2000)
    findings = [finding_of(changed, name) for changed in mutations(content, 200, within=within)]

    assert all(finding.code or finding.status is Status.ACCEPTED for finding in findings)
    assert sum(finding.status is Status.REJECTED for finding in findings) > 20


@pytest.mark.parametrize("place", [8, 16])
def test_a_gguf_header_that_promises_too_much_is_refused(place: int) -> None:
    content = bytearray(gguf_bytes())
    struct.pack_into("<Q", content, place, 2**62)

    finding = finding_of(bytes(content), "model.gguf")

    assert (finding.status, finding.code) == ("rejected", "invalid_file")


def test_bytes_after_a_gguf_file_are_refused() -> None:
    assert finding_of(gguf_bytes() + bytes(64), "model.gguf").code == "invalid_file"
