"""Search by a device: only what its engines run and its memory holds."""

from dataclasses import replace
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from jobs.matching import engines_of
from jobs.models import Device, Runner
from jobs.runner_api.doors import IsCaller, RunnerAuthentication, RunnerRequest
from jobs.selectors.devices import NoSuchDevice
from portal.accounts.authentication import address_of
from portal.core.errors import invalid_field
from portal.core.limits import take_search
from repository.api.search import SearchOut, shown
from repository.api.search_query import SearchQuery, asked
from repository.search.types import Limit, Narrowing, OfferTrait
from repository.selectors.search import Answer, Question, search_models
from repository.types import ENGINES_OF, ArtifactOrigin

HERE = (ArtifactOrigin.UPLOADED, ArtifactOrigin.CONVERTED)


class DeviceQuery(SearchQuery):
    board = serializers.CharField(
        required=False, default="", help_text="which of its boards asks, if a runner has several"
    )


class AbilitiesOut(serializers.Serializer[Any]):
    """What was applied by itself: files of these formats and origins, that this memory holds."""

    board = serializers.CharField()
    engines = serializers.ListField(child=serializers.CharField())
    formats = serializers.ListField(child=serializers.CharField())
    origins = serializers.ListField(
        child=serializers.ChoiceField(ArtifactOrigin.choices),
        help_text="what a vendor only tells of is no file that can be fetched",
    )
    memory_bytes = serializers.IntegerField(allow_null=True)
    left_out = serializers.IntegerField(
        allow_null=True,
        help_text="models that the same search finds without a board; null while degraded",
    )


class DeviceSearchOut(SearchOut):
    device = AbilitiesOut()


class DeviceSearch(APIView):
    authentication_classes = [RunnerAuthentication]
    permission_classes = [IsCaller]

    @extend_schema(parameters=[DeviceQuery], responses=DeviceSearchOut)
    def get(self, request: RunnerRequest) -> Response:
        runner = request.user.must_be_runner()
        take_search(runner.owner_id, address_of(request))
        ask = asked(request, DeviceQuery)
        device = _board(runner, request.query_params.get("board", ""))
        able = _abilities(device)
        within = _within(ask.narrowing, able)
        fit = replace(ask, narrowing=within, devices=ask.devices or device.figure_names)
        answer = search_models(runner.owner, fit)
        able["left_out"] = _left_out(runner, ask, answer)
        return Response({**shown(ask, answer), "device": AbilitiesOut(able).data})


def _board(runner: Runner, name: str) -> Device:
    boards = list(runner.devices.select_related("profile").order_by("name"))
    if not boards:
        raise NoSuchDevice("This runner has not said yet which devices it has. Open a session.")
    if not name and len(boards) == 1:
        return boards[0]
    found = next((board for board in boards if board.name == name), None)
    if found is None:
        names = ", ".join(board.name for board in boards)
        raise invalid_field("board", f"Say which board asks: {names}.")
    return found


def _abilities(device: Device) -> dict[str, Any]:
    engines = set(engines_of(device.passport))
    memory = device.passport.get("ram_bytes") or (device.profile and device.profile.ram_bytes)
    return {
        "board": device.name,
        "engines": sorted(engines),
        "formats": [kind for kind, suited in ENGINES_OF.items() if engines & set(suited)],
        "origins": HERE,
        "memory_bytes": memory or None,
    }


def _left_out(runner: Runner, ask: Question, fitting: Answer) -> int | None:
    everything = search_models(runner.owner, replace(ask, offset=0, limit=1, facets=False))
    degraded = fitting.degraded or everything.degraded
    return None if degraded else everything.total - fitting.total


def _within(narrowing: Narrowing, able: dict[str, Any]) -> Narrowing:
    """Return what was asked for, as far as the device can use it."""
    asked_for = narrowing.offers.get(OfferTrait.FORMAT, able["formats"])
    offers = {
        **narrowing.offers,
        # Without a format in common nothing fits: a value that no offer has says so.
        OfferTrait.FORMAT: tuple(set(asked_for) & set(able["formats"])) or ("",),
        OfferTrait.ORIGIN: HERE,
    }
    memory = able["memory_bytes"]
    limits = {**narrowing.limits, **({Limit.MEMORY: memory} if memory else {})}
    return replace(narrowing, offers=offers, limits=limits)
