"""The shipped device profiles."""

from pathlib import Path

import yaml

from jobs.models import DeviceProfile

FILE = Path(__file__).resolve().parent.parent / "profiles.yaml"


def load_profiles() -> int:
    """Bring the shipped device profiles into the database; return how many. Harmless to repeat."""
    rows = yaml.safe_load(FILE.read_text("utf-8"))
    for order, row in enumerate(rows, start=1):
        fields = {name: value for name, value in row.items() if name != "slug"}
        DeviceProfile.objects.update_or_create(
            slug=row["slug"], defaults={**fields, "order": order * 10}
        )
    return len(rows)
