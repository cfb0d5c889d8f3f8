"""The doors, and what each says to each kind of caller."""

from enum import StrEnum

from repository.types import Visibility


class Door(StrEnum):
    OPEN = "anybody"
    SECRET = "whoever brings the right secret in the body"
    LOOK = "anybody; those signed in see more of it"
    PERSON = "anybody signed in; what they see is theirs to see"
    SELF = "anybody signed in, about their own account; of tokens only those that administer"
    CONTRIBUTE = "contributors and above"
    MAINTAIN = "maintainers and above"
    READ = "who may see the model"
    SHOW = "who may see the model; what is public, anybody"
    WRITE = "who may change the model"
    OWN = "who owns the model"
    OF_MODEL = "who may see the model that a thing belongs to"
    OF_NAMESPACE = "who may see what belongs to an owner, without collaborators"
    STEER = "who asked for a job or may change its model"
    MINE = "the one person whose it is"
    MINE_OR_KEPT = "the one person whose it is, and maintainers and above"
    KEEP = "who owns a device everybody knows of, and maintainers and above"
    ACCOUNT = "the one person whose it is, and administrators"
    RULE = "administrators; the one person whose it is may know of it"
    ADMINISTER = "administrators"
    RUNNER = "a runner"
    ATTEMPT = "one attempt of a runner"


class Caller(StrEnum):
    ANONYMOUS = "anonymous"
    VIEWER = "viewer"
    STRANGER = "contributor"
    OWNER = "owner"
    READER = "collaborator who reads"
    HELPER = "collaborator who writes"
    MAINTAINER = "maintainer"
    ADMIN = "admin"
    READ_TOKEN = "the owner's token that only reads"
    REVOKED = "a revoked token of the owner"
    RUNNER = "a runner's credential"


class Answer(StrEnum):
    IN = "let in"
    WHO = "401"
    NO = "403"
    HIDDEN = "404"


SAFE = {"GET", "HEAD", "OPTIONS"}
NOBODY = {Caller.ANONYMOUS, Caller.REVOKED, Caller.RUNNER}
INSIDERS = {Caller.OWNER, Caller.READ_TOKEN, Caller.READER, Caller.HELPER, Caller.ADMIN}
OWNERS = {Caller.OWNER, Caller.READ_TOKEN}
KEEPERS = {Caller.MAINTAINER, Caller.ADMIN}
ALLOWED: dict[Door, set[Caller]] = {
    Door.WRITE: {*OWNERS, Caller.HELPER, Caller.ADMIN},
    Door.OWN: {*OWNERS, Caller.ADMIN},
    Door.STEER: {*OWNERS, Caller.HELPER, Caller.ADMIN},
    Door.CONTRIBUTE: set(Caller) - {Caller.VIEWER},
    Door.MAINTAIN: KEEPERS,
    Door.SELF: set(Caller) - {Caller.READ_TOKEN},
    Door.KEEP: OWNERS | KEEPERS,
    Door.RULE: {Caller.ADMIN},
    Door.ADMINISTER: {Caller.ADMIN},
}
OPEN = {Door.OPEN, Door.SECRET}
OF_A_MODEL = {
    Door.READ,
    Door.SHOW,
    Door.WRITE,
    Door.OWN,
    Door.OF_MODEL,
    Door.OF_NAMESPACE,
    Door.STEER,
}


def expected(door: Door, caller: Caller, visibility: Visibility, method: str) -> Answer:
    """Return what a caller must hear. The order of the questions is that of the product."""
    if door in OPEN or (door == Door.RUNNER and caller == Caller.RUNNER):
        return Answer.IN
    public = door == Door.LOOK or (door == Door.SHOW and visibility == Visibility.PUBLIC)
    if caller == Caller.ANONYMOUS and public and method in SAFE:
        return Answer.IN
    if caller in NOBODY or door in {Door.RUNNER, Door.ATTEMPT}:
        return Answer.WHO
    if caller == Caller.READ_TOKEN and method not in SAFE:
        return Answer.NO
    if caller not in _knowing(door, visibility):
        return Answer.HIDDEN
    return Answer.IN if caller in ALLOWED.get(door, set(Caller)) else Answer.NO


def _knowing(door: Door, visibility: Visibility) -> set[Caller]:
    """Return who may know that the thing behind a door is there."""
    if door == Door.MINE:
        return OWNERS
    if door in {Door.ACCOUNT, Door.RULE}:
        return {*OWNERS, Caller.ADMIN}
    if door == Door.MINE_OR_KEPT:
        return OWNERS | KEEPERS
    if door not in OF_A_MODEL or visibility != Visibility.PRIVATE:
        return set(Caller)
    helpers = {Caller.READER, Caller.HELPER}
    return INSIDERS - helpers if door == Door.OF_NAMESPACE else INSIDERS
