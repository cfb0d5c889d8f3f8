"""safetensors is accepted only when its header agrees with itself and with the file."""

import json
import struct
from typing import Any

import pytest
from safetensors import SafetensorError
from safetensors.numpy import load

from repository.readers.finding import Status
from tests.repository.reader_samples import (
    cuts,
    finding_of,
    mutations,
    onnx_bytes,
    safetensors_bytes,
)

NAME = "model.safetensors"


def file_with(header: Any, data: bytes = b"", *, length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def entry(dtype: str, shape: Any, offsets: Any) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


def test_a_real_file_is_accepted_with_its_facts() -> None:
    finding = finding_of(safetensors_bytes(), NAME)

    assert (finding.status, finding.code, finding.format) == ("accepted", "", "safetensors")
    assert finding.facts == {
        "tensors": 3,
        "parameters": 15,
        "dtypes": {"F32": 1, "F16": 1, "I64": 1},
        "metadata": {"format": "pt"},
    }


def test_a_truncated_file_is_refused() -> None:
    for cut in cuts(safetensors_bytes()):
        finding = finding_of(cut, NAME)

        assert (finding.status, finding.code) == ("rejected", "truncated_file")
        assert NAME in finding.message
        assert "Upload the whole file again" in finding.message


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(file_with({"a": entry("F32", [2], [0, 8])}, bytes(9)), id="trailing bytes"),
        pytest.param(file_with({"a": entry("F32", [2], [0, 4])}, bytes(4)), id="shape and size"),
        pytest.param(file_with({"a": entry("F99", [2], [0, 8])}, bytes(8)), id="unknown type"),
        pytest.param(file_with({"a": entry("F32", [-2], [0, 8])}, bytes(8)), id="negative size"),
        pytest.param(file_with({"a": entry("F32", [2.0], [0, 8])}, bytes(8)), id="broken size"),
        pytest.param(file_with({"a": entry("F32", [True], [0, 4])}, bytes(4)), id="not a number"),
        pytest.param(file_with({"a": entry("F32", [2], [0, 8, 8])}, bytes(8)), id="three offsets"),
        pytest.param(file_with({"a": entry("F32", [1], [4, 8])}, bytes(8)), id="gap"),
        pytest.param(
            file_with({"a": entry("F32", [2], [0, 8]), "b": entry("F32", [1], [4, 8])}, bytes(8)),
            id="overlap",
        ),
        pytest.param(file_with({"a": {"dtype": "F32"}}), id="incomplete"),
        pytest.param(file_with({"a": 1}), id="no entry"),
        pytest.param(file_with({"__metadata__": {"a": 1}}), id="metadata not text"),
        pytest.param(file_with(b'{"a": 1, "a": 2}'), id="name twice"),
        pytest.param(file_with(b'{"a": NaN}'), id="not a number in JSON"),
        pytest.param(file_with(b"{" * 100_000), id="nested without end"),
        pytest.param(file_with(b'{"a"' + b"\xff" * 20), id="not UTF-8"),
    ],
)
def test_a_header_that_contradicts_itself_is_refused(content: bytes) -> None:
    finding = finding_of(content, NAME)

    assert (finding.status, finding.code) == ("rejected", "invalid_file")


@pytest.mark.parametrize("length", [2**63, 2**40, 100_000_001])
def test_a_header_longer_than_any_is_refused(length: int) -> None:
    assert finding_of(file_with({}, length=length), NAME).status is Status.REJECTED


def test_what_the_library_itself_would_refuse_is_never_accepted() -> None:
    content = safetensors_bytes()
    head = 8 + struct.unpack_from("<Q", content)[0]
    accepted = refused = 0
    for changed in mutations(content, 600, within=head):
        if finding_of(changed, NAME).status is not Status.ACCEPTED:
            refused += 1
            continue
        accepted += 1
        try:
            load(changed)
        except (SafetensorError, UnicodeDecodeError) as error:
            pytest.fail(f"accepted what the library refuses: {error}")
    # A changed letter of a name is no fault; most changes are.
    assert accepted > 0
    assert refused > accepted


def test_a_file_of_another_format_is_mislabelled() -> None:
    finding = finding_of(onnx_bytes(), NAME)

    assert (finding.status, finding.code) == ("rejected", "mislabelled_file")
    assert "ONNX, not safetensors" in finding.message
    assert ".onnx" in finding.message
