"""Who calls `/runner/v1`: a runner by its secret, or one attempt by its own."""

from dataclasses import dataclass

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from jobs.models import Attempt, Runner
from jobs.selectors.devices import find_attempt, find_runner
from portal.accounts.authentication import address_of, bearer_of
from portal.accounts.services.entering import try_secret


class WrongRunner(AuthenticationFailed):
    default_code = "wrong_runner"
    default_detail = (
        "No connected runner has this credential. Enroll it with a code from the portal."
    )


@dataclass(frozen=True)
class RunnerCaller:
    """A runner, or one attempt of it, in the place where a person stands elsewhere."""

    runner: Runner | None = None
    attempt: Attempt | None = None
    is_authenticated: bool = True

    def must_be_runner(self) -> Runner:
        if self.runner is None:
            raise WrongRunner
        return self.runner

    def must_be_attempt(self) -> Attempt:
        if self.attempt is None:
            raise WrongRunner
        return self.attempt


class RunnerAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[RunnerCaller, None]:
        runner = try_secret(bearer_of(request), address_of(request), find_runner)
        if runner is None:
            raise WrongRunner
        return RunnerCaller(runner=runner), None

    def authenticate_header(self, request: Request) -> str:
        del request
        return "Bearer"


class RunnerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = RunnerAuthentication
    name = "runner"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        del auto_schema
        return {"type": "http", "scheme": "bearer", "description": "A runner's credential."}


class AttemptAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[RunnerCaller, None]:
        attempt = find_attempt(bearer_of(request))
        if attempt is None:
            raise WrongRunner("This secret opens no attempt: a later offer has another.")
        return RunnerCaller(attempt=attempt), None

    def authenticate_header(self, request: Request) -> str:
        del request
        return "Bearer"


class IsCaller(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:
        del view
        return isinstance(request.user, RunnerCaller)


class RunnerRequest(Request):
    """What a view sees after a runner's secret was found good; only a type, never made."""

    user: RunnerCaller  # type: ignore[assignment]
