"""From a task to the command line that runs it at a given level."""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from portal.core.sandbox import bubblewrap, landlock, seccomp
from portal.core.sandbox.identity import choose_uid, lent
from portal.core.sandbox.interpreter import environment, python_paths
from portal.core.sandbox.limits import Level, Limits
from portal.core.sandbox.scratch import scratch_folder
from portal.core.sandbox.task import SandboxBroken, Task

JAIL = Path(__file__).with_name("jail.py")
DEVICES = tuple(Path("/dev") / name for name in ("null", "zero", "full", "random", "urandom"))
OF_KERNEL = tuple(
    Path(name) for name in ("/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/sys/bus/pci/devices")
)


@dataclass(frozen=True)
class Command:
    argv: list[str]
    env: dict[str, str]
    inherited: tuple[int, ...]
    ready: int
    """Readable: one byte once the child is jailed and about to become the command."""
    watched: tuple[Path, ...]
    """The folders whose content counts as what the child has written."""


@dataclass(frozen=True)
class _Place:
    """Where the child works and what it may open."""

    scratch: Path
    readable: tuple[Path, ...]
    writable: tuple[Path, ...]
    uid: int | None


@contextmanager
def prepared(task: Task, level: Level) -> Iterator[Command]:
    """Lay out what the child needs, and clear it away after.

    Raises FileNotFoundError for a given path that does not exist, SandboxBroken where the level
    is not to be had on this machine.
    """
    with ExitStack() as stack:
        scratch = stack.enter_context(scratch_folder())
        own = (scratch / "tmp", scratch / "shm")
        for folder in own:
            folder.mkdir()
        # The child must come through to its own folders, and see nothing else on the way.
        scratch.chmod(0o711)
        uid = choose_uid()
        writable = _spelled(task.writable)
        stack.enter_context(lent([*own, *writable], uid))
        place = _Place(scratch, (*python_paths(), *_spelled(task.readable)), writable, uid)
        ready, announce = os.pipe()
        stack.callback(os.close, ready)
        stack.callback(os.close, announce)
        rules = _ruleset(place) if level is Level.LANDLOCK else None
        if rules is not None:
            stack.callback(os.close, rules)
        plan = _plan(task, level, uid) | {"ready": announce, "ruleset": rules}
        inside = level is Level.BUBBLEWRAP
        home = str(bubblewrap.HOME if inside else scratch / "tmp")
        plan["cwd"] = str(task.cwd or home)
        argv = [sys.executable, "-I", "-S", str(JAIL), json.dumps(plan), *task.argv]
        yield Command(
            argv=_wrapped(argv, place) if inside else argv,
            env=environment(home, task.env),
            inherited=(announce,) if rules is None else (announce, rules),
            ready=ready,
            watched=(scratch, *writable),
        )


def _plan(task: Task, level: Level, uid: int | None) -> dict[str, object]:
    """Say what the jail does before it becomes the command."""
    fenced = level is not Level.RLIMITS
    others_in_sight = level is Level.LANDLOCK and landlock.abi() < landlock.SCOPE_ABI
    return {
        "uid": uid,
        # In bubblewrap the parent is another one; there its own option sees to this.
        "parent": None if level is Level.BUBBLEWRAP else os.getpid(),
        "limits": _rlimits(task.limits),
        "filter": seccomp.program(own_signals_only=others_in_sight) if fenced else None,
    }


def _wrapped(argv: list[str], place: _Place) -> list[str]:
    return bubblewrap.wrap(
        argv,
        readable=place.readable,
        writable=place.writable,
        scratch=place.scratch,
        as_root=os.geteuid() == 0,
    )


def _ruleset(place: _Place) -> int:
    """Return the descriptor of the rules of level 2: the child shares our view of the files."""
    if landlock.abi() == 0:
        raise SandboxBroken("This kernel has no Landlock.")
    system = (Path(name) for name in (*bubblewrap.SYSTEM, *bubblewrap.SYSTEM_FILES))
    return landlock.ruleset(
        readable=(*system, *OF_KERNEL, *place.readable),
        writable=(place.scratch / "tmp", *place.writable),
        devices=DEVICES,
    )


def _rlimits(limits: Limits) -> dict[str, int]:
    return {
        "RLIMIT_CORE": 0,
        "RLIMIT_CPU": limits.processor_s,
        "RLIMIT_FSIZE": limits.file_bytes,
        "RLIMIT_NOFILE": limits.open_files,
        "RLIMIT_NPROC": limits.processes,
        "RLIMIT_AS": limits.memory_bytes,
    }


def _spelled(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Return each path as it was given and as it is without links: both must exist inside."""
    spelled = (found for path in paths for found in (path.absolute(), path.resolve(strict=True)))
    return tuple(dict.fromkeys(spelled))
