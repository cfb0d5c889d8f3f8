"""Words of the repository: enums and task names. Imports nothing of ours."""

from enum import StrEnum

from django.db import models


class Task(StrEnum):
    INDEX_MODEL = "repository.index_model"
    INDEX_CONTEXT = "repository.index_context"
    VERIFY_BLOB = "repository.verify_blob"
    REPAIR_INDEX = "repository.repair_index"
    ASSOCIATE = "repository.associate_contexts"
    IMPORT_SAMPLE = "repository.import_sample"


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


class Relation(models.TextChoices):
    """How a revision came to be."""

    UPLOADED = "uploaded"
    CONVERTED = "converted"
    TRAINED = "trained"
    IMPORTED = "imported"
    FEDERATED = "federated_update"


STABLE = "stable"
ALIASES = frozenset({STABLE, "candidate"})
"""Names that are always aliases: what devices take, and what is on trial."""


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
    QNN_DLC = "qnn_dlc", "QNN"
    QNN_CONTEXT = "qnn_context", "QNN context"
    QNN_ONNX = "qnn_onnx", "ONNX with QNN context"


class Precision(models.TextChoices):
    """Bits of weights (w) and activations (a). `float` is published without saying how many."""

    FP32 = "fp32"
    FP16 = "fp16"
    INT8 = "int8"
    FLOAT = "float"
    W8A8 = "w8a8"
    W8A16 = "w8a16"
    W16A16 = "w16a16"
    W8A8_MIXED_INT16 = "w8a8_mixed_int16"
    W8A16_MIXED_INT16 = "w8a16_mixed_int16"
    W8A16_MIXED_FP16 = "w8a16_mixed_fp16"
    UNKNOWN = "unknown"


class ArtifactOrigin(models.TextChoices):
    """Published artifacts are known by their maker's figures; their files are not here."""

    UPLOADED = "uploaded"
    CONVERTED = "converted"
    PUBLISHED = "published"


class FigureOrigin(models.TextChoices):
    """Imported figures were measured by another Ondol and came with an archive."""

    MEASURED = "measured"
    IMPORTED = "imported"
    PUBLISHED = "published"
    PREDICTED = "predicted"


class Metric(models.TextChoices):
    TOP1 = "top1", "top-1"
    MAP = "map50_95", "mAP50-95"
    COSINE = "cosine", "cosine"


NO_FILES = "Only its maker's figures are here, not its files. Upload the model's files to use it."
"""What a published artifact answers to whoever wants to run it."""

ENGINES_OF: dict[str, tuple[str, ...]] = {
    ArtifactFormat.PYTORCH: ("pytorch",),
    ArtifactFormat.ONNX: ("onnxruntime", "openvino"),
    ArtifactFormat.OPENVINO: ("openvino",),
    ArtifactFormat.TFLITE: ("litert",),
    ArtifactFormat.QNN_DLC: ("qnn",),
    ArtifactFormat.QNN_CONTEXT: ("qnn",),
    ArtifactFormat.QNN_ONNX: ("onnxruntime",),
}
"""Which engines run a format on a device; the first one is what the format is made for."""
