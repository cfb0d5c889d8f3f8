"""A product in which everything that people write is a text given on the standard input.

It writes rows past the checks of the services: what is shown must be safe whatever is stored.
"""

import json
import sys

from ondol_runner.protocol import encode

from jobs.services.logs import append_log
from portal.accounts.models import User
from portal.accounts.services.people import create_user
from repository.models import AiModel, Artifact, Context, ModelFile, Revision, ServiceType
from repository.services.ai_models import register_model
from repository.services.commits import Change, commit
from repository.services.uploads import blob_of
from repository.types import Visibility
from tests.jobs.scene import USAGE, benchmark_job, connect, granted, uploaded

# More would be cut where messages are shown.
A_MESSAGE = 5
LETTERS = {"label": 80, "path": 255, "name": 120, "summary": 300}


def build(texts: list[str]) -> dict[str, str]:
    """Put the texts into every place that people write, and say where they are shown."""
    admin = User.objects.get(username="admin")
    number = AiModel.objects.count()
    name = f"hostile-{number}"
    artifact = _publish(admin, name, texts)
    board = connect(admin, f"board-{number}")
    attempt, _ = granted(benchmark_job(admin, board, artifact), board)
    append_log(attempt, 0, "\n".join(text.replace("\n", " ") for text in texts).encode())
    ServiceType.objects.filter(slug="speech-command").update(name_en=texts[0][: LETTERS["label"]])
    for index, text in enumerate(texts):
        label = text[: LETTERS["label"]]
        context, _ = Context.objects.update_or_create(
            slug=f"hostile-{index}", defaults={"label_en": label, "label_ko": label}
        )
        # What has a model comes first in the list of contexts, which is cut.
        artifact.revision.ai_model.contexts.add(context)
        person = User.objects.filter(username=f"guest{index}").first()
        person = person or create_user(f"guest{index}", None)
        User.objects.filter(pk=person.pk).update(display_name=text[: LETTERS["name"]])
    return {"model": f"/models/admin/{name}", "job": f"/jobs/{attempt.job_id}"}


def _publish(admin: User, name: str, texts: list[str]) -> Artifact:
    summary = " ".join(texts)[: LETTERS["summary"]]
    changes = {
        "service_type": "speech-command",
        "visibility": Visibility.PRIVATE,
        "summary": summary,
    }
    model = register_model(admin, owner="admin", name=name, changes=changes)
    readme = "\n\n".join(sorted(texts, key=_swallows))
    bytes_of = {"model.onnx": name.encode(), "README.md": readme.encode()}
    given = {path: blob_of(uploaded(admin, path, data), path) for path, data in bytes_of.items()}
    other = blob_of(uploaded(admin, "model.onnx", f"{name} later".encode()), "model.onnx")
    last = first = commit(admin, model, Change("first", given, usage=encode(USAGE)))
    for start in range(0, len(texts), A_MESSAGE):
        last = commit(admin, model, Change("later", {"model.onnx": other}))
        other, given["model.onnx"] = given["model.onnx"], other
        message = "\n".join(texts[start : start + A_MESSAGE])
        Revision.objects.filter(pk=last.pk).update(message=message)
    ModelFile.objects.bulk_create(
        [
            ModelFile(revision=last, path=text[: LETTERS["path"]], blob=given["model.onnx"])
            for text in texts
        ],
        ignore_conflicts=True,
    )
    return first.artifacts.get()


def _swallows(text: str) -> bool:
    """Say whether a text hides what comes after it, so that it has to come last."""
    return any(word in text.lower() for word in ("<!--", "<![cdata", "<textarea", "<xmp", "```"))


def main() -> None:
    sys.stdout.write(json.dumps(build(json.load(sys.stdin))))
