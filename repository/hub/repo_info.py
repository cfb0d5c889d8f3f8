"""What a model is: one by one, and as a list."""

from typing import Any

from starlette.responses import JSONResponse, Response

from portal.core.limits import take_search
from repository.hub.asking import Ask
from repository.hub.files import sibling, timestamp
from repository.hub.revisions import NOTHING, Snapshot
from repository.hub.tree import paged
from repository.models import AiModel
from repository.selectors.catalog import (
    Filters,
    Order,
    catalog_rows,
    filter_rows,
    head_of,
    page_of,
)
from repository.selectors.files import list_names
from repository.selectors.readmes import front_matters
from repository.selectors.search import Question, search_models
from repository.selectors.tags import narrow, of_owner, tags_of, with_task
from repository.services.git_oids import git_oids
from repository.types import Need, Visibility

PAGE = 100
MOST, FOUND = 1_000, 200
ORDERS: dict[str, Order] = {"createdAt": "created_at", "downloads": "downloads"}
"""By what a list can be ordered; anything else that clients know means the last change."""


def read_model(ask: Ask) -> Response:
    """Describe a model at a revision, with its files."""
    snapshot = ask.snapshot
    row = catalog_rows(ask.user).get(pk=snapshot.ai_model.pk)
    card = (
        front_matters([snapshot.revision.pk]).get(snapshot.revision.pk, {})
        if snapshot.revision
        else {}
    )
    shown = {**describe(row, card), "sha": snapshot.sha, "cardData": card}
    shown["siblings"] = _siblings(snapshot, blobs="blobs" in ask.query)
    if "securityStatus" in ask.query:
        shown["securityRepoStatus"] = {"scansDone": True, "filesWithIssues": []}
    return JSONResponse(_only(shown, ask.query.getlist("expand")))


def list_models(ask: Ask) -> Response:
    """List the models the caller sees, newest first or as asked; a search lists the best first."""
    query = ask.query
    rows = catalog_rows(ask.user)
    if author := query.get("author"):
        rows = of_owner(rows, author)
    if task := query.get("pipeline_tag"):
        rows = with_task(rows, task)
    tags = [tag for given in query.getlist("filter") for tag in given.split(",") if tag]
    rows = narrow(rows, tags)
    size = _page_size(query.get("limit", ""))
    following: str | None
    if words := query.get("search", "").strip():
        take_search(ask.user.pk if ask.user else None, ask.address)
        answer = search_models(ask.user, Question(words, limit=FOUND))
        found = [hit.ai_model.pk for hit in answer.found]
        by_name = list(filter_rows(rows, Filters(q=words)).values_list("pk", flat=True)[:MOST])
        ranks = {pk: rank for rank, pk in enumerate(dict.fromkeys([*found, *by_name]))}
        page = sorted(rows.filter(pk__in=ranks), key=lambda row: ranks[row.pk])[:size]
        following = None
    else:
        by = ORDERS.get(query.get("sort", ""), "updated_at")
        page, following = page_of(rows, query.get("cursor", ""), size, by=by)
    heads = [head.pk for head in map(head_of, page) if head]
    cards = front_matters(heads)
    names = list_names(heads) if _wants(ask, "siblings") else {}
    return paged(ask, [_row(ask, row, cards, names) for row in page], following)


def _row(
    ask: Ask, row: AiModel, cards: dict[int, dict[str, Any]], names: dict[int, list[str]]
) -> dict[str, Any]:
    head = head_of(row)
    card = cards.get(head.pk, {}) if head else {}
    shown = describe(row, card)
    if _wants(ask, "sha"):
        shown["sha"] = head.oid if head else NOTHING
    if _wants(ask, "siblings"):
        shown["siblings"] = [{"rfilename": path} for path in names.get(head.pk if head else 0, [])]
    if "cardData" in ask.query or _wants(ask, "cardData"):
        shown["cardData"] = card
    return _only(shown, ask.query.getlist("expand"))


def _wants(ask: Ask, field: str) -> bool:
    """Say whether a list shall hold what it holds only when asked."""
    return "full" in ask.query or field in ask.query.getlist("expand")


def describe(row: AiModel, card: dict[str, Any]) -> dict[str, Any]:
    """Return what every answer about a model holds."""
    name = str(row)
    return {
        "_id": f"{row.pk:024x}",
        "id": name,
        "modelId": name,
        "author": row.namespace.slug,
        "private": row.visibility != Visibility.PUBLIC,
        "gated": False,
        "disabled": False,
        "downloads": row.downloads,
        "likes": 0,
        "createdAt": timestamp(row.created_at),
        "lastModified": timestamp(row.updated_at),
        "tags": tags_of(row, card),
        "pipeline_tag": row.task or None,
        "library_name": card.get("library_name"),
    }


def check_access(ask: Ask) -> Response:
    ask.ai_model(Need.READ)
    return JSONResponse({})


def check_write_access(ask: Ask) -> Response:
    ask.ai_model(Need.WRITE)
    return JSONResponse({})


def _siblings(snapshot: Snapshot, *, blobs: bool) -> list[dict[str, Any]]:
    files = snapshot.files()
    oids = git_oids(file.blob for file in files) if blobs else {}
    return [sibling(file, oids.get(file.blob_id)) for file in files]


def _only(shown: dict[str, Any], wanted: list[str]) -> dict[str, Any]:
    """Keep the fields that were asked for, where any were."""
    kept = {"_id", "id", "modelId", *wanted}
    return {name: shown[name] for name in shown if name in kept} if wanted else shown


def _page_size(text: str) -> int:
    return min(int(text), MOST) if text.isascii() and text.isdigit() and int(text) else PAGE
