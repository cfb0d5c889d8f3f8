"""What PyTorch writes: archives of pickles, TorchScript and torch.export, told apart."""

from typing import Any

from repository.readers.archives import Archive
from repository.readers.finding import Blocked, Code, NotAccepted, Rejected
from repository.readers.formats import ACCEPTED, Format
from repository.readers.numpy_file import MAGIC as NPY_MAGIC
from repository.readers.numpy_file import read_members
from repository.readers.pickles import READ_BYTES, blocked_pickle, holds_pickle
from repository.readers.torch_export import read_torch_export

HEAD_BYTES = 64 * 2**10
MOST_PICKLES = 16
OLD_EXPORT = ("serialized_exported_program.json", "serialized_state_dict.pt")
TORCHSCRIPT_CURE = (
    "is TorchScript, which runs code when it is opened, so it is kept but never used. "
    "Export the model with torch.export (.pt2) or to ONNX and upload that."
)


def identify(archive: Archive) -> Format:
    """Return what an archive is by the names of its members."""
    inner = {name.partition("/")[2] or name for name in archive.names()}
    if "constants.pkl" in inner and any(name.startswith("code/") for name in inner):
        return Format.TORCHSCRIPT
    if "archive_format" in inner:
        return Format.TORCH_EXPORT
    if inner and all(name.endswith(".npy") for name in inner):
        return Format.NUMPY
    return Format.PICKLE if _pickles(archive) else Format.ZIP


def read_archive(archive: Archive, found: Format) -> dict[str, Any]:
    """Return the facts of an archive that is accepted; most are not."""
    if found is Format.TORCH_EXPORT:
        archive.check_layout()
        return read_torch_export(archive)
    if found is Format.NUMPY:
        archive.check_layout()
        return read_members(archive)
    raise _refusal(archive, found)


def _refusal(archive: Archive, found: Format) -> NotAccepted:
    pickles = _pickles(archive)
    listed = blocked_pickle(*(archive.read(name, READ_BYTES) for name in pickles[:MOST_PICKLES]))
    if found is Format.TORCHSCRIPT:
        return Blocked(Code.TORCHSCRIPT, TORCHSCRIPT_CURE, listed.facts)
    if found is Format.PICKLE:
        return listed
    return Rejected(
        Code.UNKNOWN,
        f"is a ZIP archive. Upload the files it holds one by one; accepted are {ACCEPTED}.",
    )


def _pickles(archive: Archive) -> list[str]:
    """Return the members that are pickles, by name or by content."""
    return [
        name
        for name in archive.names()
        if name.endswith((".pkl", ".pickle"))
        or name.endswith(OLD_EXPORT)
        or holds_pickle(archive.read(name, HEAD_BYTES), raw_numbers=True)
        or _holds_object_array(archive.read(name, HEAD_BYTES))
    ]


def _holds_object_array(head: bytes) -> bool:
    return head.startswith(NPY_MAGIC) and b"|O" in head[:1024]
