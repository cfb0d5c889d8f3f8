"""Words of the repository: enums and task names. Imports nothing of ours."""

from enum import StrEnum

from django.db import models


class Task(StrEnum):
    INDEX_MODEL = "repository.index_model"


class Visibility(models.TextChoices):
    """Who finds a model: anyone, people who signed in, or its owners and collaborators."""

    PUBLIC = "public"
    INTERNAL = "internal"
    PRIVATE = "private"


class Need(StrEnum):
    """What a caller wants of a model."""

    READ = "read"
    WRITE = "write"
    OWN = "own"


class ContextKind(models.TextChoices):
    SITUATION = "situation"
    OBJECT = "object"
    PLACE = "place"
    TASK = "task"
    MODALITY = "modality"
    CONSTRAINT = "constraint"
    DESIGN = "design"
    COMPRESSION = "compression"
    HARDWARE = "hardware"


class RelationOrigin(models.TextChoices):
    CURATED = "curated"
    COOCCURRENCE = "co-occurrence"
    EMBEDDING = "embedding"


class RefKind(models.TextChoices):
    """A branch moves on with each commit, a tag never moves, an alias is moved by people."""

    BRANCH = "branch"
    TAG = "tag"
    ALIAS = "alias"


class FileStatus(models.TextChoices):
    """What a sandboxed reader said: fine, kept but never opened or given out, or refused."""

    ACCEPTED = "accepted"
    BLOCKED = "blocked"
    REJECTED = "rejected"


class UploadState(models.TextChoices):
    OPEN = "open"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    BLOCKED = "blocked"
    REJECTED = "rejected"
    EXPIRED = "expired"


class ArtifactFormat(models.TextChoices):
    PYTORCH = "pytorch", "PyTorch"
    TORCH_EXPORT = "torch_export", "PyTorch export"
    ONNX = "onnx", "ONNX"
    OPENVINO = "openvino", "OpenVINO"
    TFLITE = "tflite", "LiteRT"
    GGUF = "gguf", "GGUF"


class Precision(models.TextChoices):
    FP32 = "fp32"
    FP16 = "fp16"
    INT8 = "int8"
    UNKNOWN = "unknown"


class ArtifactOrigin(models.TextChoices):
    UPLOADED = "uploaded"
    CONVERTED = "converted"


class FigureOrigin(models.TextChoices):
    MEASURED = "measured"
    PUBLISHED = "published"
    PREDICTED = "predicted"


class Metric(models.TextChoices):
    TOP1 = "top1", "top-1"
    MAP = "map50_95", "mAP50-95"
    COSINE = "cosine", "cosine"


ENGINES_OF: dict[str, tuple[str, ...]] = {
    ArtifactFormat.PYTORCH: ("pytorch",),
    ArtifactFormat.ONNX: ("onnxruntime", "openvino"),
    ArtifactFormat.OPENVINO: ("openvino",),
}
"""Which engines run a format on a device; the first one is what the format is made for."""
