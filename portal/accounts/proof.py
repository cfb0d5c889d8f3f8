"""The second question: a session that was left open is not enough for what is dangerous."""

import time
from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest
from rest_framework.request import Request

from portal.core.errors import Forbidden

PROVED_AT = "proved_at"


class ProofNeeded(Forbidden):
    code = "reauthentication_required"


def note_proof(request: HttpRequest | Request) -> None:
    """Remember in a session that its person showed just now who they are."""
    request.session[PROVED_AT] = int(time.time())


def check_proof(request: Request) -> None:
    """Refuse a session whose person has not shown lately that it is still them."""
    limit_s = settings.ENV.proof_minutes * 60
    if limit_s and time.time() - request.session.get(PROVED_AT, 0) > limit_s:
        raise ProofNeeded(
            "Show that it is still you, by your password or a code at `/api/v1/me/proof`, and "
            "send this again."
        )


def _note_sign_in(request: HttpRequest, **_: Any) -> None:
    note_proof(request)


user_logged_in.connect(_note_sign_in, dispatch_uid="ondol.proof")
