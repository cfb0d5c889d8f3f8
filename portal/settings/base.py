"""Django's settings, from the typed environment. Machines differ by values alone."""

import datetime as dt
from typing import Any
from urllib.parse import urlsplit

import dj_database_url

from portal.settings.env import REPOSITORY_ROOT, env

ENV = env
BASE_DIR = REPOSITORY_ROOT
# The first is built by `make build`; the second an administrator fills.
RUNNER_WHEEL = BASE_DIR / "build" / "runner-wheel"
RUNNER_WHEELS = env.home / "runner-wheels"
SECRET_KEY = env.key
DEBUG = env.debug
ALLOWED_HOSTS = env.allowed_hosts
_SECURE = urlsplit(env.public_url).scheme == "https"
CSRF_TRUSTED_ORIGINS = [env.public_url]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "portal.core",
    "portal.accounts",
    "portal.news",
    "repository",
    "jobs",
    "portal.operation",
]
MIDDLEWARE = [
    "portal.core.http.request_ids.FaultMiddleware",
    "portal.core.http.compressed.CompressJson",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.core.http.database_slots.DatabaseSlotMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    # What Django and REST framework say of a field; our own sentences are English with a code.
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
ROOT_URLCONF = "portal.urls"
ASGI_APPLICATION = "portal.asgi.application"
WSGI_APPLICATION = None
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]

_SQLITE: dict[str, Any] = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": env.home / "ondol.sqlite3",
    "OPTIONS": {
        # A deferred transaction that reads and then writes fails under load; this one waits.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    },
}
DATABASES: dict[str, Any] = {
    "default": dj_database_url.parse(env.database_url, conn_health_checks=True)
    if env.database_url
    else _SQLITE
}
if env.database_url:
    # Each call has a thread of its own: without a pool it waits until PostgreSQL has a process.
    # A longer `reconnect_timeout` lets the pauses between its tries grow to minutes.
    pool = {
        "min_size": 0,
        "max_size": env.database_slots,
        "timeout": 5,
        "reconnect_timeout": 5,
    }
    DATABASES["default"].setdefault("OPTIONS", {})["pool"] = pool
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _SECURE
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "ondol_session"
KNOWN_BROWSER_COOKIE = "ondol_known"
KNOWN_BROWSER_FOR = dt.timedelta(days=400)
OTP_TOTP_ISSUER = "Ondol"
# Its delays grow without end; `portal.core.limits` counts tries instead.
OTP_TOTP_THROTTLE_FACTOR = 0
# What each process remembers for itself: which secrets were good lately.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
}
# A write per call would be the dearest part of most calls.
USE_NOTED_EVERY = dt.timedelta(minutes=1)
CSRF_FAILURE_VIEW = "portal.core.http.missing.forged"
SECURE_HSTS_SECONDS = 31_536_000 if _SECURE else 0
SECURE_SSL_REDIRECT = _SECURE and env.https_redirect
SECURE_SSL_HOST = urlsplit(env.public_url).netloc
# Whoever watches the server asks it directly.
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$", "^metrics$"]
# Other headers are set around every endpoint, by portal.core.http.headers.
SILENCED_SYSTEM_CHECKS = [
    "security.W002",  # X-Frame-Options is one of them
    "security.W005",  # hosts below this one's name are their owner's business
    "security.W021",  # and so is a place in the lists of browsers
]
APPEND_SLASH = False

globals().update(env.mail_server())
DEFAULT_FROM_EMAIL = env.mail_from
# A mail server that does not answer must not hold a worker.
EMAIL_TIMEOUT = 20

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ko", "한국어")]
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
FRONTEND_DIST = REPOSITORY_ROOT / "frontend" / "dist"
WHITENOISE_ROOT = FRONTEND_DIST if FRONTEND_DIST.is_dir() else None
WHITENOISE_USE_FINDERS = True


def WHITENOISE_IMMUTABLE_FILE_TEST(path: str, url: str) -> bool:  # noqa: N802
    """Say whether a file may be kept for ever: the build puts a digest into each asset's name."""
    del path
    return url.startswith("/assets/")


# Every byte of an upload goes through /api/v1/uploads; what is left are small JSON bodies.
# What is over the limit never comes this far; Django would answer with a page of its own.
DATA_UPLOAD_MAX_MEMORY_SIZE = env.body_limit_bytes

REST_FRAMEWORK = {
    # `?format=onnx` filters models; it does not choose how the answer is written.
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "portal.accounts.authentication.BearerAuthentication",
        "portal.accounts.authentication.PortalSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["portal.accounts.permissions.SignedIn"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["portal.core.http.bodies.Body"],
    "DEFAULT_SCHEMA_CLASS": "portal.core.http.schema.NamedSchema",
    "EXCEPTION_HANDLER": "portal.core.http.errors.answer_refusal",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Ondol",
    "DESCRIPTION": "Find, convert, measure and fetch models for devices.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "portal.edge_paths.add_edge_paths",
    ],
    "ENUM_NAME_OVERRIDES": {
        "JobState": "jobs.types.JobState",
        "AttemptState": "jobs.types.AttemptState",
        "RunnerState": "jobs.types.RunnerState",
        "UploadState": "repository.types.UploadState",
        "Metric": "repository.types.Metric",
        "JobKind": "jobs.types.JobKind",
        "Visibility": "repository.types.Visibility",
        "ArtifactOrigin": "repository.types.ArtifactOrigin",
        "FigureOrigin": "repository.types.FigureOrigin",
        "Relation": "repository.types.Relation",
        "RefKind": "repository.types.RefKind",
        "RelationOrigin": "repository.types.RelationOrigin",
        "ContextKind": "repository.types.ContextKind",
        "Role": "portal.accounts.types.Role",
        "SecondFactor": "portal.accounts.types.SecondFactor",
        "Scope": "portal.accounts.types.Scope",
    },
}

REDIS_URL = env.redis_url or "redis://127.0.0.1:6379/0"
# A socket is `unix://` to redis-py and `redis+socket://` to Celery.
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Nothing of ours steers workers, and whoever reaches Redis could end them.
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "portal.core.logs.LineFormatter"},
        "json": {"()": "portal.core.logs.JsonFormatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": env.log_format}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "elastic_transport": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
        "uvicorn": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "uvicorn.access": {"level": "WARNING"},
        "kombu": {"level": "WARNING"},
    },
}
