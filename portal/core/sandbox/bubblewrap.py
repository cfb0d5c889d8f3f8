"""Level 1: bubblewrap shows a child a world made only of what was given to it."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from portal.core.sandbox.task import SandboxBroken

PROGRAM = "bwrap"
ROOT = Path("/")
HOME = ROOT / "tmp"
"""The child's own temporary folder, as it sees it."""
SHARED = ROOT / "dev" / "shm"
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")
SYSTEM_FILES = (
    "/etc/ld.so.cache",
    "/etc/alternatives",
    "/etc/localtime",
    "/sys/devices/system/cpu",
    "/sys/devices/system/node",
    "/sys/bus/cpu",
)
NAMESPACES = ("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts")
NOBODY = "65534"
# For the jail inside, which gives them up again but for reading files.
CAPABILITIES = ("CAP_SETUID", "CAP_SETGID", "CAP_DAC_READ_SEARCH")
# The monitor and the first process of the namespace must outlive the signal that asks the child
# to end: bubblewrap has no option for it, but an ignored signal stays ignored across exec.
DEAF_TO_TERM = ("/bin/sh", "-c", 'trap "" TERM; exec "$0" "$@"')


def wrap(
    command: list[str],
    *,
    readable: Iterable[Path],
    writable: Iterable[Path],
    scratch: Path,
    as_root: bool,
) -> list[str]:
    """Return the command line that runs `command` in a world of its own.

    Without root rights a user namespace stands in for them, with nobody's id inside.
    Raises SandboxBroken when bubblewrap is not installed.
    """
    program = shutil.which(PROGRAM)
    if program is None:
        raise SandboxBroken("bubblewrap is not installed.")
    return [
        *DEAF_TO_TERM,
        program,
        "--die-with-parent",
        *NAMESPACES,
        "--unshare-cgroup-try",
        *_identity(as_root=as_root),
        *("--proc", "/proc", "--dev", "/dev"),
        *("--bind", str(scratch / "shm"), str(SHARED), "--remount-ro", "/dev"),
        *_system(),
        *_given(readable, writable, scratch),
        *("--remount-ro", "/"),
        "--",
        *command,
    ]


def _identity(*, as_root: bool) -> list[str]:
    if not as_root:
        return ["--unshare-user", "--uid", NOBODY, "--gid", NOBODY]
    return ["--cap-drop", "ALL", *(word for cap in CAPABILITIES for word in ("--cap-add", cap))]


def _system() -> list[str]:
    words: list[str] = []
    for path in map(Path, SYSTEM):
        if path.is_symlink():
            words += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            words += ["--ro-bind", str(path), str(path)]
    for path in map(Path, SYSTEM_FILES):
        words += [*_parents(path), "--ro-bind-try", str(path), str(path)]
    return words


def _given(readable: Iterable[Path], writable: Iterable[Path], scratch: Path) -> list[str]:
    """Bind the given paths where they are, the outer before the inner."""
    binds = {HOME: ("--bind", scratch / "tmp")}
    binds |= {path: ("--ro-bind", path) for path in readable}
    binds |= {path: ("--bind", path) for path in writable}
    words: list[str] = []
    for target, (option, source) in sorted(binds.items(), key=lambda bind: len(bind[0].parts)):
        words += [*_parents(target), option, str(source), str(target)]
    return words


def _parents(path: Path) -> list[str]:
    """Make the folders above a path, which bubblewrap by itself makes for root's eyes only."""
    return [word for parent in reversed(path.parents[:-1]) for word in ("--dir", str(parent))]
