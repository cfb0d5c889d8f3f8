"""Bodies of the documented calls, made from what the document says of their fields."""

import datetime as dt
import functools
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator

from tests.cast import PASSWORD

JSON = "application/json"
SOUND: dict[str, Any] = {
    "contexts": ["night"],
    "email": "nina@example.org",
    "owner": "olga",
    "service_type": "vision",
    "url": "https://example.org/hook",
}
Schema = dict[str, Any]


def document() -> Schema:
    made: Schema = SchemaGenerator().get_schema(request=None, public=True)
    return made


def resolved(schema: Schema, known: Schema) -> Schema:
    """Follow references, and take of several kinds the first that is not null."""
    if "$ref" in schema:
        return resolved(known[schema["$ref"].rpartition("/")[2]], known)
    for several in ("oneOf", "anyOf", "allOf"):
        if several in schema:
            return resolved(schema[several][0], known)
    return schema


def kind_of(schema: Schema) -> str:
    kinds = schema.get("type", "string")
    several = [kinds] if isinstance(kinds, str) else kinds
    return str(next(kind for kind in several if kind != "null"))


def sound(schema: Schema, known: Schema, name: str = "") -> Any:
    """Return a value of the right kind."""
    if name in SOUND:
        return SOUND[name]
    schema = resolved(schema, known)
    if "enum" in schema:
        return schema["enum"][0]
    kind = kind_of(schema)
    if kind == "object":
        return {key: sound(part, known, key) for key, part in schema.get("properties", {}).items()}
    if kind == "array":
        return [sound(schema["items"], known)]
    return {"integer": 1, "number": 1.0, "boolean": True}.get(kind, "x")


def forms() -> Iterator[tuple[str, str, Schema, Schema]]:
    """Return method, path, fields and known parts of each body of JSON."""
    told = document()
    known = told["components"]["schemas"]
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {})
            if JSON in content:
                yield method.upper(), path, resolved(content[JSON]["schema"], known), known


MODEL = "/api/v1/models/{owner}/{name}"
CONTEXT = "/api/v1/contexts/{slug}"
RIGHT: dict[tuple[str, str], Schema] = {
    ("POST", "/api/v1/session"): {"username": "olga", "password": PASSWORD},
    ("POST", "/api/v1/sign-up"): {"username": "nina", "password": "tide-lantern-42-otter"},
    ("POST", "/api/v1/me/password"): {
        "old_password": PASSWORD,
        "password": "tide-lantern-42-otter",
    },
    ("POST", "/api/v1/me/proof"): {"password": PASSWORD},
    ("POST", "/api/v1/me/second-factor"): {"password": PASSWORD},
    ("POST", "/api/v1/people/{username}/departure"): {"hand_over_to": "olga", "delete": False},
    ("POST", "/api/v1/service-types"): {"name_ko": "검침", "name_en": "Metering", "icon": "boxes"},
    ("POST", "/api/v1/contexts"): {"slug": "tide", "label_en": "tide", "axis": "scene"},
    ("PATCH", CONTEXT): {"label_en": "dark"},
    ("POST", f"{CONTEXT}/merge"): {"into": "{other}"},
    ("POST", "/api/v1/empty-searches/{search_id}"): {"context": "{slug}"},
    ("POST", "/api/v1/models"): {"owner": "olga", "name": "new", "service_type": "vision"},
    ("POST", f"{MODEL}/move"): {"owner": "olga", "name": "moved"},
    ("POST", f"{MODEL}/commits"): {
        "message": "more",
        "files": [{"path": "again.onnx", "upload_id": "{upload_id}"}],
    },
    ("POST", f"{MODEL}/revisions/{{ref}}/restore"): {},
    ("PATCH", f"{MODEL}/refs/{{ref}}"): {"revision": "main"},
    ("POST", f"{MODEL}/refs"): {"kind": "tag", "name": "1.0", "revision": "main"},
    ("PUT", f"{MODEL}/lineage"): {"relation": "uploaded", "source": "a notebook"},
    ("POST", "/api/v1/readme-preview"): {"text": "# Tiny"},
    ("POST", "/api/v1/jobs"): {
        "kind": "convert",
        "artifact": "{artifact_id}",
        "target": {"format": "openvino", "precision": "fp32"},
    },
    ("PUT", "/api/v1/storage/{owner}"): {"limit_bytes": None},
    ("POST", "/api/v1/jobs/failed"): {"jobs": ["{job_id}"]},
    ("POST", "/api/v1/jobs/{job_id}/again"): {"device": "{device_id}"},
    ("PATCH", "/api/v1/devices/{device_id}"): {"paused": True},
    ("PUT", "/api/v1/devices/{device_id}/reservation"): {"until": "{soon}"},
    ("POST", "/api/v1/webhooks"): {
        "owner": "olga",
        "url": "https://192.0.2.7/hook",
        "topics": ["job"],
    },
    ("PATCH", "/api/v1/webhooks/{webhook_id}"): {"active": False},
}
"""Bodies that are taken, where one made from the kinds of its fields is not."""


@functools.cache
def _made() -> dict[tuple[str, str], Schema]:
    return {(method, path): sound(form, known) for method, path, form, known in forms()}


def right_body(method: str, route: str, places: Mapping[str, str]) -> Schema:
    """Return what a call carries that is meant well; `places` are the names of what is there."""
    given = RIGHT.get((method, route))
    if given is None:
        return _made().get((method, route), {})
    soon = (timezone.now() + dt.timedelta(hours=1)).isoformat()
    return {name: _placed(value, {**places, "soon": soon}) for name, value in given.items()}


def _placed(value: Any, places: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return value.format_map(places)
    if isinstance(value, list):
        return [_placed(part, places) for part in value]
    if isinstance(value, dict):
        return {name: _placed(part, places) for name, part in value.items()}
    return value
