"""`python -m jobs.converters.child REQUEST.json`: a chain of steps, inside the sandbox.

Standard output carries one JSON object a line and nothing else: progress, log, and at last `done`
or `refused`. What libraries print is caught and becomes log lines.
"""

import contextlib
import importlib.metadata
import io
import json
import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from ondol_runner.protocol import Usage, decode

from jobs.converters.base import ConversionRefused, Converter, Step
from jobs.converters.registry import BY_NAME

REFUSED = 3
Tell = Callable[..., None]


@dataclass(frozen=True)
class Request:
    steps: list[str]
    inputs: Path
    outdir: Path
    calibration: Path | None
    usage: Usage
    threads: int


class Chatter(io.TextIOBase):
    """Whatever is printed, told as log lines."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._rest = ""

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            if line.strip():
                self._tell("log", text=line.rstrip()[:2000])
        return len(text)


def main(arguments: list[str]) -> int:
    request = read(Path(arguments[0]))
    out = sys.stdout

    def tell(kind: str, **said: Any) -> None:
        _say(out, {"kind": kind, **said})

    with contextlib.redirect_stdout(Chatter(tell)), contextlib.redirect_stderr(Chatter(tell)):
        logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s")
        try:
            tools = run_steps(request, tell)
        except ConversionRefused as refusal:
            tell("refused", code=refusal.code, message=str(refusal))
            return REFUSED
    final = request.outdir / "final"
    files = sorted(path.relative_to(final).as_posix() for path in final.rglob("*") if path.is_file())
    tell("done", files=files, tools=tools)
    return 0


def read(path: Path) -> Request:
    given = json.loads(path.read_text())
    return Request(
        steps=given["steps"],
        inputs=Path(given["inputs"]),
        outdir=Path(given["outdir"]),
        calibration=Path(given["calibration"]) if given["calibration"] else None,
        usage=decode(Usage, given["usage"]),
        threads=int(given["threads"]),
    )


def run_steps(request: Request, tell: Tell) -> dict[str, str]:
    """Run each step on the result of the one before; the last one writes into `final`."""
    source = request.inputs
    tools: dict[str, str] = {}
    for index, name in enumerate(request.steps):
        converter = BY_NAME[name]
        last = index == len(request.steps) - 1
        result = request.outdir / ("final" if last else f"step-{index}")
        result.mkdir(parents=True)
        step = Step(source, result, request.usage, request.calibration, request.threads)
        _run_step(converter, step, (index, len(request.steps)), tell)
        tools |= {tool: importlib.metadata.version(tool) for tool in converter.tools}
        source = result
    return tools


def _run_step(converter: Converter, step: Step, place: tuple[int, int], tell: Tell) -> None:
    index, count = place

    def progress(fraction: float, text: str) -> None:
        tell("progress", step=converter.name, fraction=(index + fraction) / count, text=text)
        tell("log", text=text)

    progress(0.0, f"{converter.source} to {converter.target}")
    converter.convert(step, progress)
    progress(1.0, "done")


def _say(out: TextIO, said: dict[str, Any]) -> None:
    out.write(json.dumps(said) + "\n")
    out.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
