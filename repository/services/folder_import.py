"""Making a model of a folder on this machine: a plain one, or what a Hugging Face client cached."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from portal.accounts.models import User
from portal.core.errors import Invalid, invalid_field
from repository.models import AiModel, Blob
from repository.readme.front_matter import split_front_matter
from repository.selectors.tags import read_card
from repository.services.ai_models import register_model
from repository.services.blobs import adopt_file
from repository.services.commits import README
from repository.services.incoming import incoming_folder
from repository.services.lineage import set_origin
from repository.services.paths import check_path, check_together
from repository.services.pushes import Push, push
from repository.services.quota import check_room
from repository.types import Relation, Visibility


class WrongFolder(Invalid):
    code = "wrong_folder"


@dataclass(frozen=True)
class Found:
    """The files of a folder by their path, links followed, and where they came from."""

    files: dict[str, Path]
    source: str


def import_folder(
    user: User, folder: Path, *, owner: str, name: str, service_type: str = ""
) -> AiModel:
    """Register a model and commit what is in a folder; its card says the rest.

    Refuses a folder without files, and links that lead out of it.
    """
    found = find_files(folder)
    words = read_card(_card_of(found))
    chosen = service_type or words.service_type
    if not chosen:
        raise invalid_field(
            "service_type", "The card names no service type. Say what the model is for."
        )
    with transaction.atomic():
        made = register_model(
            user,
            owner=owner,
            name=name,
            changes={
                "service_type": chosen,
                "contexts": list(words.contexts),
                "task": words.task,
                "license": words.license,
                "visibility": Visibility.INTERNAL,
            },
        )
        check_room(made.namespace, sum(path.stat().st_size for path in found.files.values()))
        blobs = {path: _adopt(file) for path, file in found.files.items()}
        revision = push(user, made, Push(f"Import from {found.source}"[:500], blobs))
        set_origin(revision, Relation.IMPORTED, source=found.source[:300])
    return made


def find_files(folder: Path) -> Found:
    """Return what lies in a folder, hidden files aside.

    A cache folder of a Hugging Face client (`models--owner--name`) stands for its snapshot `main`,
    whose files are links to blobs beside it.
    """
    root = folder.resolve()
    if (root / "snapshots").is_dir():
        root = _main_snapshot(root)
    cache = root.parent.parent if root.parent.name == "snapshots" else None
    allowed = [root, *([cache / "blobs"] if cache else [])]
    files = {check_path(path): file for path, file in _walk(root, allowed)}
    if not files:
        raise WrongFolder(f"There are no files in '{folder.name}'.")
    check_together(files)
    if cache is None:
        return Found(files, root.name)
    return Found(files, cache.name.removeprefix("models--").replace("--", "/") + f"@{root.name}")


def _main_snapshot(cache: Path) -> Path:
    name = cache / "refs" / "main"
    found = cache / "snapshots" / name.read_text("utf-8").strip() if name.is_file() else None
    if found is None or found.parent != cache / "snapshots" or not found.is_dir():
        raise WrongFolder(f"'{cache.name}' holds no snapshot of `main`. Name one of `snapshots/`.")
    return found


def _walk(root: Path, allowed: list[Path]) -> Iterator[tuple[str, Path]]:
    for file in sorted(root.rglob("*")):
        inside = file.relative_to(root)
        if any(part.startswith(".") for part in inside.parts) or file.is_dir():
            continue
        real = file.resolve()
        if not real.is_file():
            raise WrongFolder(f"'{inside}' leads to no file.")
        if not any(real.is_relative_to(place) for place in allowed):
            raise WrongFolder(f"'{inside}' leads out of the folder.")
        yield inside.as_posix(), real


def _card_of(found: Found) -> dict[str, object]:
    readme = found.files.get(README)
    return split_front_matter(readme.read_text("utf-8", "replace"))[0] if readme else {}


def _adopt(file: Path) -> Blob:
    with tempfile.TemporaryDirectory(dir=incoming_folder(), prefix="folder-") as scratch:
        copy = Path(scratch) / "copy"
        shutil.copyfile(file, copy)
        return adopt_file(copy)
