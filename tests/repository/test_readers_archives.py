"""ZIP archives are opened within bounds; bombs and what would leave the archive are refused."""

import io
import struct
import zipfile

import numpy as np
import pytest

from repository.readers.finding import Status
from tests.repository.reader_samples import finding_of, safetensors_bytes

MIB = 2**20


def archive_of(
    parts: dict[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED, **changes: int
) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
        for info in archive.infolist():
            for field, value in changes.items():
                setattr(info, field, value)
    return buffer.getvalue()


def test_a_part_that_unpacks_to_much_more_is_a_bomb() -> None:
    finding = finding_of(archive_of({"a.npy": bytes(8 * MIB)}), "a.npz")

    assert (finding.status, finding.code) == ("rejected", "archive_bomb")
    assert "one by one" in finding.message


def test_many_parts_are_a_bomb() -> None:
    content = archive_of({f"{number}.npy": b"" for number in range(5_001)})

    assert finding_of(content, "a.npz").code == "archive_bomb"


def test_parts_that_share_their_bytes_are_a_bomb_or_refused() -> None:
    """Let many entries of the directory point to one part, which is how the worst bombs work."""
    part = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 0, 0, 33, 0, 60_000, 60_000, 1, 0)
    part += b"a" + bytes(60_000)
    entry = struct.Struct("<4s6H3I5H2I")
    directory = b"".join(
        entry.pack(
            *(b"PK\x01\x02", 20, 20, 0, 0, 0, 33, 0, 60_000, 60_000, 4, 0, 0, 0, 0, 0, 0),
        )
        + f"{number:04}".encode()
        for number in range(100)
    )
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 100, 100, len(directory), len(part), 0)

    finding = finding_of(part + directory + end, "a.npz")

    assert finding.status is Status.REJECTED


def test_a_false_size_in_the_directory_does_not_unpack_more() -> None:
    content = archive_of({"a.npy": bytes(8 * MIB)}, file_size=64)

    assert finding_of(content, "a.npz").status is Status.REJECTED


@pytest.mark.parametrize("name", ["../out.npy", "/etc/out.npy", "a/../../out.npy", "a\\..\\b.npy"])
def test_a_name_that_leads_out_is_refused(name: str) -> None:
    finding = finding_of(archive_of({name: b"x"}), "a.npz")

    assert (finding.status, finding.code) == ("rejected", "invalid_file")


@pytest.mark.parametrize(
    "changes", [{"flag_bits": 1}, {"compress_type": 99}, {"compress_type": zipfile.ZIP_LZMA}]
)
def test_headers_that_disagree_or_are_not_known_are_refused(changes: dict[str, int]) -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.arange(4))
    content = archive_of({"a.npy": buffer.getvalue()}, compression=zipfile.ZIP_STORED, **changes)

    assert finding_of(content, "a.npz").status is Status.REJECTED


@pytest.mark.parametrize("place", [1, 10_000, 2**31])
def test_a_part_that_lies_elsewhere_is_refused(place: int) -> None:
    content = archive_of({"data.pkl": b"N."}, header_offset=place)

    assert finding_of(content, "model.pt").code == "invalid_file"


def test_a_name_that_stands_twice_is_refused() -> None:
    content = archive_of({"a.npy": b"x", "b.npy": b"y"}).replace(b"b.npy", b"a.npy")

    assert finding_of(content, "a.npz").code == "invalid_file"


def test_an_archive_of_arrays_is_accepted() -> None:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, x=np.arange(6, dtype=np.float32).reshape(2, 3), y=np.arange(2))

    finding = finding_of(buffer.getvalue(), "samples.npz")

    assert finding.status is Status.ACCEPTED
    assert finding.facts["arrays"] == [
        {"name": "x.npy", "dtype": "float32", "shape": [2, 3]},
        {"name": "y.npy", "dtype": "int64", "shape": [2]},
    ]


def test_an_array_is_accepted_whole_only() -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.arange(30, dtype=np.int16).reshape(5, 6))
    content = buffer.getvalue()

    assert finding_of(content, "a.npy").facts["arrays"] == [{"dtype": "int16", "shape": [5, 6]}]
    assert finding_of(content[:-1], "a.npy").code == "truncated_file"
    assert finding_of(content + b"x", "a.npy").code == "invalid_file"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("models.zip", "unknown_format"),
        ("models", "unknown_format"),
        ("model.onnx", "mislabelled_file"),
        ("model.safetensors", "mislabelled_file"),
        ("model.pt2", "mislabelled_file"),
    ],
)
def test_an_archive_of_files_is_refused(name: str, code: str) -> None:
    finding = finding_of(archive_of({"model.safetensors": safetensors_bytes()}), name)

    assert (finding.status, finding.code) == ("rejected", code)


def test_an_empty_archive_is_refused() -> None:
    assert finding_of(archive_of({}), "a.npz").status is Status.REJECTED
