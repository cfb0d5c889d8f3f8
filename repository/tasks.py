"""Background work of the repository."""

from portal.core.background import background
from repository.services import indexing
from repository.types import Task


@background(Task.INDEX_MODEL)
def index_model(*, model_id: int) -> None:
    indexing.index_model(model_id)
