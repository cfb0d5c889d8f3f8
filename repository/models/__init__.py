from repository.models.ai_model import AiModel, Collaborator, FormerName
from repository.models.artifact import Artifact, ArtifactFigure, ArtifactFile
from repository.models.blob import Blob, Inspection
from repository.models.context import (
    Context,
    ContextRelation,
    EmptySearch,
    MergedContext,
    VocabularyState,
)
from repository.models.evaluation_set import EvaluationSet
from repository.models.lineage import Lineage
from repository.models.revision import (
    ModelFile,
    Readme,
    ReadmeWord,
    Ref,
    RefMove,
    Revision,
    UsageSpec,
)
from repository.models.service_type import RemovedServiceType, ServiceType
from repository.models.signature import ReleaseSignature
from repository.models.storage import StorageLimit
from repository.models.upload import UploadSession

__all__ = [
    "AiModel",
    "Artifact",
    "ArtifactFigure",
    "ArtifactFile",
    "Blob",
    "Collaborator",
    "Context",
    "ContextRelation",
    "EmptySearch",
    "EvaluationSet",
    "FormerName",
    "Inspection",
    "Lineage",
    "MergedContext",
    "ModelFile",
    "Readme",
    "ReadmeWord",
    "Ref",
    "RefMove",
    "ReleaseSignature",
    "RemovedServiceType",
    "Revision",
    "ServiceType",
    "StorageLimit",
    "UploadSession",
    "UsageSpec",
    "VocabularyState",
]
