"""Branches and tags, made and removed."""

from starlette.responses import JSONResponse, Response

from repository.hub.asking import Ask, text_of
from repository.hub.errors import NotSupported
from repository.hub.revisions import find_snapshot
from repository.models import AiModel, Ref, Revision
from repository.selectors.revisions import NoSuchRevision, get_ref
from repository.services.refs import create_ref, delete_ref
from repository.types import Need, RefKind


def create_branch(ask: Ask) -> Response:
    ai_model = ask.ai_model(Need.WRITE)
    start = _revision(ai_model, text_of(ask.body, "startingPoint", "main"))
    create_ref(ask.writer(), start, RefKind.BRANCH, ask.place["name_of_ref"])
    return JSONResponse({})


def delete_branch(ask: Ask) -> Response:
    return _delete(ask, RefKind.BRANCH)


def create_tag(ask: Ask) -> Response:
    ai_model = ask.ai_model(Need.WRITE)
    start = _revision(ai_model, ask.place["rev"])
    create_ref(ask.writer(), start, RefKind.TAG, text_of(ask.body, "tag"))
    return JSONResponse({})


def delete_tag(ask: Ask) -> Response:
    return _delete(ask, RefKind.TAG)


def super_squash(ask: Ask) -> Response:
    ask.ai_model(Need.WRITE)
    raise NotSupported("Versions stay as they are here, so a history is never squashed.")


def _delete(ask: Ask, kind: RefKind) -> Response:
    ai_model = ask.ai_model(Need.WRITE)
    ref: Ref = get_ref(ai_model, ask.place["name_of_ref"])
    if ref.kind != kind:
        raise NoSuchRevision(f"{ai_model} has no {kind} '{ref.name}'.")
    delete_ref(ask.writer(), ref)
    return JSONResponse({})


def _revision(ai_model: AiModel, rev: str) -> Revision:
    revision = find_snapshot(ai_model, rev).revision
    if revision is None:
        raise NoSuchRevision(f"{ai_model} has no files yet. Commit some first.")
    return revision
