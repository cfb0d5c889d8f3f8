"""Telling who it concerns that a job has ended, that a device came or went."""

from typing import Any

from django.db.models import Q

from jobs.models import Device, Job
from jobs.types import JobState
from portal.accounts.models import Namespace
from portal.news.services.telling import notify, tell_webhooks
from portal.news.types import Happening


def tell_end(job: Job) -> None:
    """Tell the webhooks of who asked and of the model's owner, and leave who asked a notice.

    Whoever cancelled a job knows that it ended: for that there is no notice.
    """
    concerned = Q(user=job.created_by_id)
    if job.ai_model is not None:
        concerned |= Q(pk=job.ai_model.namespace_id)
    data: dict[str, Any] = {
        "job": job.pk,
        "kind": job.kind,
        "state": job.state,
        "title": job.title,
        "form": _form_of(job),
        "engine": job.engine,
        "device": job.device.name if job.device else None,
        "model": str(job.ai_model) if job.ai_model else None,
        "reason": job.failure_reason or None,
        "message": job.failure_message,
        "sentences": job.failure_sentences,
    }
    namespaces = Namespace.objects.filter(concerned).values_list("pk", flat=True)
    tell_webhooks(Happening.JOB_ENDED, namespaces, data)
    if job.state != JobState.CANCELLED:
        notify(job.created_by, Happening.JOB_ENDED, data)


def _form_of(job: Job) -> dict[str, str] | None:
    """Return the form that a conversion makes, or a measurement runs."""
    found = job.spec.get("target") or job.spec.get("artifact")
    if not isinstance(found, dict):
        return None
    return {name: str(found.get(name, "")) for name in ("format", "precision")}


def tell_of_device(event: Happening, device: Device) -> None:
    owner = device.runner.owner
    namespaces = Namespace.objects.filter(user=owner).values_list("pk", flat=True)
    tell_webhooks(event, namespaces, {"device": device.pk, "name": device.name})
