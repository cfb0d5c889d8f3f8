"""Which paths a revision may hold: plain names that mean the same file on every system."""

import unicodedata
from collections.abc import Iterable

from portal.core.errors import invalid_field

LONGEST = 255


def check_path(path: str) -> str:
    """Return a path in composed form, or refuse one that leads elsewhere or looks like another."""
    composed = unicodedata.normalize("NFC", path)
    # Full-width dots and slashes become plain ones on some systems: judge them as such.
    plain = unicodedata.normalize("NFKC", composed)
    if (
        not 0 < len(composed) <= LONGEST
        or not composed.isprintable()
        or any(letter in plain for letter in '\\:*?"<>|')
        or plain.count("/") != composed.count("/")
        or any(not part or part != part.lstrip().rstrip(" .") for part in plain.split("/"))
    ):
        raise invalid_field(
            "files",
            f"The path {_shown(path)} is not allowed. Use plain names joined by '/', of at most "
            f"{LONGEST} characters in all.",
            "path_not_allowed",
        )
    return composed


def check_together(paths: Iterable[str]) -> None:
    """Refuse paths of one revision that a device could not hold side by side."""
    seen: dict[str, str] = {}
    folders: dict[str, str] = {}
    for path in sorted(paths):
        folded = path.casefold()
        if folded in seen:
            raise invalid_field(
                "files",
                f"'{seen[folded]}' and '{path}' differ in case only. Rename one of them.",
                "paths_collide",
            )
        seen[folded] = path
        while "/" in folded:
            folded = folded.rpartition("/")[0]
            folders.setdefault(folded, path)
    for folded in seen.keys() & folders.keys():
        raise invalid_field(
            "files",
            f"'{seen[folded]}' is a file, and a folder in '{folders[folded]}'. Rename one of them.",
            "paths_collide",
        )


def _shown(path: str) -> str:
    return repr(path if len(path) <= 60 else path[:60] + "…")  # noqa: PLR2004
