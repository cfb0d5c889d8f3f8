"""Files of every format with changed bytes, read in the sandbox: the count is of files.

Each is accepted as what it was, or refused or blocked with a reason. A child that ended early had a
reader that broke or did not end.
"""

import io
import pickle
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from repository.readers.finding import Code, Finding, Status
from repository.readers.inspect import BATCH, inspect_files
from tests.repository.reader_samples import (
    finding_of,
    gguf_bytes,
    onnx_bytes,
    pt2_bytes,
    safetensors_bytes,
    state_dict_bytes,
    torchscript_bytes,
)
from tests.repository.test_readers_graphs import openvino_bytes, tflite_bytes
from tests.repository.test_readers_texts import gif_bytes, jpeg_bytes, png_bytes, webp_bytes
from tests.soak.report import Outcome

COUNT = 20_000
# Numbers at which sizes and counts break.
EDGES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 2**63 - 1, 2**63, 2**64 - 1)
# What may be read as text where its first bytes are gone.
LOOSE = (".json", ".md", ".bin")
Change = Callable[[random.Random, bytearray], None]


def samples() -> dict[str, bytes]:
    """Return a real file of each format by its name."""
    array, arrays = io.BytesIO(), io.BytesIO()
    np.save(array, np.arange(12))
    np.savez(arrays, a=np.arange(3), b=np.zeros((2, 2)))
    graph, weights = openvino_bytes()
    return {
        "a.safetensors": safetensors_bytes(),
        "a.onnx": onnx_bytes(),
        "a.pt2": pt2_bytes(),
        "a.xml": graph,
        "a.bin": weights,
        "a.tflite": tflite_bytes(),
        "a.gguf": gguf_bytes(),
        "a.npy": array.getvalue(),
        "a.npz": arrays.getvalue(),
        "a.png": png_bytes(),
        "a.jpg": jpeg_bytes(),
        "a.webp": webp_bytes(),
        "a.gif": gif_bytes(),
        "a.json": b'{"layers": [1, 2.5e3, {"name": "conv", "on": true}], "none": null}',
        "a.md": "---\nlicense: mit\n---\n# 모델\n\n| a | b |\n|---|---|\n".encode(),
        "a.pkl": pickle.dumps({"weights": [1, 2, 3], "of": ("a", 1.5)}),
        "a.pt": state_dict_bytes(),
        "b.pt": torchscript_bytes(),
    }


def other_bytes(pick: random.Random, data: bytearray) -> None:
    for _ in range(pick.randint(1, 8)):
        data[_place(pick, data)] = pick.randrange(256)


def edge(pick: random.Random, data: bytearray) -> None:
    size = pick.choice((1, 2, 4, 8))
    number = pick.choice(EDGES) & (256**size - 1)
    place = _place(pick, data)
    data[place : place + size] = number.to_bytes(size, pick.choice(("little", "big")))


def cut(pick: random.Random, data: bytearray) -> None:
    del data[_place(pick, data) :]


def gone(pick: random.Random, data: bytearray) -> None:
    place = _place(pick, data)
    del data[place : place + pick.randint(1, 64)]


def again(pick: random.Random, data: bytearray) -> None:
    """Say a part again, up to so often that what counts parts has much to count."""
    place = _place(pick, data)
    part = data[place : place + pick.randint(1, 64)]
    data[place:place] = part * pick.choice((1, 2, 100, 2_000))


def longer(pick: random.Random, data: bytearray) -> None:
    data += pick.randbytes(pick.randint(1, 64))


CHANGES: tuple[Change, ...] = (other_bytes, other_bytes, edge, edge, cut, gone, again, longer)


def _place(pick: random.Random, data: bytearray) -> int:
    """Return a place, more often near the ends, where heads and directories are."""
    reach = min(len(data), 400) if pick.random() < 0.5 else len(data)
    place = pick.randrange(max(reach, 1))
    return len(data) - 1 - place if data and pick.random() < 0.3 else place


def changed(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield names with changed files, each format in turn; the same ones for the same seed."""
    pick = random.Random(seed)
    kinds = list(samples().items())
    for number in range(count):
        name, content = kinds[number % len(kinds)]
        data = bytearray(content)
        for _ in range(pick.choice((1, 1, 1, 2, 4))):
            if data:
                pick.choice(CHANGES)(pick, data)
        yield name, bytes(data)


def wrong(name: str, content: bytes, finding: Finding, was: Finding) -> str:
    """Return what is wrong with a finding of a changed file, or nothing."""
    # A child that ends early is told by the reader here, which ends well.
    if finding.code == Code.UNREADABLE and finding_of(content, name).code != Code.UNREADABLE:
        return "the child ended early"
    if finding.status is Status.ACCEPTED and was.status is not Status.ACCEPTED:
        return "accepted, where the file itself is not"
    if finding.status is Status.ACCEPTED and finding.format != was.format:
        return "" if name.endswith(LOOSE) else f"accepted as {finding.format}"
    return "" if finding.status is Status.ACCEPTED or finding.code else "refused without a reason"


def soak(count: int, seed: int) -> Outcome:
    failures: list[str] = []
    verdicts: Counter[str] = Counter()
    slowest = 0.0
    with tempfile.TemporaryDirectory() as folder:
        whole = _look(Path(folder), list(samples().items()))
        were = dict(zip(samples(), whole, strict=True))
        todo = list(changed(count, seed))
        for start in range(0, count, BATCH):
            lot = todo[start : start + BATCH]
            began = time.monotonic()
            findings = _look(Path(folder), lot)
            slowest = max(slowest, time.monotonic() - began)
            for at, ((name, content), finding) in enumerate(zip(lot, findings, strict=True), start):
                verdicts[finding.status] += 1
                if said := wrong(name, content, finding, were[name]):
                    failures.append(f"file {at} of seed {seed}, {name}: {said}")
    detail = {"verdicts": dict(verdicts), "slowest_s_of_250": round(slowest, 1)}
    return Outcome(count, failures, detail, parts=Counter(name for name, _ in todo))


def _look(folder: Path, files: list[tuple[str, bytes]]) -> list[Finding]:
    named = []
    for number, (name, content) in enumerate(files):
        path = folder / str(number)
        path.write_bytes(content)
        named.append((path, name))
    return inspect_files(named)
