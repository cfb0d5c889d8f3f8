"""The Hugging Face edge: `HF_ENDPOINT=https://host/hf` makes those clients work unchanged.

Paths are matched as they were sent, before `%2F` is decoded: a revision may hold a slash.
"""

import re
from urllib.parse import quote

from django.db import DatabaseError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route, Router
from starlette.types import Message, Receive, Scope, Send

from portal.core.errors import Refusal
from portal.core.faults import told
from portal.core.http.edge import Unauthorized
from repository.hub import cas, commits, lfs, people, refs, repo_info, repos, resolve, tree, uploads
from repository.hub.asking import answers
from repository.hub.errors import answer_refusal, answer_unauthorized, error_answer

PREFIX = "/hf"
OTHER_KINDS = re.compile(r"/(?:api/)?(?:datasets|spaces|buckets)/")
MODEL = "/api/models/{owner}/{name}"


async def portal_page(request: Request) -> Response:
    """Lead a browser that follows a client's link to the model's page."""
    owner, name = request.path_params["owner"], request.path_params["name"]
    return RedirectResponse(f"/models/{owner.lower()}/{name.lower()}", status_code=302)


async def nothing_here(request: Request) -> Response:
    """Say that a call is none of ours. Whoever only looks for a data set or space finds none."""
    path = request.scope["path"]
    if request.method in {"GET", "HEAD"} and OTHER_KINDS.match(path):
        message = "There is no such repository: Ondol hosts models only."
        return error_answer(404, message, "RepoNotFound", "no_such_model")
    message = f"Ondol does not know {request.method} {path}: it hosts models only."
    return error_answer(501 if path.startswith("/api/") else 404, message, "", "not_supported")


async def no_such_model(_: Request) -> Response:
    message = "A model is named owner/name. There is none with this name alone."
    return error_answer(404, message, "RepoNotFound", "no_such_model")


ROUTES = [
    Route("/api/whoami-v2", answers(people.whoami), methods=["GET"]),
    Route("/api/repos/create", answers(repos.create), methods=["POST"]),
    Route("/api/repos/delete", answers(repos.delete), methods=["DELETE"]),
    Route("/api/repos/move", answers(repos.move), methods=["POST"]),
    Route("/api/validate-yaml", answers(uploads.validate_card), methods=["POST"]),
    Route("/api/models", answers(repo_info.list_models), methods=["GET"]),
    Route("/api/models/{name}", no_such_model, methods=["GET"]),
    Route(MODEL, answers(repo_info.read_model), methods=["GET"]),
    Route(f"{MODEL}/revision/{{rev}}", answers(repo_info.read_model), methods=["GET"]),
    Route(f"{MODEL}/auth-check", answers(repo_info.check_access), methods=["GET"]),
    Route(f"{MODEL}/auth-check/write", answers(repo_info.check_write_access), methods=["GET"]),
    Route(f"{MODEL}/tree/{{rev}}", answers(tree.list_tree), methods=["GET"]),
    Route(f"{MODEL}/tree/{{rev}}/{{path:path}}", answers(tree.list_tree), methods=["GET"]),
    Route(f"{MODEL}/paths-info/{{rev}}", answers(tree.list_paths), methods=["POST"]),
    Route(f"{MODEL}/refs", answers(tree.list_names), methods=["GET"]),
    Route(f"{MODEL}/commits/{{rev}}", answers(tree.list_commits), methods=["GET"]),
    Route(f"{MODEL}/settings", answers(repos.change_settings), methods=["PUT"]),
    Route(f"{MODEL}/preupload/{{rev}}", answers(uploads.preupload), methods=["POST"]),
    Route(f"{MODEL}/branch/{{name_of_ref}}", answers(refs.create_branch), methods=["POST"]),
    Route(f"{MODEL}/branch/{{name_of_ref}}", answers(refs.delete_branch), methods=["DELETE"]),
    Route(f"{MODEL}/tag/{{rev}}", answers(refs.create_tag), methods=["POST"]),
    Route(f"{MODEL}/tag/{{name_of_ref}}", answers(refs.delete_tag), methods=["DELETE"]),
    Route(f"{MODEL}/super-squash/{{rev}}", answers(refs.super_squash), methods=["POST"]),
    Route(f"{MODEL}/commit/{{rev}}", commits.commit, methods=["POST"]),
    Route(f"{MODEL}/xet-write-token/{{rev}}", answers(cas.write_token), methods=["GET"]),
    Route("/api/{rest:path}", nothing_here, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
    Route("/lfs/{word}", lfs.put_whole, methods=["PUT"]),
    Route("/lfs/{word}", lfs.complete, methods=["POST"]),
    Route("/lfs/{word}/verify", lfs.verify, methods=["POST"]),
    Route("/lfs/{word}/{part:int}", lfs.put_part, methods=["PUT"]),
    Route("/cas/{store}/v1/chunks/default/{name}", cas.no_chunk, methods=["GET"]),
    Route("/cas/{store}/v1/xorbs/default/{name}", cas.put_xorb, methods=["POST"]),
    Route("/cas/{store}/v1/shards", cas.put_shard, methods=["POST"]),
    Route("/cas/{store}/shards", cas.put_shard, methods=["POST"]),
    Route("/cas/{rest:path}", cas.no_chunk, methods=["GET", "HEAD", "POST", "PUT"]),
    Route("/{owner}/{name}.git/info/lfs/objects/batch", answers(lfs.batch), methods=["POST"]),
    Route("/{owner}/{name}/resolve/{rev}/{path:path}", resolve.resolve, methods=["GET", "HEAD"]),
    Route("/{owner}/{name}", portal_page, methods=["GET"]),
    Route("/{owner}/{name}/commit/{oid}", portal_page, methods=["GET"]),
    Route("/{rest:path}", nothing_here, methods=["GET", "HEAD", "POST", "PUT", "DELETE"]),
]
_router = Router(ROUTES, redirect_slashes=False)


async def hub(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request below `/hf`."""
    raw = scope.get("raw_path") or quote(scope["path"]).encode()
    sent = {**scope, "path": raw.decode("ascii").removeprefix(PREFIX)}
    begun = False

    async def watched(message: Message) -> None:
        nonlocal begun
        begun = True
        await send(message)

    response: Response
    try:
        await _router(sent, receive, watched)
    except Unauthorized as refusal:
        response = answer_unauthorized(refusal)
    except (Refusal, OSError, DatabaseError) as error:
        known = told(error)
        if known is None:
            raise
        response = answer_refusal(known, anonymous=bool(sent.get("hub.anonymous")))
    except ClientDisconnect:
        # Nobody listens any more; what had arrived was put away on the way here.
        return
    else:
        return
    if not begun:
        await response(sent, receive, send)
