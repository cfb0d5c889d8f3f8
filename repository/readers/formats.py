"""The formats that a reader tells apart, and the file names that go with each."""

from enum import StrEnum
from pathlib import PurePosixPath


class Format(StrEnum):
    SAFETENSORS = "safetensors"
    ONNX = "onnx"
    TORCH_EXPORT = "torch_export"
    OPENVINO = "openvino"
    WEIGHTS = "weights"
    """Raw numbers, to which only a graph beside them gives a meaning."""
    TFLITE = "tflite"
    GGUF = "gguf"
    NUMPY = "numpy"
    IMAGE = "image"
    JSON = "json"
    MARKDOWN = "markdown"
    TEXT = "text"
    PICKLE = "pickle"
    TORCHSCRIPT = "torchscript"
    ZIP = "zip"
    UNKNOWN = "unknown"


EXTENSIONS: dict[Format, frozenset[str]] = {
    Format.SAFETENSORS: frozenset({".safetensors"}),
    Format.ONNX: frozenset({".onnx"}),
    Format.TORCH_EXPORT: frozenset({".pt2"}),
    Format.OPENVINO: frozenset({".xml"}),
    Format.WEIGHTS: frozenset({".bin", ".data", ".onnx_data"}),
    Format.TFLITE: frozenset({".tflite"}),
    Format.GGUF: frozenset({".gguf"}),
    Format.NUMPY: frozenset({".npy", ".npz"}),
    Format.IMAGE: frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif"}),
    Format.JSON: frozenset({".json"}),
    Format.MARKDOWN: frozenset({".md", ".markdown"}),
}
"""Formats that go by certain names only. Text goes by any name that is nobody else's."""

FOREIGN = frozenset({".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib", ".zip", ".h5", ".pb"})
"""Names that promise something we do not take, so that text under them is not what it says."""

PAGES = frozenset({".svg", ".html", ".htm", ".xhtml", ".xht", ".mhtml"})
"""Text that a browser would run as a page."""

TITLES = {
    Format.SAFETENSORS: "safetensors",
    Format.ONNX: "ONNX",
    Format.TORCH_EXPORT: "a torch.export archive",
    Format.OPENVINO: "an OpenVINO graph",
    Format.WEIGHTS: "raw weights",
    Format.TFLITE: "TensorFlow Lite",
    Format.GGUF: "GGUF",
    Format.NUMPY: "a NumPy array",
    Format.IMAGE: "a picture",
    Format.JSON: "JSON",
    Format.MARKDOWN: "Markdown",
    Format.TEXT: "plain text",
    Format.PICKLE: "a pickle",
    Format.TORCHSCRIPT: "TorchScript",
    Format.ZIP: "a ZIP archive",
    Format.UNKNOWN: "something unknown",
}

ACCEPTED = (
    "safetensors, ONNX, torch.export (.pt2), OpenVINO (.xml and .bin), TensorFlow Lite, GGUF, "
    "NumPy arrays, pictures (PNG, JPEG, WebP, GIF), JSON and text"
)


def extension(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def promised(name: str) -> Format | None:
    """Return the format that a file's name promises, None where it promises none."""
    ending = extension(name)
    return next((format_ for format_, endings in EXTENSIONS.items() if ending in endings), None)


def agrees(name: str, found: Format) -> bool:
    """Tell whether a name is one of those that a format goes by."""
    ending = extension(name)
    if found in EXTENSIONS:
        return ending in EXTENSIONS[found]
    return promised(name) is None and ending not in FOREIGN
