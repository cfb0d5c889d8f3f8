"""The environment, read once: every setting an operator may change, with its unit and default."""

import os
import re
import secrets
import sys
import tempfile
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from portal.settings.people import PeopleSettings

REPOSITORY_ROOT = Path(__file__).resolve().parents[2]
CRASH = re.compile(r"(before|after):[a-z]+\.[a-z]+:(error|kill|hang)")


class Env(PeopleSettings):
    """Machines differ by these values, never by code paths of their own.

    A variable is the field's name in capitals after `ONDOL_`. Any of them may name a file instead
    (`ONDOL_SECRET_KEY_FILE`), or lie in a file of the lower-case name under /run/secrets.
    """

    model_config = SettingsConfigDict(
        env_prefix="ONDOL_",
        env_file=REPOSITORY_ROOT / ".env",
        secrets_dir="/run/secrets" if Path("/run/secrets").is_dir() else None,
        frozen=True,
        extra="ignore",
    )

    home: Path = Field(
        default=REPOSITORY_ROOT / ".ondol",
        description="folder of the embedded database, blobs, search index and demo cache",
    )
    debug: bool = Field(default=False, description="show tracebacks in the browser; never in use")
    crash_at: str = Field(
        default="",
        description="tests only, refused without ONDOL_DEBUG: before|after:SAVE:error|kill|hang",
    )
    secret_key: SecretStr | None = Field(
        default=None, description="signs sessions; made once under ONDOL_HOME when not given"
    )
    allowed_hosts: Annotated[list[str], NoDecode] = Field(
        default=["localhost", "127.0.0.1", "[::1]"],
        description="host names the server answers to, separated by commas",
    )
    public_url: str = Field(
        default="http://127.0.0.1:8000", description="where people and devices reach the server"
    )
    https_redirect: bool = Field(
        default=True,
        description="lead HTTP to an https ONDOL_PUBLIC_URL; off where a proxy hides the scheme",
    )
    bytes_url: str = Field(
        default="",
        description="https://... of this server by another name, from which files are given out",
    )
    body_limit_bytes: int = Field(
        default=8 * 2**20, description="bytes of a request that carries no file"
    )
    head_s: float = Field(
        default=20, gt=0, description="seconds for the head of a request, from its connection on"
    )
    body_pause_s: float = Field(
        default=60, gt=0, description="seconds between two pieces of a body, uploads included"
    )
    body_whole_s: float = Field(
        default=300, gt=0, description="seconds for all of a body that carries no file"
    )
    log_format: Literal["line", "json"] = Field(
        default="line", description="line for people, json for a collector of logs"
    )
    admin_password: SecretStr | None = Field(
        default=None, description="password of the first administrator `admin`"
    )
    database_url: str | None = Field(
        default=None, description="postgresql://...; SQLite under ONDOL_HOME when not given"
    )
    database_slots: int = Field(
        default=20, ge=1, description="most connections to the database of one process"
    )
    redis_url: str | None = Field(
        default=None, description="redis://... or unix://...; a local server is started if absent"
    )
    elasticsearch_url: str | None = Field(
        default=None, description="http://...; SQLite full-text search when not given"
    )
    elasticsearch_index: str = Field(
        default="ondol-models", description="name of the alias that searches read"
    )
    search_patience_s: float = Field(
        default=0.2,
        gt=0,
        description="seconds a search waits for Elasticsearch, then it answers by contexts alone",
    )
    search_tend_every_s: float = Field(
        default=24 * 3600, description="seconds between two repairs of the search index"
    )
    sandbox_worst: int = Field(
        default=2,
        ge=1,
        le=3,
        description="weakest sandbox allowed: 1 bubblewrap, 2 Landlock, 3 limits only (loopback)",
    )
    upload_limit_bytes: int = Field(default=20 * 2**30, description="bytes of one uploaded file")
    upload_chunk_bytes: int = Field(default=8 * 2**20, description="bytes of one upload request")
    upload_keep_s: float = Field(default=24 * 3600, description="seconds an idle upload is kept")
    quota_user_bytes: int = Field(
        default=0, description="bytes one person's models and uploads may hold; 0 is no limit"
    )
    quota_team_bytes: int = Field(
        default=0, description="bytes one team's models and uploads may hold; 0 is no limit"
    )
    blob_grace_s: float = Field(
        default=24 * 3600, description="seconds until bytes that nobody points at are deleted"
    )
    collect_every_s: float = Field(
        default=3600, description="seconds between two looks for such bytes"
    )
    verify_share: float = Field(
        default=0.01, ge=0, le=1, description="share of downloads after which bytes are verified"
    )
    spot_check_share: float = Field(
        default=0.02,
        ge=0,
        le=1,
        description="share of measurements made again by another runner's device of the same board",
    )
    accel_prefix: str = Field(
        default="",
        description="internal nginx location of the blobs folder, for X-Accel-Redirect; else empty",
    )
    s3_bucket: str = Field(default="", description="bucket of the blobs; a folder when not given")
    s3_endpoint_url: str | None = Field(default=None, description="http(s)://... of the S3 server")
    s3_region: str | None = Field(default=None, description="region of the bucket")
    s3_access_key: SecretStr | None = Field(default=None, description="access key of the bucket")
    s3_secret_key: SecretStr | None = Field(default=None, description="secret key of the bucket")
    s3_redirect: bool = Field(
        default=True, description="give bytes out by signed URL; else through the server"
    )
    s3_cache_bytes: int = Field(
        default=20 * 2**30, description="bytes of S3 objects kept on the local disk"
    )
    signed_url_s: int = Field(default=3600, description="seconds a signed URL is valid")
    readme_limit_bytes: int = Field(default=2**20, description="bytes of a README")
    lease_s: float = Field(default=60, description="seconds an attempt lives without a heartbeat")
    heartbeat_s: float = Field(default=15, description="seconds between heartbeats")
    accept_within_s: float = Field(default=15, description="seconds to accept an offered attempt")
    claim_wait_s: float = Field(default=25, description="longest seconds a claim is held open")
    offline_grace_s: float = Field(
        default=600, description="seconds a runner goes on without contact before it stops itself"
    )
    cancel_grace_s: float = Field(default=30, description="seconds from polite to forced cancel")
    job_expires_s: float = Field(default=24 * 3600, description="seconds a job may wait queued")
    janitor_every_s: float = Field(default=2, description="seconds between two janitor rounds")
    resend_after_s: float = Field(
        default=30, description="seconds until an unanswered background message is sent again"
    )
    host_lock: Path = Field(
        default=Path(tempfile.gettempdir()) / "ondol-host.lock",
        description="file by which conversions and measurements of one machine take turns",
    )
    conversion_slots: int = Field(default=1, description="conversions at a time in one worker")
    conversion_threads: int = Field(default=2, description="processor threads of one conversion")
    conversion_limit_s: float = Field(default=1800, description="longest seconds of a conversion")
    webhook_private: bool = Field(
        default=False, description="let webhooks call addresses of private networks"
    )
    online_within_s: float = Field(
        default=45, description="seconds since last contact while a device counts as online"
    )

    @cached_property
    def key(self) -> str:
        """Return the secret key, making and keeping one for an embedded installation."""
        if self.secret_key is not None:
            return self.secret_key.get_secret_value()
        kept = self.home / "secret_key"
        if not kept.exists():
            self.home.mkdir(parents=True, exist_ok=True)
            scratch = kept.with_suffix(f".{secrets.token_hex(4)}")
            scratch.touch(mode=0o600)
            scratch.write_text(secrets.token_urlsafe(50))
            # A link fails if another process was first: then its key counts.
            try:
                kept.hardlink_to(scratch)
            except FileExistsError:
                pass
            finally:
                scratch.unlink()
        return kept.read_text().strip()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        files = InitSettingsSource(settings_cls, init_kwargs=_from_files(cls))
        return init_settings, env_settings, files, dotenv_settings, file_secret_settings

    @field_validator("bytes_url")
    @classmethod
    def _without_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @field_validator("crash_at")
    @classmethod
    def _only_under_test(cls, value: str, info: ValidationInfo) -> str:
        if value and not info.data.get("debug"):
            raise ValueError("it makes the server fail on purpose, so it needs ONDOL_DEBUG=1")
        if value and not CRASH.fullmatch(value):
            raise ValueError("it is before|after:SAVE:error|kill|hang")
        return value

    @field_validator("allowed_hosts", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


def _from_files(settings: type[BaseSettings]) -> dict[str, Any]:
    """Return the settings whose variable names a file; one that cannot be read ends the program."""
    found = {}
    for name in settings.model_fields:
        variable = f"ONDOL_{name.upper()}_FILE"
        if path := os.environ.get(variable):
            try:
                found[name] = Path(path).read_text("utf-8").strip()
            except OSError as error:
                sys.exit(f"ondol: {variable} names a file that cannot be read: {error}.")
    return found


def load() -> Env:
    """Read the environment, or end the program with one line that names what is wrong in it."""
    try:
        return Env()
    except ValidationError as error:
        wrong = "; ".join(
            f"ONDOL_{str(fault['loc'][0]).upper()}: {fault['msg']}" for fault in error.errors()
        )
        sys.exit(f"ondol: these settings are not valid: {wrong}. See .env.example")


env = load()
