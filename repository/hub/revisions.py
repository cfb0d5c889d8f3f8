"""Revisions as Hugging Face clients name them."""

from dataclasses import dataclass

from repository.models import AiModel, ModelFile, Revision
from repository.selectors.files import is_blocked, list_files
from repository.selectors.revisions import MAIN, find_head, get_revision

NOTHING = "0" * 40
"""The id of the state before the first commit: clients expect that `main` always points at one."""
HEADS = "refs/heads/"


@dataclass(frozen=True)
class Snapshot:
    """A model's files at a revision; without one, the empty beginning."""

    ai_model: AiModel
    revision: Revision | None

    @property
    def sha(self) -> str:
        return self.revision.oid if self.revision else NOTHING

    def files(self) -> list[ModelFile]:
        """Return what clients may fetch.

        They fetch all that is listed, and one refusal would cost them the rest: a blocked file is
        not listed. Who asks for it by name is told why it is not given out.
        """
        return [file for file in self.all_files() if not is_blocked(file)]

    def all_files(self) -> list[ModelFile]:
        return list_files(self.revision) if self.revision else []


def branch_of(rev: str) -> str:
    """Return the branch that a commit goes to; `HEAD` is the default one."""
    return MAIN if rev == "HEAD" else rev.removeprefix(HEADS)


def find_snapshot(ai_model: AiModel, rev: str) -> Snapshot:
    """Return what a name or an id stands for, or raise NoSuchRevision."""
    branch = branch_of(rev)
    if branch in {MAIN, NOTHING} and find_head(ai_model) is None:
        return Snapshot(ai_model, None)
    return Snapshot(ai_model, get_revision(ai_model, MAIN if rev == "HEAD" else rev))
