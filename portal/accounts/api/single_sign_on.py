"""Single sign-on by OpenID Connect: the way to the provider, and the way back.

Authlib keeps state, nonce and the PKCE verifier in the session and checks them, and the ID token's
signature, issuer, audience and age, on the way back.
"""

import logging
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.django_client import OAuth
from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views import View
from joserfc.errors import JoseError

from portal.accounts.authentication import address_of
from portal.accounts.services.sign_ins import note_sign_in
from portal.accounts.services.single_sign_on import enter_by, read_claims
from portal.core.errors import Refusal
from portal.core.limits import Limit, network_of, take

logger = logging.getLogger(__name__)
NEXT = "sso_next"
TIMEOUT_S = 10
DISCOVERY = "/.well-known/openid-configuration"


class ProviderFault(Exception):
    """The provider does not answer, or not as who it should be."""


def _provider() -> Any:
    env = settings.ENV
    issuer = env.oidc_issuer.rstrip("/")
    secret = env.oidc_client_secret
    client = OAuth().register(
        "provider",
        client_id=env.oidc_client_id,
        client_secret=secret.get_secret_value() if secret else None,
        server_metadata_url=f"{issuer}{DISCOVERY}",
        client_kwargs={
            "scope": "openid email profile",
            "code_challenge_method": "S256",
            "default_timeout": TIMEOUT_S,
        },
    )
    if client.load_server_metadata().get("issuer", "").rstrip("/") != issuer:
        raise ProviderFault("the provider calls itself another issuer")
    return client


def _refused(request: HttpRequest, code: str) -> HttpResponse:
    """Lead back to the page for signing in, which goes on to where the person wanted to be."""
    words = {"refused": code}
    if (onward := request.session.get(NEXT, "/")) != "/":
        words["next"] = onward
    return HttpResponseRedirect(f"/login?{urlencode(words)}")


class Attempt(View):
    """A step of the way; whatever goes wrong leads back to the page for signing in."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not settings.ENV.oidc_issuer:
            return _refused(request, "sso_off")
        try:
            take(Limit.SIGN_IN_ADDRESS, network_of(address_of(request)))
            return super().dispatch(request, *args, **kwargs)
        except Refusal as refusal:
            return _refused(request, refusal.code)
        except (AuthlibBaseError, JoseError, ProviderFault, requests.RequestException) as error:
            logger.warning("single sign-on failed: %s", error)
            return _refused(request, "sso_failed")


class Start(Attempt):
    def get(self, request: HttpRequest) -> HttpResponse:
        onward = request.GET.get("next", "/")
        here = url_has_allowed_host_and_scheme(onward, allowed_hosts=None)
        request.session[NEXT] = onward if here and onward.startswith("/") else "/"
        back = f"{settings.ENV.public_url.rstrip('/')}/api/v1/single-sign-on/callback"
        # Who is here already came to show that it is still them.
        asks = {"prompt": "login"} if request.user.is_authenticated else {}
        answer: HttpResponse = _provider().authorize_redirect(request, back, **asks)
        return answer


class Callback(Attempt):
    def get(self, request: HttpRequest) -> HttpResponse:
        if request.GET.get("error") == "access_denied":
            return _refused(request, "sso_denied")
        told = _provider().authorize_access_token(request).get("userinfo")
        if not told or not told.get("sub"):
            raise ProviderFault("the answer holds no ID token")
        person = enter_by(read_claims(settings.ENV.oidc_issuer.rstrip("/"), dict(told)))
        onward = request.session.get(NEXT, "/")
        login(request, person)
        note_sign_in(
            person,
            request.session.session_key or "",
            address=address_of(request),
            browser=request.headers.get("User-Agent", ""),
        )
        return HttpResponseRedirect(onward)
