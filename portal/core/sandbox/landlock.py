"""Landlock: the kernel's allow-list of files for a process that gives up its rights itself."""

import ctypes
import os
import struct
from collections.abc import Iterable
from pathlib import Path

CREATE_RULESET = 444
ADD_RULE = 445
VERSION_FLAG = 1
RULE_PATH_BENEATH = 1

EXECUTE = 1 << 0
READ_FILE = 1 << 2
READ_DIR = 1 << 3
MAKE_CHAR = 1 << 6
MAKE_SOCK = 1 << 9
MAKE_BLOCK = 1 << 11
READ = EXECUTE | READ_FILE | READ_DIR
# What only makes sense for a folder; the kernel refuses it in a rule about a file.
OF_FOLDERS = READ_DIR | sum(1 << bit for bit in (4, 5, 6, 7, 8, 9, 10, 11, 12, 13))
RIGHTS_BY_ABI = {1: 13, 2: 14, 3: 15, 5: 16}
"""From which ABI on how many file rights are known."""
NETWORK_ABI = 4
TCP = 0b11
SCOPE_ABI = 6
ABSTRACT_SOCKETS_AND_SIGNALS = 0b11

_libc = ctypes.CDLL(None, use_errno=True)


def abi() -> int:
    """Return the version of Landlock this kernel speaks, 0 for none."""
    return max(0, int(_libc.syscall(CREATE_RULESET, None, 0, VERSION_FLAG)))


def ruleset(readable: Iterable[Path], writable: Iterable[Path], devices: Iterable[Path]) -> int:
    """Return the descriptor of a rule set: all handled rights are denied but those on the paths.

    Paths that do not exist are left out. Raises OSError where the kernel has no Landlock.
    """
    version = abi()
    known = (1 << max((n for v, n in RIGHTS_BY_ABI.items() if v <= version), default=0)) - 1
    rules = _create(version, known)
    everything = known & ~(MAKE_CHAR | MAKE_SOCK | MAKE_BLOCK)
    for path in readable:
        _allow(rules, path, READ)
    for path in writable:
        _allow(rules, path, everything)
    for path in devices:
        _allow(rules, path, everything & ~EXECUTE)
    return rules


def _create(version: int, known: int) -> int:
    attributes = struct.pack("=Q", known)
    if version >= NETWORK_ABI:
        attributes += struct.pack("=Q", TCP)
    if version >= SCOPE_ABI:
        attributes += struct.pack("=Q", ABSTRACT_SOCKETS_AND_SIGNALS)
    return _checked(_libc.syscall(CREATE_RULESET, attributes, len(attributes), 0))


def _allow(rules: int, path: Path, rights: int) -> None:
    try:
        target = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not path.is_dir():
            rights &= ~OF_FOLDERS
        rule = struct.pack("=Qi", rights, target)
        _checked(_libc.syscall(ADD_RULE, rules, RULE_PATH_BENEATH, rule, 0))
    finally:
        os.close(target)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return int(result)
