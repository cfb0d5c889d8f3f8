"""What the routes are about, and the secret by which each caller calls."""

from dataclasses import dataclass

from django.utils import timezone

from portal.accounts.models import SignIn, User
from portal.accounts.services.people import create_user
from portal.accounts.services.teams import create_team, set_member
from portal.accounts.services.tokens import create_token, revoke_token
from portal.accounts.types import Role, Scope
from portal.news.models import Webhook
from portal.news.services.telling import write_delivery
from portal.news.types import Happening
from repository.models import (
    Artifact,
    Collaborator,
    EmptySearch,
    EvaluationSet,
    ServiceType,
    UploadSession,
)
from repository.types import Metric, Visibility
from tests.access.doors import Caller
from tests.cast import PASSWORD, Cast
from tests.jobs.scene import Board, benchmark_job, connect, publish, stored

FILES = {"model.onnx": b"bytes", "README.md": b"# Tiny"}


@dataclass(frozen=True)
class World:
    """What the routes are about, and how each caller calls."""

    secrets: dict[Caller, str]
    places: dict[str, str]


def secret_of(user: User) -> str:
    return create_token(user, name="matrix", scope=Scope.ADMIN)[1]


def secrets_of(cast: Cast, board: Board) -> dict[Caller, str]:
    helper = create_user("helen", PASSWORD)
    maintainer = create_user("max", PASSWORD, role=Role.MAINTAINER)
    reads = create_token(cast.olga, name="reads", scope=Scope.READ)[1]
    ended, secret = create_token(cast.olga, name="ended", scope=Scope.ADMIN)
    revoke_token(cast.olga, ended.pk)
    return {
        Caller.ANONYMOUS: "",
        Caller.VIEWER: secret_of(cast.rita),
        Caller.STRANGER: secret_of(cast.stella),
        Caller.OWNER: secret_of(cast.olga),
        Caller.READER: secret_of(cast.mark),
        Caller.HELPER: secret_of(helper),
        Caller.MAINTAINER: secret_of(maintainer),
        Caller.ADMIN: secret_of(cast.ada),
        Caller.READ_TOKEN: reads,
        Caller.REVOKED: secret,
        Caller.RUNNER: board.secret,
    }


def publish_shared(cast: Cast, visibility: Visibility) -> Artifact:
    """Publish olga's model, with mark to read it and helen to change it."""
    artifact = publish(cast.olga, files=FILES, visibility=visibility)
    model = artifact.revision.ai_model
    for name, may_write in (("mark", False), ("helen", True)):
        user = User.objects.get(username=name)
        Collaborator.objects.create(ai_model=model, user=user, may_write=may_write)
    return artifact


def build(cast: Cast, visibility: Visibility) -> World:
    board = connect(cast.olga)
    secrets = secrets_of(cast, board)
    artifact = publish_shared(cast, visibility)
    model = artifact.revision.ai_model
    token, _ = create_token(cast.olga, name="mine", scope=Scope.READ)
    sign_in = SignIn.objects.create(user=cast.olga, session_key="key", last_seen_at=timezone.now())
    job = benchmark_job(cast.olga, board, artifact)
    evaluation_set = EvaluationSet.objects.create(
        namespace=model.namespace,
        name="set",
        metric=Metric.TOP1,
        visibility=visibility,
        evaluation_blob=stored(b"samples"),
        evaluation_count=1,
    )
    guest = create_user("guest", None)
    team = create_team("watch", "The watch", owner=cast.olga)
    set_member(cast.olga, team, guest, is_owner=False)
    Collaborator.objects.create(ai_model=model, user=guest)
    upload = UploadSession.objects.filter(owner=cast.olga).latest("pk")
    webhook = Webhook.objects.create(
        namespace=cast.olga.namespace, url="https://example.org", created_by=cast.olga
    )
    delivery = write_delivery(webhook, Happening.PING, {})
    places = {
        "webhook_id": webhook.pk,
        "delivery_id": delivery.pk,
        "owner": "olga",
        "name": model.name,
        "ref": "main",
        "path": "model.onnx",
        "slug": "night",
        "service_type": ServiceType.objects.create(slug="spare", icon="boxes").slug,
        "other": "infrared",
        "team": "watch",
        "username": "guest",
        "project": "numpy",
        "token_id": token.pk,
        "session_id": sign_in.pk,
        "upload_id": upload.pk,
        "artifact_id": artifact.pk,
        "job_id": job.pk,
        "runner_id": board.runner.pk,
        "device_id": board.device.pk,
        "attempt_id": "0" * 26,
        "sha256": artifact.files.get().blob.sha256,
        "set_id": evaluation_set.pk,
        "search_id": EmptySearch.objects.create(query="보라매", last_on=timezone.now().date()).pk,
    }
    return World(secrets, {key: str(value) for key, value in places.items()})
