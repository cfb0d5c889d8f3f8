"""The server's own state, for administrators and their monitoring."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from prometheus_client import CONTENT_TYPE_LATEST
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.requests import PersonRequest
from portal.accounts.selectors.people import MayNot, is_admin
from portal.operation.metrics import render_metrics
from portal.operation.state import largest_models, system_parts, system_state
from repository.search.types import Health
from repository.selectors.damage import list_damage


class QueueOut(serializers.Serializer[Any]):
    """Jobs of one kind in one state, and the age in seconds of the oldest."""

    kind = serializers.CharField()
    state = serializers.CharField()
    jobs = serializers.IntegerField()
    oldest_s = serializers.FloatField()


class PartsOut(serializers.Serializer[Any]):
    ondol = serializers.CharField()
    python = serializers.CharField()
    database = serializers.CharField()
    search = serializers.CharField()
    search_health = serializers.ChoiceField([str(health) for health in Health])
    blobs = serializers.CharField()


class ModelSizeOut(serializers.Serializer[Any]):
    model = serializers.CharField()
    size_bytes = serializers.IntegerField()


class DamageOut(serializers.Serializer[Any]):
    """A damaged file; without a model it is a test set's of that name, or nobody's any more."""

    model = serializers.CharField()
    path = serializers.CharField()
    sha256 = serializers.CharField()
    since = serializers.DateTimeField()


class SystemOut(serializers.Serializer[Any]):
    """Counts, sizes in bytes and ages in seconds; null where a thing never happened."""

    parts = PartsOut()
    queues = QueueOut(many=True)
    outbox_waiting = serializers.IntegerField()
    outbox_oldest_s = serializers.FloatField()
    outbox_failing = serializers.IntegerField()
    janitor_age_s = serializers.FloatField(allow_null=True)
    janitor_left_out = serializers.IntegerField(help_text="rows its last round could not work on")
    last_backup_at = serializers.DateTimeField(allow_null=True)
    models = serializers.IntegerField()
    people = serializers.IntegerField()
    devices = serializers.IntegerField()
    devices_online = serializers.IntegerField()
    blobs = serializers.IntegerField()
    blob_bytes = serializers.IntegerField()
    damaged_blobs = serializers.IntegerField()
    damaged_files = DamageOut(many=True)
    disk_free_bytes = serializers.IntegerField()
    disk_total_bytes = serializers.IntegerField()
    largest_models = ModelSizeOut(many=True)


class System(APIView):
    @extend_schema(responses=SystemOut)
    def get(self, request: PersonRequest) -> Response:
        _check(request)
        sizes = [{"model": name, "size_bytes": size} for name, size in largest_models()]
        shown = {
            **vars(system_state()),
            "parts": system_parts(),
            "largest_models": sizes,
            "damaged_files": list_damage(),
        }
        return Response(SystemOut(shown).data)


class Metrics(APIView):
    @extend_schema(exclude=True)
    def get(self, request: PersonRequest) -> HttpResponse:
        _check(request)
        return HttpResponse(render_metrics(), content_type=CONTENT_TYPE_LATEST)


def _check(request: PersonRequest) -> None:
    if not is_admin(request.user):
        raise MayNot("Only administrators look at the server itself.")
