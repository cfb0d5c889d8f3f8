"""Devices that figures are known of: what a person may choose as theirs."""

from dataclasses import dataclass

from portal.accounts.models import User
from repository.models import Artifact, ArtifactFigure
from repository.selectors.access import visible_to
from repository.types import FigureOrigin


@dataclass(frozen=True)
class Board:
    """`slug` is what `for_device` takes: a class of boards, else the name of one."""

    slug: str
    name: str


def list_boards(user: User | None) -> list[Board]:
    """Return the devices of the figures that a person may see, by name."""
    seen = Artifact.objects.filter(
        revision__refs__name="main", revision__refs__ai_model__in=visible_to(user)
    )
    places = (
        ArtifactFigure.objects.filter(artifact__in=seen)
        .values_list("profile", "device", "origin")
        .order_by()
        .distinct()
    )
    boards: dict[str, str] = {}
    for profile, device, origin in places:
        # A vendor names the class; who measured named the one board.
        if not profile or origin == FigureOrigin.PUBLISHED:
            boards[profile or device] = device or profile
        else:
            boards.setdefault(profile, profile)
    return sorted((Board(slug, name) for slug, name in boards.items()), key=lambda row: row.name)
