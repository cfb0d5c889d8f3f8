import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ondol_runner.protocol import Usage, encode

from tests.jobs.converter_samples import (
    CONFIG,
    USAGE,
    calibration_file,
    images,
    run_onnx,
    run_torch,
    trained,
    usage_of,
    write_source,
)

Said = list[dict[str, Any]]


@pytest.fixture
def asked(tmp_path: Path) -> dict[str, Any]:
    """Ask for int8 of the trained classifier."""
    (tmp_path / "out").mkdir()
    return {
        "steps": ["pytorch_to_onnx", "onnx_to_onnx_int8"],
        "inputs": str(write_source(tmp_path / "source", trained(), CONFIG)),
        "outdir": str(tmp_path / "out"),
        "calibration": str(calibration_file(tmp_path)),
        "usage": encode(USAGE),
        "options": {"onnx_to_onnx_int8": {"samples": 32}},
        "threads": 1,
    }


def run_child(request: dict[str, Any], folder: Path) -> tuple[int, Said, str]:
    """Return the exit code, what was said, and standard error; each line has to be JSON."""
    path = folder / "request.json"
    path.write_text(json.dumps(request))
    command = [sys.executable, "-m", "jobs.converters.child", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def with_usage(request: dict[str, Any], usage: Usage) -> dict[str, Any]:
    return {**request, "usage": encode(usage)}


def test_a_chain_leaves_the_last_form_and_tells_of_each_step(
    asked: dict[str, Any], tmp_path: Path
) -> None:
    code, said, _ = run_child(asked, tmp_path)

    assert code == 0
    assert said[-1]["kind"] == "done"
    assert said[-1]["files"] == ["model.onnx"]
    assert said[-1]["tools"].keys() == {"torch", "onnx", "onnxruntime"}
    progress = [line for line in said if line["kind"] == "progress"]
    fractions = [line["fraction"] for line in progress]
    assert fractions == sorted(fractions)
    assert {"pytorch_to_onnx", "onnx_to_onnx_int8"} <= {line["step"] for line in progress}
    assert "32 samples" in [line["text"] for line in progress]
    assert "calibrate: 32 samples" in [line["text"] for line in said if line["kind"] == "log"]
    assert {line["kind"] for line in said} == {"progress", "log", "done"}
    agreement = run_onnx(tmp_path / "out/final", images(100)).argmax(axis=1) == run_torch(
        trained(), images(100)
    ).argmax(axis=1)
    assert np.mean(agreement) > 0.9


def test_a_refusal_is_the_last_line_and_leaves_no_result(
    asked: dict[str, Any], tmp_path: Path
) -> None:
    code, said, _ = run_child(with_usage(asked, usage_of(-1, 1, 32, 32)), tmp_path)

    assert code == 3
    assert said[-1]["kind"] == "refused"
    assert said[-1]["code"] == "wrong_input_shape"
    assert "[-1, 1, 32, 32]" in said[-1]["sentences"][0]["text"]
    assert not (tmp_path / "out/final").exists()


def test_options_that_do_not_exist_are_refused(asked: dict[str, Any], tmp_path: Path) -> None:
    code, said, _ = run_child({**asked, "options": {"pytorch_to_onnx": {"opsat": 17}}}, tmp_path)

    assert (code, said[-1]["code"]) == (3, "tool_failed")
    assert "opsat" in said[-1]["sentences"][0]["text"]


def test_a_fault_ends_with_a_traceback_and_without_a_last_word(
    asked: dict[str, Any], tmp_path: Path
) -> None:
    code, said, stderr = run_child({**asked, "steps": ["onnx_to_gold"]}, tmp_path)

    assert code == 1
    assert not said
    assert "There is no converter 'onnx_to_gold'" in stderr


def test_what_tools_print_becomes_lines_of_log() -> None:
    code = """
import logging, os, warnings
from jobs.converters.speaking import chatter_as_log

with chatter_as_log() as speaker:
    print("printed")
    os.write(1, b"from below\\n")
    warnings.warn("warned")
    logging.getLogger("tool").warning("noted")
    os.system("echo a child speaks")
    speaker.say("done")
print("after")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    *lines, after = done.stdout.splitlines()
    said = [json.loads(line) for line in lines]
    told = "\n".join(line["text"] for line in said if line["kind"] == "log")
    assert {"kind": "done"} in said
    for words in ("printed", "from below", "warned", "WARNING tool: noted", "a child speaks"):
        assert words in told
    assert after == "after"
