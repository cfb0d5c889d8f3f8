"""Two machines with one runner's key: told from a restart, and both stopped."""

from django.db import transaction

from jobs.models import Runner
from jobs.services.devices import revoke_runner
from portal.accounts.services.audit import record
from portal.core.errors import Conflict

MOST_BOOTS = 32
GUESSED = "since-"
"""How boot ids begin that a runner had to make of the time its machine started: they waver."""


class RunnerCloned(Conflict):
    code = "runner_cloned"


def left_boots(runner: Runner, boot_id: str) -> list[str]:
    """Return the boots of a runner's machine that are over once `boot_id` is its current one."""
    left = [boot for boot in runner.left_boots if boot != boot_id]
    is_over = runner.boot_id not in ("", boot_id)
    return [*left, *([runner.boot_id] if is_over else [])][-MOST_BOOTS:]


def check_clone(runner: Runner, boot_id: str) -> None:
    """Revoke a runner that calls from a boot it had left: no machine goes back to one.

    Then its key is on two machines, and which of them is the owner's nobody here can say.
    """
    if boot_id.startswith(GUESSED) or boot_id not in runner.left_boots:
        return
    with transaction.atomic():
        record(runner.owner, "runner.cloned", runner.name)
        revoke_runner(runner.owner, runner)
    raise RunnerCloned(
        "Two machines use the key of this runner, so it was revoked. Find out which of them is"
        " yours, and enroll it with a new code: Devices, Add device."
    )
