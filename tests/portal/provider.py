"""A small OpenID provider on this machine, by Authlib's own server: it signs whom a test names."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, grants
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from flask import Flask, Response, jsonify, request
from joserfc.jwk import RSAKey
from markupsafe import escape
from werkzeug.serving import make_server

SECRET = "client-secret"


class OurClient(ClientMixin):
    """Ondol, as the provider knows it."""

    client_id = "ondol"

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> str:
        return ""

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri.endswith("/api/v1/single-sign-on/callback")

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == SECRET

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


class Code(dict[str, Any]):
    """One code, and what was asked for with it."""

    def get_redirect_uri(self) -> Any:
        return self["redirect_uri"]

    def get_scope(self) -> Any:
        return self["scope"]

    def get_nonce(self) -> Any:
        return self["nonce"]

    def get_auth_time(self) -> int:
        return int(time.time())

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None

    @property
    def code_challenge(self) -> Any:
        return self["code_challenge"]

    @property
    def code_challenge_method(self) -> Any:
        return self["code_challenge_method"]


class Provider:
    """What a test changes: the claims of who signs in, and how the provider misbehaves."""

    def __init__(self) -> None:
        self.claims: dict[str, Any] = {}
        self.asks = False
        self.nonce = ""
        self.audience = "ondol"
        self.key = RSAKey.generate_key(2048, {"kid": "k", "use": "sig", "alg": "RS256"})
        self.shown_key = self.key
        self.issuer = ""
        self.codes: dict[str, Code] = {}


class CodeGrant(grants.AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic"]
    provider: Provider

    def save_authorization_code(self, code: str, asked: Any) -> None:
        data = asked.payload.data
        names = ("scope", "nonce", "code_challenge", "code_challenge_method", "redirect_uri")
        self.provider.codes[code] = Code({name: data.get(name) for name in names})

    def query_authorization_code(self, code: str, _client: Any) -> Code | None:
        return self.provider.codes.get(code)

    def delete_authorization_code(self, _code: Code) -> None:
        self.provider.codes.clear()

    def authenticate_user(self, _code: Code) -> dict[str, Any]:
        return self.provider.claims


class Tokens(OpenIDCode):
    def __init__(self, provider: Provider) -> None:
        super().__init__(require_nonce=True)
        self.provider = provider

    def exists_nonce(self, _nonce: str, _asked: Any) -> bool:
        return False

    def get_client_algorithm(self, _client: Any) -> str:
        return "RS256"

    def get_encode_header(self, _client: Any) -> dict[str, str]:
        return {"alg": "RS256", "kid": "k"}

    def resolve_client_private_key(self, _client: Any) -> Any:
        return self.provider.key

    def get_compatible_claims(self, _asked: Any) -> dict[str, Any]:
        now = int(time.time())
        mine = {"iss": self.provider.issuer, "aud": [self.provider.audience]}
        return {**mine, "iat": now, "exp": now + 300, "auth_time": now}

    def generate_user_info(self, _user: Any, _scope: str) -> UserInfo:
        nonce = {"nonce": self.provider.nonce} if self.provider.nonce else {}
        return UserInfo({**self.provider.claims, **nonce})


def make_app(provider: Provider) -> Flask:
    app = Flask("provider")
    server = AuthorizationServer(
        app, query_client=lambda _id: OurClient(), save_token=lambda *_: None
    )
    ours = type("OurGrant", (CodeGrant,), {"provider": provider})
    server.register_grant(ours, [Tokens(provider), CodeChallenge(required=True)])

    @app.get("/.well-known/openid-configuration")
    def discovery() -> Response:
        at = provider.issuer
        return jsonify(
            issuer=at,
            authorization_endpoint=f"{at}/authorize",
            token_endpoint=f"{at}/token",
            jwks_uri=f"{at}/keys",
            id_token_signing_alg_values_supported=["RS256"],
        )

    @app.get("/keys")
    def keys() -> Response:
        return jsonify(keys=[provider.shown_key.as_dict(private=False)])

    @app.get("/authorize")
    def authorize() -> Any:
        if provider.asks and "consent" not in request.args:
            here = escape(request.full_path)
            links = [f'<a href="{here}&consent={word}">{word}</a>' for word in ("Allow", "Deny")]
            return " ".join(links)
        grant = server.get_consent_grant(end_user=provider.claims)
        person = None if request.args.get("consent") == "Deny" else provider.claims
        return server.create_authorization_response(request, grant_user=person, grant=grant)

    @app.post("/token")
    def token() -> Any:
        return server.create_token_response()

    return app


@contextmanager
def running() -> Iterator[Provider]:
    """Serve a provider on a port of this machine."""
    provider = Provider()
    server = make_server("127.0.0.1", 0, make_app(provider))
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
