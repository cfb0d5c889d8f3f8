"""The last step before untrusted bytes are read: give up every right not needed, then exec.

Run by path with `python -I -S`, so that it starts in milliseconds and imports nothing of ours.
Takes the plan as JSON in its first argument and the command in the rest; when all is in place it
writes one byte to `ready` and becomes the command.
"""

import ctypes
import json
import os
import resource
import signal
import struct
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_SET_SECCOMP = 22
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
SECCOMP_MODE_FILTER = 2
CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2
LANDLOCK_ADD_RULE = 445
LANDLOCK_RESTRICT_SELF = 446
LANDLOCK_PATH_BENEATH = 1
LANDLOCK_READ = 0b1100

_libc = ctypes.CDLL(None, use_errno=True)


class Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def main() -> None:
    plan = json.loads(sys.argv[1])
    command = sys.argv[2:]
    os.set_inheritable(plan["ready"], False)  # noqa: FBT003  (it takes no keyword)
    os.chdir(plan["cwd"])
    _forget_signals()
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    if plan["uid"] is not None:
        _become(plan["uid"])
    if plan["parent"] is not None:
        _die_with(plan["parent"])
    _limit(plan["limits"])
    _checked(_libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    if plan["ruleset"] is not None:
        _restrict_files(plan["ruleset"])
    if plan["filter"] is not None:
        _filter_calls(plan["filter"])
    os.write(plan["ready"], b"1")
    os.execv(command[0], command)  # noqa: S606  (there is no shell to start)


def _forget_signals() -> None:
    """Undo what this interpreter and the one that started us ignore: a command inherits it."""
    for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _become(uid: int) -> None:
    """Stop being root. What remains is the right to read the files that root may read.

    The limit of processes does not count for root, hence the user id; the interpreter and the
    uploaded files may lie where only root comes, hence the capability that stays.
    """
    keep = next((c for c in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE) if _permitted() >> c & 1), None)
    _checked(_libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0))
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    bits = 0 if keep is None else 1 << keep
    header = struct.pack("=Ii", CAPABILITY_VERSION_3, 0)
    _checked(_libc.capset(header, struct.pack("=6I", bits, bits, bits, 0, 0, 0)))
    if keep is not None:
        _checked(_libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, keep, 0, 0))


def _permitted() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("CapPrm:")[2].split()[0], 16)


def _die_with(parent: int) -> None:
    _checked(_libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0))
    if os.getppid() != parent:
        sys.exit("the process that asked for this one is gone")


def _restrict_files(rules: int) -> None:
    # What the process may read of /proc is itself; only now is its number known.
    own = os.open(f"/proc/{os.getpid()}", os.O_PATH)
    rule = struct.pack("=Qi", LANDLOCK_READ, own)
    _checked(_libc.syscall(LANDLOCK_ADD_RULE, rules, LANDLOCK_PATH_BENEATH, rule, 0))
    os.close(own)
    _checked(_libc.syscall(LANDLOCK_RESTRICT_SELF, rules, 0))
    os.close(rules)


def _limit(limits: dict[str, int]) -> None:
    for name, value in limits.items():
        number = getattr(resource, name)
        if name == "RLIMIT_NPROC":
            wanted = (value + _running(),) * 2
        elif name == "RLIMIT_CPU":
            # First a signal that tells why, a second later the one that cannot be caught.
            wanted = (value, value + 1)
        else:
            wanted = (value, value)
        _, hard = resource.getrlimit(number)
        if hard != resource.RLIM_INFINITY:
            wanted = (min(wanted[0], hard), min(wanted[1], hard))
        resource.setrlimit(number, wanted)


def _running() -> int:
    """Count what the user already runs: the kernel's limit is of a user, ours of this child."""
    total = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                if entry.stat().st_uid == os.getuid():
                    total += sum(1 for _ in (entry / "task").iterdir())
    return total


def _filter_calls(instructions: list[list[int]]) -> None:
    packed = b"".join(
        struct.pack("=HBBI", code, yes, no, os.getpid() if constant == -1 else constant)
        for code, yes, no, constant in instructions
    )
    program = Program(len(instructions), packed)
    _checked(_libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0))


def _checked(result: Any) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


if __name__ == "__main__":
    main()
