"""Texts, JSON, pictures, and what is none of the known formats."""

import json
import struct
import zlib

import pytest

from repository.readers.finding import Finding, Status
from tests.repository.reader_samples import cuts, finding_of, gguf_bytes


def png_bytes(width: int = 3, height: int = 2) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(name + body))
        return struct.pack(">I", len(body)) + name + body + checksum

    pixels = zlib.compress((b"\0" + bytes(3 * 3)) * 2)
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    body = head + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def jpeg_bytes() -> bytes:
    frame = struct.pack(">BHHB", 8, 480, 640, 1) + b"\x01\x11\x00"
    segments = b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0".ljust(14, b"\0")
    segments += b"\xff\xc0" + struct.pack(">H", 2 + len(frame)) + frame
    return b"\xff\xd8" + segments + b"\xff\xda\x00\x02" + bytes(range(1, 200)) + b"\xff\xd9"


def webp_bytes() -> bytes:
    body = b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + b"\x7f\x02\x00\xdf\x01\x00"
    return b"RIFF" + struct.pack("<I", len(body)) + body


def gif_bytes() -> bytes:
    return b"GIF89a" + struct.pack("<HH", 16, 9) + b"\0\0\0" + b"," + bytes(20) + b";"


def assert_refused(finding: Finding, code: str) -> None:
    assert (finding.status, finding.code) == (Status.REJECTED, code)


@pytest.mark.parametrize(
    ("name", "content", "format_"),
    [
        ("README.md", "# 검침\n\nReads meters.\n", "markdown"),
        ("LICENSE", "Apache License\r\n\tVersion 2.0\n", "text"),
        ("labels.txt", "zero\none\n", "text"),
        (".gitattributes", "*.onnx filter=lfs\n", "text"),
        ("train.log", "\x1b[32mepoch 1\x1b[0m\n", "text"),
        ("config.json", '{"layers": [1, 2, 3]}', "json"),
    ],
)
def test_text_is_accepted(name: str, content: str, format_: str) -> None:
    finding = finding_of(content.encode(), name)

    assert (finding.status, finding.code, finding.format) == (Status.ACCEPTED, "", format_)


@pytest.mark.parametrize(
    "content", [b"{", b'{"a": }', b"[" * 100_000, b'"\xff"', b"\xef\xbb\xbf{}x"]
)
def test_broken_json_is_refused(content: bytes) -> None:
    assert finding_of(content, "config.json").status is Status.REJECTED


def test_json_beyond_four_mebibytes_is_taken_as_text() -> None:
    vocabulary = json.dumps({f"token-{number}": number for number in range(200_000)})

    assert finding_of(vocabulary.encode(), "tokenizer.json").status is Status.ACCEPTED
    assert finding_of(vocabulary.encode()[:-1], "tokenizer.json").status is Status.ACCEPTED
    assert_refused(finding_of(vocabulary.encode() + b"\0", "tokenizer.json"), "mislabelled_file")


@pytest.mark.parametrize("name", ["page.html", "picture.svg", "page.XHTML"])
def test_a_page_that_a_browser_would_run_is_refused(name: str) -> None:
    assert_refused(finding_of(b"<svg onload='alert(1)'></svg>", name), "unknown_format")


@pytest.mark.parametrize(
    ("content", "name", "measures"),
    [
        (png_bytes(), "a.png", (3, 2)),
        (jpeg_bytes(), "a.jpg", (640, 480)),
        (jpeg_bytes(), "a.jpeg", (640, 480)),
        (webp_bytes(), "a.webp", (640, 480)),
        (gif_bytes(), "a.gif", (16, 9)),
    ],
    ids=["png", "jpg", "jpeg", "webp", "gif"],
)
def test_a_picture_is_accepted_whole_under_its_name(
    content: bytes, name: str, measures: tuple[int, int]
) -> None:
    finding = finding_of(content, name)

    assert (finding.status, finding.format) == (Status.ACCEPTED, "image")
    assert (finding.facts["width"], finding.facts["height"]) == measures
    for cut in cuts(content):
        assert finding_of(cut, name).status is Status.REJECTED
    assert_refused(finding_of(content, "a.tiff"), "mislabelled_file")
    assert_refused(finding_of(content, "a.onnx"), "mislabelled_file")


def test_a_picture_of_another_kind_is_mislabelled() -> None:
    assert_refused(finding_of(jpeg_bytes(), "a.png"), "mislabelled_file")


def test_bytes_after_a_picture_are_refused() -> None:
    assert_refused(finding_of(png_bytes() + b"<script>", "a.png"), "invalid_file")
    assert_refused(finding_of(webp_bytes() + b"<script>", "a.webp"), "invalid_file")


def test_a_picture_without_end_is_refused() -> None:
    assert_refused(
        finding_of(png_bytes(width=2**31 - 1, height=2**31 - 1), "a.png"), "invalid_file"
    )


@pytest.mark.parametrize("name", ["a", "model.onnx", "README.md", "weights.bin", "a.safetensors"])
def test_an_empty_file_is_refused(name: str) -> None:
    finding = finding_of(b"", name)

    assert_refused(finding, "empty_file")
    assert finding.message == f"'{name}' is empty. Choose the file again and upload it."


@pytest.mark.parametrize("name", ["data.xyz", "model", "model.pt", "model.h5", "model.mnn"])
def test_unknown_bytes_are_refused_naming_what_is_accepted(name: str) -> None:
    finding = finding_of(bytes(range(1, 256)) * 10, name)

    assert_refused(finding, "unknown_format")
    assert all(word in finding.message for word in (name, "safetensors", "ONNX", ".pt2", "GGUF"))


def test_a_short_file_of_a_known_name_was_cut() -> None:
    assert_refused(finding_of(b"\x08\x00\x00", "a.safetensors"), "truncated_file")
    assert_refused(finding_of(gguf_bytes()[:10], "a.gguf"), "truncated_file")


@pytest.mark.parametrize("name", ["model.pt", "model.pkl", "weights.zip", "model.gguf"])
def test_text_under_the_name_of_something_else_is_mislabelled(name: str) -> None:
    assert_refused(finding_of(b"version https://git-lfs\n", name), "mislabelled_file")


def test_a_message_is_short_and_printable_whatever_the_name_is() -> None:
    finding = finding_of(bytes(range(1, 256)) * 10, "\x1b[31m\u202e" + "x" * 5000 + ".xyz")

    assert finding.message.isprintable()
    assert len(finding.message) < 500
