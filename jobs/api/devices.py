"""Devices, the runners that speak for them, and classes of boards."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from jobs.models import Device, Runner
from jobs.selectors.devices import get_device, get_runner, is_online, list_devices, list_profiles
from jobs.services.installing import install_command, script_sha256
from jobs.services.runners import invite_runner
from jobs.types import RunnerState
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


class DeviceOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    profile = ProfileOut(allow_null=True)
    runner = RunnerNameOut()
    online = serializers.SerializerMethodField()
    paused = serializers.BooleanField()
    busy_job = serializers.SerializerMethodField()
    queue_length = serializers.IntegerField()
    last_seen_at = serializers.DateTimeField(allow_null=True)
    passport = PassportOut()

    def get_online(self, device: Device) -> bool:
        return is_online(device)

    def get_busy_job(self, device: Device) -> int | None:
        attempts: list[Any] = getattr(device, "open_attempts", [])
        return attempts[0].job_id if attempts else None


class DevicePage(serializers.Serializer[Any]):
    results = DeviceOut(many=True)


class RunnerIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=80)


class RunnerOut(RunnerNameOut):
    state = serializers.ChoiceField(RunnerState.choices)
    code_expires_at = serializers.DateTimeField(allow_null=True)
    last_seen_at = serializers.DateTimeField(allow_null=True)
    devices = serializers.SerializerMethodField()

    def get_devices(self, runner: Runner) -> list[str]:
        return [device.name for device in runner.devices.all()]


class NewRunnerOut(RunnerOut):
    """A runner that waits for its agent; the code is shown this once."""

    code = serializers.CharField()
    command = serializers.CharField()
    script_sha256 = serializers.CharField(help_text="of the script that the command runs")


class ProfilePage(serializers.Serializer[Any]):
    results = ProfileOut(many=True)


class DeviceList(APIView):
    @extend_schema(responses=DevicePage)
    def get(self, request: PersonRequest) -> Response:
        del request
        return Response({"results": DeviceOut(list_devices(), many=True).data})


class DeviceDetail(APIView):
    @extend_schema(responses=DeviceOut)
    def get(self, request: PersonRequest, device_id: str) -> Response:
        del request
        return Response(DeviceOut(get_device(device_id)).data)


class RunnerList(APIView):
    """Connecting a machine: a one-time code, and the one command that uses it."""

    @extend_schema(request=RunnerIn, responses={201: NewRunnerOut})
    def post(self, request: PersonRequest) -> Response:
        if not may_contribute(request.user):
            raise MayNotConnect("Your role only reads. Ask an administrator for `contributor`.")
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


class ProfileList(APIView):
    @extend_schema(responses=ProfilePage)
    def get(self, request: PersonRequest) -> Response:
        del request
        return Response({"results": ProfileOut(list_profiles(), many=True).data})
