"""The settings about people: how they get in, and how often they may try."""

from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit

from limits import parse
from pydantic import AfterValidator, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode


def _check_tries(value: str) -> str:
    if value:
        try:
            parse(value)
        except ValueError as error:
            raise ValueError("write it as `10 per 15 minutes`; empty is no limit") from error
    return value


Tries = Annotated[str, AfterValidator(_check_tries)]
MAIL_PORTS = {"smtp": 25, "smtps": 465, "smtp+tls": 587}

Role = Literal["viewer", "contributor", "maintainer", "admin"]


class PeopleSettings(BaseSettings):
    """A part of `Env`."""

    open_sign_up: Literal["", "viewer", "contributor"] = Field(
        default="", description="role of whoever signs up alone; nobody may when empty"
    )
    anonymous_read: bool = Field(
        default=True, description="let anybody read public models without signing in, /hf included"
    )
    proof_minutes: int = Field(
        default=15,
        ge=0,
        description="minutes after which a session is asked for the password again before it makes "
        "tokens or changes people; never when 0",
    )
    oidc_issuer: str = Field(
        default="", description="issuer of single sign-on by OpenID Connect; none when empty"
    )
    oidc_name: str = Field(default="SSO", description="its name on the button")
    oidc_client_id: str = Field(default="ondol", description="our id at the issuer")
    oidc_client_secret: SecretStr | None = Field(
        default=None, description="our secret at the issuer; better in a file"
    )
    oidc_domains: Annotated[list[str], NoDecode] = Field(
        default=[],
        description="domains of verified addresses that may sign in, by commas; all when empty",
    )
    oidc_role: Role = Field(default="viewer", description="role of who signs in for the first time")
    oidc_groups: Annotated[dict[str, Role], NoDecode] = Field(
        default={}, description="role by group of the issuer: team=contributor,staff=maintainer"
    )
    mail_url: SecretStr | None = Field(
        default=None,
        description="smtp:// or smtps://user:password@host:port, or smtp+tls:// for STARTTLS; "
        "no mail is sent when not given",
    )
    mail_from: str = Field(default="ondol@localhost", description="sender of mail")
    admin_second_factor: bool = Field(
        default=False, description="administrators must set up a second factor before they go on"
    )
    trusted_proxies: Annotated[list[str], NoDecode] = Field(
        default=["127.0.0.1", "::1"],
        description="addresses or networks whose X-Forwarded-For is believed, separated by commas",
    )
    limit_sign_in_account: Tries = Field(
        default="10 per 15 minutes",
        description="sign-ins tried for one account from new browsers; empty is no limit, as below",
    )
    limit_sign_in_address: Tries = Field(
        default="100 per 15 minutes", description="sign-ins tried from one address"
    )
    limit_second_factor: Tries = Field(
        default="5 per 15 minutes", description="codes of the second factor tried for one account"
    )
    limit_link_account: Tries = Field(
        default="10 per 15 minutes",
        description="links for a password tried for one account from one address",
    )
    limit_link_address: Tries = Field(
        default="50 per 15 minutes", description="links for a password tried from one address"
    )
    limit_credential_address: Tries = Field(
        default="600 per minute",
        description="tokens, runner credentials and codes tried from one address that are not "
        "known to be good",
    )
    limit_upload_user: Tries = Field(
        default="3000 per hour", description="uploads begun by one person"
    )
    limit_upload_address: Tries = Field(
        default="10000 per hour", description="uploads begun from one address"
    )
    limit_search_user: Tries = Field(
        default="600 per minute", description="searches and suggestions asked by one person"
    )
    limit_search_address: Tries = Field(
        default="3000 per minute", description="searches and suggestions asked from one address"
    )

    @field_validator("oidc_domains", mode="before")
    @classmethod
    def _split_domains(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return [part.strip().lower() for part in value.split(",") if part.strip()]

    @field_validator("oidc_groups", mode="before")
    @classmethod
    def _split_groups(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        pairs = [part.partition("=") for part in value.split(",") if part.strip()]
        return {group.strip(): role.strip() for group, _, role in pairs}

    @field_validator("mail_url")
    @classmethod
    def _check_mail(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            parts = urlsplit(value.get_secret_value())
            if parts.scheme not in MAIL_PORTS or not parts.hostname:
                raise ValueError("write it as smtp+tls://user:password@host:587")
        return value

    def mail_server(self) -> dict[str, str | int | bool]:
        """Return Django's settings of the mail server, or nothing."""
        if self.mail_url is None:
            return {}
        parts = urlsplit(self.mail_url.get_secret_value())
        return {
            "EMAIL_HOST": str(parts.hostname),
            "EMAIL_PORT": parts.port or MAIL_PORTS[parts.scheme],
            "EMAIL_HOST_USER": unquote(parts.username or ""),
            "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
            "EMAIL_USE_SSL": parts.scheme == "smtps",
            "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        }
