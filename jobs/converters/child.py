"""`python -m jobs.converters.child REQUEST.json`: a chain of conversions, inside the sandbox.

Standard output carries lines of JSON and nothing else: `progress` and `log` while it works, then
`done` or `refused` (exit code 3). What tools print becomes `log`; a fault ends with a traceback on
standard error. Writes nothing but its `outdir` and temporary files; the result is `outdir/final`.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dacite
from ondol_runner.protocol import Usage, decode, encode, sentence

from jobs.converters.base import ConversionRefused, Converter, Inputs, Progress, RefusalCode
from jobs.converters.registry import find, load
from jobs.converters.speaking import Speaker, chatter_as_log

FINAL = "final"
REFUSED = 3
# Read once, when a tool is imported.
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Request:
    """What to convert. `options` holds those of each step under its name."""

    steps: list[str]
    inputs: str
    outdir: str
    usage: Usage
    calibration: str | None = None
    options: dict[str, Any] = field(default_factory=dict)
    threads: int = 1


def main(path: Path) -> int:
    request = decode(Request, json.loads(path.read_text("utf-8")))
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, str(request.threads)))
    with chatter_as_log() as speaker:
        try:
            tools = run(request, speaker)
        except ConversionRefused as refusal:
            told = [encode(one) for one in refusal.sentences]
            speaker.say("refused", code=refusal.code, sentences=told)
            return REFUSED
        speaker.say("done", files=_files(Path(request.outdir) / FINAL), tools=tools)
    return 0


def run(request: Request, speaker: Speaker) -> dict[str, str]:
    """Run the steps one after the other and return the tools with their versions.

    Each step has a folder of its own; that of the last becomes the result.
    """
    steps = [find(name) for name in request.steps]
    tools: dict[str, str] = {}
    folder = Path(request.inputs)
    for index, step in enumerate(steps):
        inputs = Inputs(
            folder=folder,
            usage=request.usage,
            calibration=Path(request.calibration) if request.calibration else None,
            threads=request.threads,
        )
        folder = Path(request.outdir) / step_folder(index + 1, step.name)
        folder.mkdir()
        progress = _progress(speaker, index, len(steps))
        progress(step.name, 0.0, "")
        conversion = load(step)
        options = _options(step, conversion.options, request.options.get(step.name, {}))
        conversion.convert(inputs, folder, options, progress)
        tools |= conversion.tools()
    folder.rename(Path(request.outdir) / FINAL)
    return tools


def step_folder(number: int, step: str) -> str:
    """Return where a step leaves its result, counted from 1; that of the last is moved away."""
    return f"{number}-{step}"


def _progress(speaker: Speaker, index: int, count: int) -> Progress:
    def progress(step: str, fraction: float, text: str) -> None:
        done = round((index + fraction) / count, 3)
        speaker.say("progress", step=step, fraction=done, text=text)
        speaker.log(f"{step}: {text}" if text else step)

    return progress


def _options(step: Converter, kind: type, given: Any) -> Any:
    try:
        return dacite.from_dict(kind, given, dacite.Config(strict=True))
    except (dacite.DaciteError, TypeError, AttributeError) as error:
        raise ConversionRefused(
            RefusalCode.TOOL_FAILED,
            sentence(
                "options_wrong",
                "The options of {step} are wrong: {why}.",
                step=step.name,
                why=error,
            ),
        ) from error


def _files(folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
