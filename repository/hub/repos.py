"""Making, changing and deleting models as clients do."""

from typing import Any

from starlette.responses import JSONResponse, Response

from repository.hub.asking import Ask, text_of
from repository.hub.errors import NotSupported
from repository.selectors.access import find_model, get_model_once_called
from repository.services.ai_models import ModelChanges, change_model, delete_model, register_model
from repository.services.moves import move_model
from repository.types import Need, Visibility


def create(ask: Ask) -> Response:
    """Make a model. A client that finds it there already reads the address all the same."""
    user = ask.writer()
    _only_models(ask)
    owner, name = _named(ask)
    address = ask.address_of(f"{owner}/{name}")
    known = find_model(user, owner, name)
    if known is not None and str(known) == f"{owner}/{name}":
        message = f"'{owner}/{name}' exists already."
        body = {"error": message, "url": address}
        return JSONResponse(body, status_code=409, headers={"X-Error-Message": message})
    changes = ModelChanges()
    visibility = _visibility(ask)
    if visibility is not None:
        changes["visibility"] = visibility
    made = register_model(user, owner=owner, name=name, changes=changes)
    return JSONResponse({"url": address, "name": str(made), "id": f"{made.pk:024x}"})


def delete(ask: Ask) -> Response:
    user = ask.writer()
    _only_models(ask)
    delete_model(user, get_model_once_called(user, *_named(ask), Need.OWN))
    return JSONResponse({})


def move(ask: Ask) -> Response:
    """Give a model another name; the old one goes on leading to it."""
    user = ask.writer()
    _only_models(ask)
    was, becomes = (text_of(ask.body, field).lower() for field in ("fromRepo", "toRepo"))
    owner, _, name = was.partition("/")
    ai_model = get_model_once_called(user, owner, name, Need.OWN)
    owner, _, name = becomes.partition("/")
    move_model(user, ai_model, owner=owner, name=name)
    return JSONResponse({})


def change_settings(ask: Ask) -> Response:
    ai_model = ask.ai_model(Need.OWN)
    if ask.body.get("gated"):
        raise NotSupported("Ondol has no gated models. Make it private and add collaborators.")
    visibility = _visibility(ask)
    if visibility is not None:
        change_model(ask.writer(), ai_model, ModelChanges(visibility=visibility))
    return JSONResponse({})


def _named(ask: Ask) -> tuple[str, str]:
    """Return owner and name: the owner may be named apart, before the name, or not at all."""
    name = text_of(ask.body, "name")
    before, slash, after = name.partition("/")
    owner = text_of(ask.body, "organization") or (before if slash else ask.writer().username)
    return owner.lower(), (after if slash else name).lower()


def _visibility(ask: Ask) -> Visibility | None:
    """Return who shall see a model, nothing where the client does not say.

    What is neither public nor private here, internal, is what a model becomes without a word.
    """
    said: Any = ask.body.get("visibility")
    if said is None and "private" in ask.body:
        said = {True: "private", False: "public"}.get(ask.body["private"])
    if said is None:
        return None
    if said not in Visibility.values:
        raise NotSupported(f"A model is public, internal or private, not {said!r}.")
    return Visibility(said)


def _only_models(ask: Ask) -> None:
    kind = text_of(ask.body, "type", "model")
    if kind != "model":
        raise NotSupported(f"Ondol hosts models only, no repositories of the type {kind}.")
