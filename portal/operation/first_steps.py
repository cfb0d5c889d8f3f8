"""What a new portal still lacks, told by its own data: a step done elsewhere counts."""

from dataclasses import dataclass

from jobs.selectors.devices import list_devices
from jobs.selectors.jobs import visible_jobs
from jobs.types import JobKind
from portal.accounts.models import User
from portal.accounts.selectors.people import is_admin, list_people
from repository.selectors.access import visible_to
from repository.services.catalog_import import OWNER


@dataclass(frozen=True)
class FirstSteps:
    model: bool
    device: bool
    convert: bool
    invite: bool | None
    """None for whoever invites nobody."""
    convertible: str
    """A model with files of its own, empty where none is."""


def first_steps(user: User) -> FirstSteps:
    models = visible_to(user).select_related("namespace")
    # Imported catalogs have their makers' figures, and no files to convert.
    own = models.exclude(namespace__slug=OWNER).filter(refs__name="main").order_by("id").first()
    return FirstSteps(
        model=models.exists(),
        device=list_devices().exists(),
        convert=visible_jobs(user).filter(kind=JobKind.CONVERT).exists(),
        invite=list_people(user).count() > 1 if is_admin(user) else None,
        convertible=str(own) if own else "",
    )
