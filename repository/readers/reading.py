"""What a file is, by its content. Runs in the sandboxed child, over bytes nobody vouches for."""

import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from repository.readers.archives import Archive, looks_like_zip
from repository.readers.finding import Code, Finding, NotAccepted, Rejected, Status, sentence
from repository.readers.formats import (
    ACCEPTED,
    EXTENSIONS,
    TITLES,
    Format,
    agrees,
    extension,
    promised,
)
from repository.readers.gguf import MAGIC as GGUF_MAGIC
from repository.readers.gguf import read_gguf
from repository.readers.images import ENDINGS, image_kind, read_image
from repository.readers.numpy_file import MAGIC as NPY_MAGIC
from repository.readers.numpy_file import read_array
from repository.readers.onnx_file import looks_like_onnx, read_onnx
from repository.readers.openvino_ir import looks_like_openvino, read_openvino
from repository.readers.pickles import READ_BYTES, blocked_pickle, holds_pickle
from repository.readers.safetensors_file import looks_like_safetensors, read_safetensors
from repository.readers.source import Source
from repository.readers.text import is_text, read_text, text_format
from repository.readers.tflite import looks_like_tflite, read_tflite
from repository.readers.torch_archive import identify, read_archive

HEAD_BYTES = 64 * 2**10
SHORTEST = 64
"""Below this a file of a known name that is not recognized was most likely cut short."""
MALFORMED = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    EOFError,
    NotImplementedError,
    RecursionError,
    MemoryError,
    struct.error,
    zlib.error,
    zipfile.BadZipFile,
)
"""What parsing of hostile bytes may raise where no reader foresaw it."""
UNPACKED = frozenset({Format.ZIP, Format.TORCH_EXPORT, Format.NUMPY})
"""Archives whose name matters; one that holds pickles is blocked under any name."""
READERS: dict[Format, Callable[[Source], dict[str, Any]]] = {
    Format.SAFETENSORS: read_safetensors,
    Format.ONNX: read_onnx,
    Format.OPENVINO: read_openvino,
    Format.TFLITE: read_tflite,
    Format.GGUF: read_gguf,
    Format.NUMPY: read_array,
    Format.IMAGE: read_image,
    Format.WEIGHTS: lambda _: {},
}


def read_file(path: Path, name: str) -> Finding:
    """Say what a file is and whether it is accepted as what its name says. Never raises for it."""
    found = Format.UNKNOWN
    try:
        with warnings.catch_warnings(), Source(path) as source:
            # Python's own parsers warn of what they meet in hostile bytes.
            warnings.simplefilter("ignore")
            if source.size == 0:
                raise Rejected(Code.EMPTY, "is empty. Choose the file again and upload it.")
            if looks_like_zip(source.head(4)):
                with Archive(path, source) as archive:
                    found = identify(archive)
                    if found in UNPACKED and promised(name) not in {None, found}:
                        raise _mislabelled(name, found)
                    facts = read_archive(archive, found)
            else:
                found = recognize(source, name)
                facts = _read(source, name, found)
            _check_name(name, found, facts)
    except NotAccepted as refusal:
        return _refused(refusal, name, found)
    except MALFORMED:
        return _refused(UNREADABLE, name, found)
    return Finding(Status.ACCEPTED, "", "", found, facts)


UNREADABLE = Rejected(Code.UNREADABLE, "cannot be read safely. Export it again and upload it anew.")


def recognize(source: Source, name: str) -> Format:
    """Return the format of a file that is not an archive, by its bytes.

    The name only decides between kinds that bytes cannot tell apart: texts, and raw numbers.
    """
    head = source.head(HEAD_BYTES)
    by_magic = _by_magic(head)
    if by_magic is not Format.UNKNOWN:
        return by_magic
    if holds_pickle(source.head(READ_BYTES)):
        return Format.PICKLE
    if is_text(source):
        return text_format(name)
    if looks_like_onnx(source, named_so=promised(name) is Format.ONNX):
        return Format.ONNX
    return Format.WEIGHTS if promised(name) is Format.WEIGHTS else Format.UNKNOWN


def _by_magic(head: bytes) -> Format:
    tests: tuple[tuple[bool, Format], ...] = (
        (head.startswith(GGUF_MAGIC), Format.GGUF),
        (looks_like_tflite(head), Format.TFLITE),
        (looks_like_safetensors(head), Format.SAFETENSORS),
        (head.startswith(NPY_MAGIC), Format.NUMPY),
        (bool(image_kind(head)), Format.IMAGE),
        (looks_like_openvino(head), Format.OPENVINO),
    )
    return next((format_ for is_so, format_ in tests if is_so), Format.UNKNOWN)


def _read(source: Source, name: str, found: Format) -> dict[str, Any]:
    if found is Format.PICKLE:
        raise blocked_pickle(source.head(READ_BYTES))
    if found is Format.UNKNOWN:
        raise _unknown(source, name)
    if found in READERS:
        if not agrees(name, found):
            raise _mislabelled(name, found)
        return READERS[found](source)
    return read_text(source, name)


def _check_name(name: str, found: Format, facts: dict[str, Any]) -> None:
    right = agrees(name, found)
    if found is Format.IMAGE:
        right = extension(name) in ENDINGS[facts["kind"]]
    if not right:
        raise _mislabelled(name, found)


def _mislabelled(name: str, found: Format) -> Rejected:
    expected = promised(name)
    claim = f", not {TITLES[expected]}" if expected and expected is not found else ""
    endings = " or ".join(sorted(EXTENSIONS.get(found, {".txt"} if found is Format.TEXT else ())))
    cure = f"Give it a name that ends in {endings}, or choose" if endings else "Choose"
    return Rejected(Code.MISLABELLED, f"holds {TITLES[found]}{claim}. {cure} the right file.")


def _unknown(source: Source, name: str) -> Rejected:
    expected = promised(name)
    if expected is None:
        return Rejected(Code.UNKNOWN, f"is of no format we know. Accepted are {ACCEPTED}.")
    if source.size < SHORTEST:
        return Rejected(
            Code.TRUNCATED,
            f"is too short to be {TITLES[expected]}. Upload the whole file again.",
        )
    return Rejected(
        Code.MISLABELLED,
        f"does not hold {TITLES[expected]}, as its name says. Choose the right file.",
    )


def _refused(refusal: NotAccepted, name: str, found: Format) -> Finding:
    return Finding(refusal.status, refusal.code, sentence(name, refusal.text), found, refusal.facts)
