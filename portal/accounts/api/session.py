"""Signing in and out of the portal, and who is signed in."""

from typing import Any

from django.conf import settings
from django.contrib.auth import login, logout, update_session_auth_hash
from django.middleware.csrf import get_token
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_protect, ensure_csrf_cookie
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.authentication import address_of
from portal.accounts.models import User
from portal.accounts.proof import note_proof
from portal.accounts.requests import PersonRequest
from portal.accounts.selectors.people import is_admin, list_namespaces, may_contribute, may_maintain
from portal.accounts.selectors.second_factor import second_factor_of
from portal.accounts.services.entering import (
    Credentials,
    count_link,
    prove,
    remember_browser,
    try_to_enter,
)
from portal.accounts.services.people import change_password, change_profile, set_first_password
from portal.accounts.services.sign_ins import note_new_key, note_sign_in
from portal.accounts.types import Role, SecondFactor
from portal.core.http.plain import plain


class WrongLogin(AuthenticationFailed):
    default_code = "wrong_login"
    default_detail = "User name and password do not match. Check both and try again."


class NamespaceOut(serializers.Serializer[Any]):
    slug = serializers.CharField()
    kind = serializers.ChoiceField(["user", "team"])


class MeOut(serializers.Serializer[Any]):
    """The person who asks."""

    username = serializers.CharField()
    display_name = serializers.CharField()
    email = serializers.CharField()
    role = serializers.ChoiceField(Role.choices)
    locale = serializers.CharField()
    namespaces = serializers.SerializerMethodField()
    may_contribute = serializers.SerializerMethodField()
    may_maintain = serializers.SerializerMethodField()
    is_admin = serializers.SerializerMethodField()
    second_factor = serializers.SerializerMethodField()
    has_password = serializers.BooleanField(
        source="has_usable_password", help_text="false for who only ever signed on by a provider"
    )

    def get_namespaces(self, user: User) -> list[dict[str, str]]:
        return [
            {"slug": name.slug, "kind": "team" if name.team_id else "user"}
            for name in list_namespaces(user)
        ]

    def get_may_contribute(self, user: User) -> bool:
        return may_contribute(user)

    def get_may_maintain(self, user: User) -> bool:
        return may_maintain(user)

    def get_is_admin(self, user: User) -> bool:
        return is_admin(user)

    def get_second_factor(self, user: User) -> SecondFactor:
        return second_factor_of(user)


class OwnNameIn(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=64)
    password = serializers.CharField(max_length=200, trim_whitespace=False)


class SessionIn(OwnNameIn):
    """`code` is asked for, by `second_factor_needed`, of whoever set up a second factor."""

    code = serializers.CharField(max_length=40, default="", allow_blank=True)


class SessionOut(serializers.Serializer[Any]):
    """Who is signed in in this browser, if anyone, and the ways in that this server has."""

    me = MeOut(allow_null=True)
    anonymous_read = serializers.BooleanField(help_text="whether anybody sees what is public")
    open_sign_up = serializers.BooleanField()
    mails_resets = serializers.BooleanField()
    single_sign_on = serializers.CharField(help_text="name of the provider, empty where none is")


class Session(APIView):
    """The session of this browser."""

    permission_classes = [AllowAny]

    @extend_schema(responses=SessionOut)
    @method_decorator(ensure_csrf_cookie)
    def get(self, request: Request) -> Response:
        state = {
            "me": request.user if request.user.is_authenticated else None,
            "anonymous_read": settings.ENV.anonymous_read,
            "open_sign_up": bool(settings.ENV.open_sign_up),
            "mails_resets": settings.ENV.mail_url is not None,
            "single_sign_on": settings.ENV.oidc_name if settings.ENV.oidc_issuer else "",
        }
        return Response(SessionOut(state).data)

    @extend_schema(request=SessionIn, responses=MeOut)
    @method_decorator(csrf_protect)
    def post(self, request: Request) -> Response:
        given = SessionIn(data=request.data)
        given.is_valid(raise_exception=True)
        known = request.COOKIES.get(settings.KNOWN_BROWSER_COOKIE, "")
        typed = Credentials(**given.validated_data)
        user = try_to_enter(typed, address=address_of(request), known=known)
        if user is None:
            raise WrongLogin
        login(plain(request), user)
        note_sign_in(
            user,
            request.session.session_key or "",
            address=address_of(request),
            browser=request.headers.get("User-Agent", ""),
        )
        get_token(plain(request))
        return _known(Response(MeOut(user).data), user)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request) -> Response:
        logout(plain(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _known(response: Response, user: User) -> Response:
    """Let the browser show from now on that the person was signed in there."""
    response.set_cookie(
        settings.KNOWN_BROWSER_COOKIE,
        remember_browser(user),
        max_age=settings.KNOWN_BROWSER_FOR,
        path="/api/v1/session",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


class SetupIn(OwnNameIn):
    token = serializers.CharField(max_length=100)


class Setup(APIView):
    """The first password of a person, by a one-time link."""

    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(request=SetupIn, responses={204: None})
    @method_decorator(csrf_protect)
    def post(self, request: Request) -> Response:
        given = SetupIn(data=request.data)
        given.is_valid(raise_exception=True)
        count_link(given.validated_data["username"], address_of(request))
        set_first_password(**given.validated_data)
        return Response(status=status.HTTP_204_NO_CONTENT)


class MeIn(serializers.Serializer[Any]):
    display_name = serializers.CharField(max_length=120, required=False, allow_blank=True)
    email = serializers.EmailField(required=False, allow_blank=True)


class Me(APIView):
    @extend_schema(responses=MeOut)
    def get(self, request: PersonRequest) -> Response:
        return Response(MeOut(request.user).data)

    @extend_schema(request=MeIn, responses=MeOut)
    def patch(self, request: PersonRequest) -> Response:
        given = MeIn(data=request.data)
        given.is_valid(raise_exception=True)
        return Response(MeOut(change_profile(request.user, **given.validated_data)).data)


class ProofIn(serializers.Serializer[Any]):
    """One of both; whoever signs on by a provider signs on again instead."""

    password = serializers.CharField(
        max_length=200, trim_whitespace=False, default="", allow_blank=True
    )
    code = serializers.CharField(
        max_length=40, default="", allow_blank=True, help_text="of the second factor"
    )


class Proof(APIView):
    @extend_schema(request=ProofIn, responses={204: None})
    def post(self, request: PersonRequest) -> Response:
        """Show that it is still the same person, before what is dangerous in a session."""
        given = ProofIn(data=request.data)
        given.is_valid(raise_exception=True)
        prove(request.user, **given.validated_data)
        if request.auth is None:
            note_proof(request)
        return Response(status=status.HTTP_204_NO_CONTENT)


class PasswordIn(serializers.Serializer[Any]):
    old_password = serializers.CharField(max_length=200, trim_whitespace=False)
    password = serializers.CharField(max_length=200, trim_whitespace=False)


class Password(APIView):
    @extend_schema(request=PasswordIn, responses={204: None})
    def post(self, request: PersonRequest) -> Response:
        """Change the caller's password; every other browser is signed out."""
        given = PasswordIn(data=request.data)
        given.is_valid(raise_exception=True)
        wanted = given.validated_data
        change_password(request.user, wanted["old_password"], wanted["password"])
        if request.auth is None:
            was = request.session.session_key or ""
            update_session_auth_hash(plain(request), request.user)
            note_new_key(request.user, was, request.session.session_key or "")
        return Response(status=status.HTTP_204_NO_CONTENT)
