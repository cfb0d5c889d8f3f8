"""What comes before a commit: how each file is to be sent, and whether the card is well made."""

from typing import Any

import yaml
from pathspec import GitIgnoreSpec
from starlette.responses import JSONResponse, Response

from repository.blobs.git import is_large
from repository.hub.asking import Ask, NotJson, objects_of, text_of
from repository.readme.front_matter import head_of_text
from repository.selectors.tags import CONTEXT, SERVICE_TYPE, read_card
from repository.services.git_oids import git_oid
from repository.services.quota import check_room
from repository.services.uploads import check_size
from repository.types import Need

MOST_FILES = 256


def preupload(ask: Ask) -> Response:
    """Say of each file whether it comes inside the commit or beside it.

    What the server cannot take is refused here, where the client shows the sentence.
    """
    ai_model = ask.ai_model(Need.WRITE)
    given = objects_of(ask.body, "files")
    if len(given) > MOST_FILES:
        raise NotJson(f"At most {MOST_FILES} files are asked for at once.")
    present = {file.path: file.blob for file in ask.snapshot.all_files()}
    # What is there already may come again unchanged, and then costs nothing.
    paths = {text_of(row, "path") for row in given}
    replaced = sum(blob.size_bytes for path, blob in present.items() if path in paths)
    check_room(ai_model.namespace, sum(_size(row) for row in given) - replaced)
    ignored = GitIgnoreSpec.from_lines(text_of(ask.body, "gitIgnore").splitlines())
    answers = []
    for row in given:
        path, size = text_of(row, "path"), _size(row)
        answer: dict[str, Any] = {"path": path, "shouldIgnore": ignored.match_file(path)}
        if is_large(size):
            check_size(path.rpartition("/")[2], size)
        answer["uploadMode"] = "lfs" if is_large(size) else "regular"
        blob = present.get(path)
        # A client that finds all unchanged makes an address of its own; old ones cannot read it.
        if blob is not None and not ask.takes_names_only:
            answer["oid"] = blob.sha256 if is_large(blob.size_bytes) else git_oid(blob)
        answers.append(answer)
    return JSONResponse({"files": answers})


def validate_card(ask: Ask) -> Response:
    """Look at the head of a README before it is committed."""
    errors, warnings = [], []
    try:
        head = head_of_text(text_of(ask.body, "content"))
    except yaml.YAMLError as error:
        errors.append({"message": f"The head is not YAML: {error}"})
        head = {}
    words = read_card(head)
    tags = [tag for tag in head.get("tags") or [] if isinstance(tag, str)]
    wrong = [tag for tag in tags if tag.startswith(SERVICE_TYPE)]
    if wrong and not words.service_type:
        warnings.append({"message": f"There is no service type as in the tag {wrong[0]}."})
    elif not words.service_type and ask.body.get("repoType") == "model":
        tag = f"{SERVICE_TYPE}image-classification"
        warnings.append({"message": f"No tag says what the model is for, such as {tag}."})
    if not words.contexts and ask.body.get("repoType") == "model":
        warnings.append({"message": f"No tag names a context, such as {CONTEXT}night."})
    body = {"errors": errors, "warnings": warnings}
    return JSONResponse(body, status_code=400 if errors else 200)


def _size(row: dict[str, Any]) -> int:
    size = row.get("size")
    if not isinstance(size, int) or size < 0:
        raise NotJson("Each file needs its `size` in bytes.")
    return size
