"""Give the artifacts of earlier versions the digest by which they are known again."""

import hashlib
import json
from typing import Any

from django.db import migrations

KEY = ("format", "precision", "component", "recipe_sha256")


def seal_contents(apps: Any, _: Any) -> None:
    artifacts = apps.get_model("repository", "Artifact")
    usages = apps.get_model("repository", "UsageSpec").objects
    for artifact in artifacts.objects.exclude(origin="published").iterator():
        usage = usages.filter(revision=artifact.revision_id)
        content = {
            "form": [getattr(artifact, name) for name in KEY],
            "files": sorted(artifact.files.values_list("path", "blob")),
            "usage": list(usage.values_list("inputs", "labels", "output")),
        }
        text = json.dumps(content, sort_keys=True).encode()
        artifact.content_sha256 = hashlib.sha256(text).hexdigest()
        artifact.save(update_fields=["content_sha256"])


class Migration(migrations.Migration):
    dependencies = [("repository", "0015_artifact_content")]

    operations = [migrations.RunPython(seal_contents, migrations.RunPython.noop)]
