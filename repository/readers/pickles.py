"""Pickles: recognized and listed by their opcodes, never loaded."""

import bz2
import io
import lzma
import pickletools
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any

from repository.readers.finding import Blocked, Code, Rejected, printable

READ_BYTES = 8 * 2**20
MOST_OPCODES = 400_000
MOST_PICKLES = 64
MOST_GLOBALS = 64
PROTO = b"\x80"
NEWEST_PROTOCOL = 5
IDENTIFIER = re.compile(r"[A-Za-z_][\w.]*")
OPCODES = {opcode.code.encode("latin-1"): opcode for opcode in pickletools.opcodes}
MARK = pickletools.markobject
CALLS = frozenset({"REDUCE", "INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "BUILD"})
PICKLE_CURE = (
    "holds a pickle, which may run code when it is opened, so it is kept but never used. "
    "Save the model as safetensors, ONNX or .pt2 (torch.export) and upload that."
)
LZMA_BYTES = 128 * 2**20
"""Twice what the strongest level takes; thirteen bytes can ask for four gigabytes."""
DECOMPRESSORS: tuple[tuple[bytes, Any], ...] = (
    (b"\x1f\x8b", lambda: zlib.decompressobj(wbits=31)),
    (b"\x78", zlib.decompressobj),
    (b"BZh", bz2.BZ2Decompressor),
    (b"\xfd7zXZ\x00", lambda: lzma.LZMADecompressor(memlimit=LZMA_BYTES)),
    (
        b"\x5d\x00\x00",
        lambda: lzma.LZMADecompressor(format=lzma.FORMAT_ALONE, memlimit=LZMA_BYTES),
    ),
)
DECOMPRESSED_BYTES = 2**20
TOO_WIDE = "asks for more memory to be unpacked than any reader is given. Upload it unpacked."


@dataclass
class Opcodes:
    """What walking over a pickle's opcodes has shown."""

    globals: set[str] = field(default_factory=set)
    calls: bool = False
    """It calls what it names; by then the names have been imported, too."""
    ended: bool = False
    """A STOP was reached: these are the bytes of at least one whole pickle."""
    complete: bool = True
    """All of it was read: no broken opcode, no limit."""


def holds_pickle(head: bytes, *, raw_numbers: bool = False) -> bool:
    """Tell whether bytes begin with a pickle, plain or compressed.

    Opcodes run as they are met, so a pickle that breaks later on is one all the same: the two bytes
    that begin every newer pickle suffice. Where `raw_numbers` are expected in thousands of places,
    which begin like that now and then, more must follow.
    """
    if any(head.startswith(magic) for magic, _ in DECOMPRESSORS):
        inner = _decompressed(head)
        return bool(inner) and holds_pickle(inner)
    seen = walk(head[:READ_BYTES])
    if head[:1] == PROTO and len(head) > 1 and 1 < head[1] <= NEWEST_PROTOCOL:
        return seen.ended or bool(seen.globals) or not raw_numbers
    return bool(seen.globals) and (seen.calls or seen.ended)


def blocked_pickle(*contents: bytes) -> Blocked:
    """Return the refusal of a file that holds pickles, with the names that they would import."""
    seen = Opcodes()
    for content in contents:
        _walk_on(content[:READ_BYTES], seen)
    names = sorted(printable(name, 120) for name in seen.globals)
    facts = {"globals": names[:MOST_GLOBALS], "globals_complete": seen.complete}
    return Blocked(Code.PICKLE, PICKLE_CURE, facts)


def walk(content: bytes) -> Opcodes:
    """Walk over consecutive pickles, as old torch files are, until the bytes are none."""
    seen = Opcodes()
    _walk_on(content, seen)
    return seen


def _walk_on(content: bytes, seen: Opcodes) -> None:
    stream = io.BytesIO(content)
    budget = MOST_OPCODES
    for number in range(MOST_PICKLES):
        machine = _Machine()
        for opcode, argument in _opcodes(stream):
            budget -= 1
            if budget < 0 or not machine.take(opcode, argument):
                seen.complete = False
                return
            _note(opcode.name, argument, machine, seen)
        if not machine.ended:
            # What follows the last pickle of an old torch file are its tensors.
            seen.complete = seen.complete and number > 0
            return
        seen.ended = True
        if stream.tell() == len(content):
            return


def _opcodes(stream: IO[bytes]) -> Iterator[tuple[pickletools.OpcodeInfo, Any]]:
    """Yield opcodes up to STOP, or to the first that does not exist or has no argument.

    `pickletools.genops` gives up on arguments that `pickle` itself takes, such as a number written
    in another base; a line that cannot be understood is passed over here.
    """
    while code := stream.read(1):
        opcode = OPCODES.get(code)
        if opcode is None:
            return
        begin = stream.tell()
        argument = None
        if opcode.arg is not None:
            try:
                argument = opcode.arg.reader(stream)
            except (ValueError, LookupError, struct.error, OverflowError, MemoryError):
                if opcode.arg.n != pickletools.UP_TO_NEWLINE:
                    return
                stream.seek(begin)
                stream.readline()
        yield opcode, argument
        if opcode.name == "STOP":
            return


class _Machine:
    """The stack of an unpickler, on which only texts have a value.

    It tells opcodes that run from chance bytes, and finds the names that STACK_GLOBAL takes.
    """

    def __init__(self) -> None:
        self.ended = False
        self.taken: list[str] = []
        """What the last opcode took from the stack; empty texts for what is no text."""
        self._frames: list[list[str]] = [[]]
        """One for each open mark, and one below them."""
        self._memo: dict[int, str] = {}

    def take(self, opcode: pickletools.OpcodeInfo, argument: Any) -> bool:
        """Tell whether an unpickler would have come past this opcode."""
        before = list(opcode.stack_before)
        if MARK in before or (opcode.name == "POP" and not self._frames[-1]):
            if len(self._frames) == 1:
                return False
            self._frames.pop()
            before = before[: before.index(MARK)] if MARK in before else []
        frame = self._frames[-1]
        if len(before) > len(frame):
            return False
        self.taken = frame[len(frame) - len(before) :]
        del frame[len(frame) - len(before) :]
        if MARK in opcode.stack_after:
            self._frames.append([])
        else:
            frame += [self._made(opcode.name, argument)] * len(opcode.stack_after)
        self.ended = opcode.name == "STOP"
        return True

    def _made(self, name: str, argument: Any) -> str:
        frame = self._frames[-1]
        if name.endswith("PUT"):
            self._memo[_index(argument)] = frame[-1] if frame else ""
        elif name == "MEMOIZE":
            self._memo[len(self._memo)] = self.taken[0]
        elif name.endswith("GET"):
            return self._memo.get(_index(argument), "")
        elif isinstance(argument, str) and name.endswith(("UNICODE", "STRING", "UNICODE8")):
            return argument
        return self.taken[0] if name in {"MEMOIZE", "DUP"} else ""


def _index(argument: Any) -> int:
    return argument if isinstance(argument, int) else -1


def _note(name: str, argument: Any, machine: _Machine, seen: Opcodes) -> None:
    if name in {"GLOBAL", "INST"}:
        module, _, attribute = str(argument).partition(" ")
        _name(module, attribute, seen)
    elif name == "STACK_GLOBAL":
        module, attribute = machine.taken
        _name(module, attribute, seen)
    if name in CALLS:
        seen.calls = True


def _name(module: str, attribute: str, seen: Opcodes) -> None:
    # A line of prose that begins with the letter of an opcode is not a name.
    if IDENTIFIER.fullmatch(module) and IDENTIFIER.fullmatch(attribute):
        seen.globals.add(f"{module}.{attribute}")


def _decompressed(head: bytes) -> bytes:
    for magic, make in DECOMPRESSORS:
        if head.startswith(magic):
            try:
                return bytes(make().decompress(head, DECOMPRESSED_BYTES))
            except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError) as error:
                # What cannot be looked into is not let through.
                if "limit" in str(error):
                    raise Rejected(Code.BOMB, TOO_WIDE) from error
                continue
    return b""
