"""Background work of the repository."""

from contextlib import suppress

from portal.core.background import background
from repository.search.types import Overtaken
from repository.services import association, catalog_import, indexing, verification
from repository.types import Task


@background(Task.INDEX_MODEL)
def index_model(*, model_id: int) -> None:
    indexing.index_model(model_id)


@background(Task.INDEX_CONTEXT)
def index_context(*, context_id: int) -> None:
    indexing.index_context(context_id)


@background(Task.ASSOCIATE)
def associate_contexts() -> None:
    association.associate_contexts()


@background(Task.REPAIR_INDEX)
def repair_index() -> None:
    # Who began a rebuild meanwhile fills the index; trying again would take it from them.
    with suppress(Overtaken):
        indexing.repair_index()


@background(Task.IMPORT_SAMPLE)
def import_sample(*, user_id: int) -> None:
    catalog_import.import_sample(user_id)


@background(Task.VERIFY_BLOB)
def verify_blob(*, sha256: str) -> None:
    verification.verify_blob(sha256)
