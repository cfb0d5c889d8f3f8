"""Devices, the runners that speak for them, and classes of boards."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from jobs.models import Device, Runner
from jobs.selectors.devices import (
    get_device,
    get_kept_device,
    get_runner,
    holder_of,
    is_online,
    list_devices,
    list_profiles,
    list_runners,
    may_keep,
    may_run_on,
)
from jobs.services.devices import change_device, release, reserve, revoke_runner
from jobs.services.installing import install_command, script_sha256
from jobs.services.runners import invite_runner
from jobs.types import DeviceAccess, RunnerState
from portal.accounts.models import User
from portal.accounts.requests import PersonRequest
from portal.accounts.selectors.people import may_contribute
from portal.core.errors import Forbidden


class MayNotConnect(Forbidden):
    code = "role_too_low"


class EngineOut(serializers.Serializer[Any]):
    engine = serializers.CharField()
    version = serializers.CharField()


class PassportOut(serializers.Serializer[Any]):
    """What the device says it is."""

    cpu = serializers.CharField(default="")
    architecture = serializers.CharField(default="")
    cores = serializers.IntegerField(default=0)
    ram_bytes = serializers.IntegerField(default=0)
    storage_bytes = serializers.IntegerField(default=0)
    storage_free_bytes = serializers.IntegerField(default=0)
    os = serializers.CharField(default="")
    accelerators = serializers.ListField(child=serializers.CharField(), default=list)
    engines = EngineOut(many=True, default=list)
    sensors = serializers.ListField(child=serializers.CharField(), default=list)


class ProfileOut(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()
    grade = serializers.CharField()
    cpu = serializers.CharField()
    ram_bytes = serializers.IntegerField(allow_null=True)
    accelerators = serializers.ListField(child=serializers.CharField())
    engines = serializers.ListField(child=serializers.CharField())


class RunnerNameOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()


class ReservationIn(serializers.Serializer[Any]):
    until = serializers.DateTimeField()


class ReservationOut(serializers.Serializer[Any]):
    """Who has a device for themselves, and until when; jobs of others wait."""

    by = serializers.CharField()
    until = serializers.DateTimeField()


class DeviceIn(serializers.Serializer[Any]):
    """What its owner decides about a device."""

    paused = serializers.BooleanField(required=False)
    access = serializers.ChoiceField(DeviceAccess.choices, required=False)
    team = serializers.CharField(max_length=64, required=False, allow_null=True)
    profile = serializers.CharField(
        max_length=64, required=False, allow_null=True, help_text="slug of a class of boards"
    )


class DeviceOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    profile = ProfileOut(allow_null=True)
    runner = RunnerNameOut()
    online = serializers.SerializerMethodField()
    paused = serializers.BooleanField()
    owner = serializers.CharField(source="runner.owner.username")
    access = serializers.ChoiceField(DeviceAccess.choices)
    team = serializers.SerializerMethodField()
    reservation = serializers.SerializerMethodField()
    can_run = serializers.SerializerMethodField(help_text="whether your jobs may run here")
    can_keep = serializers.SerializerMethodField(help_text="whether you may change the device")
    busy_job = serializers.SerializerMethodField()
    queue_length = serializers.IntegerField()
    last_seen_at = serializers.DateTimeField(allow_null=True)
    passport = PassportOut()

    def get_online(self, device: Device) -> bool:
        return is_online(device)

    def get_team(self, device: Device) -> str | None:
        return device.team.namespace.slug if device.team else None

    @extend_schema_field(ReservationOut(allow_null=True))
    def get_reservation(self, device: Device) -> Any:
        holder = holder_of(device)
        if holder is None:
            return None
        return ReservationOut({"by": holder.username, "until": device.reserved_until}).data

    def get_can_run(self, device: Device) -> bool:
        return may_run_on(self.context["user"], device)

    def get_can_keep(self, device: Device) -> bool:
        return may_keep(self.context["user"], device)

    def get_busy_job(self, device: Device) -> int | None:
        attempts: list[Any] = getattr(device, "open_attempts", [])
        return attempts[0].job_id if attempts else None


class DeviceQuery(serializers.Serializer[Any]):
    runner = serializers.ChoiceField(
        [str(RunnerState.CONNECTED), str(RunnerState.REVOKED)],
        default=str(RunnerState.CONNECTED),
        help_text="`revoked`: what is not attached any more, but still has jobs",
    )


class DevicePage(serializers.Serializer[Any]):
    results = DeviceOut(many=True)


class RunnerIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=80)


class RunnerOut(RunnerNameOut):
    state = serializers.ChoiceField(RunnerState.choices)
    owner = serializers.CharField(source="owner.username")
    version = serializers.CharField()
    code_expires_at = serializers.DateTimeField(allow_null=True)
    last_seen_at = serializers.DateTimeField(allow_null=True)
    devices = serializers.SerializerMethodField()

    def get_devices(self, runner: Runner) -> list[str]:
        return [device.name for device in runner.devices.all()]


class RunnerPage(serializers.Serializer[Any]):
    results = RunnerOut(many=True)


class NewRunnerOut(RunnerOut):
    """A runner that waits for its agent; the code is shown this once."""

    code = serializers.CharField()
    command = serializers.CharField()
    script_sha256 = serializers.CharField(help_text="of the script that the command runs")


class ProfilePage(serializers.Serializer[Any]):
    results = ProfileOut(many=True)


def show_device(user: User, device_id: str) -> dict[str, Any]:
    return dict(DeviceOut(get_device(device_id), context={"user": user}).data)


class DeviceList(APIView):
    @extend_schema(parameters=[DeviceQuery], responses=DevicePage)
    def get(self, request: PersonRequest) -> Response:
        query = DeviceQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        found = list_devices(RunnerState(query.validated_data["runner"]))
        rows = DeviceOut(found, many=True, context={"user": request.user})
        return Response({"results": rows.data})


class DeviceDetail(APIView):
    @extend_schema(responses=DeviceOut)
    def get(self, request: PersonRequest, device_id: str) -> Response:
        return Response(show_device(request.user, device_id))

    @extend_schema(request=DeviceIn, responses=DeviceOut)
    def patch(self, request: PersonRequest, device_id: str) -> Response:
        """Pause, resume, say which class of board it is, or change who may run jobs here."""
        device = get_kept_device(request.user, device_id)
        given = DeviceIn(data=request.data)
        given.is_valid(raise_exception=True)
        change_device(request.user, device, given.validated_data)
        return Response(show_device(request.user, device_id))


class DeviceReservation(APIView):
    @extend_schema(request=ReservationIn, responses=DeviceOut)
    def put(self, request: PersonRequest, device_id: str) -> Response:
        """Keep the device for yourself until an end; again moves the end."""
        may_connect(request.user)
        device = get_device(device_id)
        given = ReservationIn(data=request.data)
        given.is_valid(raise_exception=True)
        reserve(request.user, device, given.validated_data["until"])
        return Response(show_device(request.user, device_id))

    @extend_schema(responses={204: None})
    def delete(self, request: PersonRequest, device_id: str) -> Response:
        release(request.user, get_device(device_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


def may_connect(user: User) -> None:
    if not may_contribute(user):
        raise MayNotConnect("Your role only reads. Ask an administrator for `contributor`.")


class RunnerList(APIView):
    """The caller's runners, and connecting a machine with a one-time code."""

    @extend_schema(responses=RunnerPage)
    def get(self, request: PersonRequest) -> Response:
        return Response({"results": RunnerOut(list_runners(request.user), many=True).data})

    @extend_schema(request=RunnerIn, responses={201: NewRunnerOut})
    def post(self, request: PersonRequest) -> Response:
        may_connect(request.user)
        given = RunnerIn(data=request.data)
        given.is_valid(raise_exception=True)
        runner, code = invite_runner(request.user, given.validated_data["name"])
        body = {
            **RunnerOut(runner).data,
            "code": code,
            "command": install_command(code),
            "script_sha256": script_sha256(),
        }
        return Response(body, status=status.HTTP_201_CREATED)


class RunnerDetail(APIView):
    @extend_schema(responses=RunnerOut)
    def get(self, request: PersonRequest, runner_id: str) -> Response:
        return Response(RunnerOut(get_runner(request.user, runner_id)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: PersonRequest, runner_id: str) -> Response:
        """Revoke the runner: its credential ends, its jobs wait for another."""
        revoke_runner(request.user, get_runner(request.user, runner_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ProfileList(APIView):
    @extend_schema(responses=ProfilePage)
    def get(self, request: PersonRequest) -> Response:
        del request
        return Response({"results": ProfileOut(list_profiles(), many=True).data})
