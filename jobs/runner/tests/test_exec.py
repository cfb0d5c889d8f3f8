"""One engine call over files, as the server asks for it in its sandbox."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import openvino
import pytest
import torch
from safetensors.numpy import save_file
from safetensors.torch import save_model

from ondol_runner.__main__ import main
from ondol_runner.architectures.registry import build
from ondol_runner.exec import ExecRequest
from ondol_runner.protocol import Engine, InputSpec, Usage, encode

from grants import USAGE
from models import expected_logits, onnx_model

COUNT = 7
SCALED = replace(USAGE, inputs=[replace(USAGE.inputs[0], divide_by=255.0)])
RESNET = {"architecture": "resnet_small"}
RAW = np.random.default_rng(2).integers(0, 256, (COUNT, 3, 2, 2), dtype=np.uint8)


@pytest.fixture
def request_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make a request over the model folder `model` and a file of raw samples."""
    monkeypatch.setattr(os, "environ", os.environ.copy())
    (tmp_path / "model").mkdir()
    save_file({"samples": RAW}, tmp_path / "samples.safetensors")

    def make(engine: Engine, usage: Usage = SCALED, **more: Any) -> ExecRequest:
        return ExecRequest(
            engine=engine,
            model_dir=str(tmp_path / "model"),
            usage=usage,
            samples=str(tmp_path / "samples.safetensors"),
            output=str(tmp_path / "out.npz"),
            **more,
        )

    return make


@pytest.fixture
def execute(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Any:
    """Run a request by the command line; return the exit code and the one line it printed."""

    def run(request: ExecRequest) -> tuple[int, dict[str, Any]]:
        path = tmp_path / "request.json"
        path.write_text(json.dumps(encode(request)), "utf-8")
        code = main(["exec", str(path)])
        (line,) = capfd.readouterr().out.splitlines()
        return code, json.loads(line)

    return run


def openvino_model(folder: Path) -> None:
    source = onnx_model(folder.parent / "source.onnx")
    read = openvino.Core().read_model(source)
    openvino.save_model(read, folder / "m.xml", compress_to_fp16=False)


@pytest.mark.parametrize("engine", [Engine.ONNXRUNTIME, Engine.OPENVINO])
@pytest.mark.parametrize("batch", [1, 3])
def test_every_sample_is_run_and_its_output_kept(
    tmp_path: Path, request_for: Any, execute: Any, engine: Engine, batch: int
) -> None:
    if engine is Engine.OPENVINO:
        openvino_model(tmp_path / "model")
    else:
        onnx_model(tmp_path / "model" / "m.onnx")

    code, reply = execute(request_for(engine, batch=batch))

    assert code == 0
    assert (reply["engine"], reply["count"]) == (engine.value, COUNT)
    assert reply["outputs"] == {"logits": [COUNT, 3]}
    assert reply["version"]
    assert min(reply["load_ms"], reply["run_ms"]) > 0
    logits = np.load(tmp_path / "out.npz")["logits"]
    np.testing.assert_allclose(logits, expected_logits(RAW / np.float32(255)), rtol=1e-5)


def test_pytorch_runs_an_architecture_with_its_weights(
    tmp_path: Path, request_for: Any, execute: Any
) -> None:
    module = build(RESNET).eval()
    save_model(module, str(tmp_path / "model" / "model.safetensors"))
    (tmp_path / "model" / "config.json").write_text(json.dumps(RESNET), "utf-8")
    pictures = np.random.default_rng(5).random((COUNT, 3, 32, 32), dtype=np.float32)
    save_file({"samples": pictures}, tmp_path / "samples.safetensors")
    usage = Usage(inputs=[InputSpec(name="pixels", shape=[-1, 3, 32, 32])])

    code, reply = execute(request_for(Engine.PYTORCH, usage, batch=4))

    assert (code, reply["version"]) == (0, torch.__version__)
    with torch.inference_mode():
        expected = module(torch.from_numpy(pictures)).numpy()
    assert expected.std() > 0
    np.testing.assert_allclose(np.load(tmp_path / "out.npz")["logits"], expected, atol=1e-5)


def test_a_model_of_a_fixed_batch_gets_its_last_batch_filled_up(
    tmp_path: Path, request_for: Any, execute: Any
) -> None:
    onnx_model(tmp_path / "model" / "m.onnx", batch=4)

    code, reply = execute(request_for(Engine.ONNXRUNTIME, batch=1))

    assert (code, reply["outputs"]) == (0, {"logits": [COUNT, 3]})
    logits = np.load(tmp_path / "out.npz")["logits"]
    np.testing.assert_allclose(logits, expected_logits(RAW / np.float32(255)), rtol=1e-5)


@pytest.mark.parametrize(
    ("engine", "name"),
    [
        (Engine.ONNXRUNTIME, "m.onnx"),
        (Engine.OPENVINO, "m.xml"),
        (Engine.PYTORCH, "model.safetensors"),
    ],
)
def test_a_damaged_model_fails_to_load(
    tmp_path: Path, request_for: Any, execute: Any, engine: Engine, name: str
) -> None:
    (tmp_path / "model" / name).write_bytes(b"nothing of a model")
    (tmp_path / "model" / "config.json").write_text(json.dumps(RESNET), "utf-8")

    code, reply = execute(request_for(engine))

    assert (code, reply["error"]["reason"]) == (1, "load_failed")
    assert str(tmp_path) not in reply["error"]["message"]
    assert not (tmp_path / "out.npz").exists()


@pytest.mark.parametrize("engine", list(Engine))
def test_a_folder_without_a_model_names_what_it_lacks(
    request_for: Any, execute: Any, engine: Engine
) -> None:
    code, reply = execute(request_for(engine))

    assert (code, reply["error"]["reason"]) == (1, "load_failed")
    assert "exactly one" in reply["error"]["message"]


def test_weights_that_do_not_fit_the_architecture_are_refused(
    tmp_path: Path, request_for: Any, execute: Any
) -> None:
    save_file({"alien": np.ones(3, np.float32)}, tmp_path / "model" / "model.safetensors")
    (tmp_path / "model" / "config.json").write_text(json.dumps(RESNET), "utf-8")

    code, reply = execute(request_for(Engine.PYTORCH))

    assert (code, reply["error"]["reason"]) == (1, "load_failed")


def test_an_unknown_architecture_is_named(tmp_path: Path, request_for: Any, execute: Any) -> None:
    save_file({"alien": np.ones(3, np.float32)}, tmp_path / "model" / "model.safetensors")
    (tmp_path / "model" / "config.json").write_text('{"architecture": "warp_drive"}', "utf-8")

    code, reply = execute(request_for(Engine.PYTORCH))

    assert (code, reply["error"]["reason"]) == (1, "load_failed")
    assert "warp_drive" in reply["error"]["message"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"shape": [-1, 3, 4, 4]}, "pixels"),
        ({"dtype": "float64"}, "float32"),
        ({"name": "other", "mean": [0.5, 0.5]}, "other"),
    ],
)
def test_a_usage_that_does_not_fit_is_a_wrong_input(
    tmp_path: Path, request_for: Any, execute: Any, change: dict[str, Any], said: str
) -> None:
    onnx_model(tmp_path / "model" / "m.onnx")
    usage = Usage(inputs=[replace(USAGE.inputs[0], **change)])

    code, reply = execute(request_for(Engine.ONNXRUNTIME, usage))

    assert (code, reply["error"]["reason"]) == (1, "wrong_input")
    assert said in reply["error"]["message"]


def test_a_single_input_may_be_called_anything(
    tmp_path: Path, request_for: Any, execute: Any
) -> None:
    onnx_model(tmp_path / "model" / "m.onnx")
    usage = Usage(inputs=[replace(USAGE.inputs[0], name="image")], output="scores")

    code, reply = execute(request_for(Engine.ONNXRUNTIME, usage))

    assert (code, reply["outputs"]) == (0, {"scores": [COUNT, 3]})


def test_samples_without_the_tensor_are_a_wrong_input(
    tmp_path: Path, request_for: Any, execute: Any
) -> None:
    onnx_model(tmp_path / "model" / "m.onnx")
    save_file({"pictures": RAW}, tmp_path / "samples.safetensors")

    code, reply = execute(request_for(Engine.ONNXRUNTIME))

    assert (code, reply["error"]["reason"]) == (1, "wrong_input")
    assert "samples" in reply["error"]["message"]


def test_an_engine_that_is_not_installed_is_missing(
    request_for: Any, execute: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "ondol_runner.backends.openvino", raising=False)
    monkeypatch.setitem(sys.modules, "openvino", None)

    code, reply = execute(request_for(Engine.OPENVINO))

    assert (code, reply["error"]["reason"]) == (1, "engine_missing")
    assert "ondol-runner[openvino]" in reply["error"]["message"]


def test_a_request_that_is_none_is_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "request.json").write_text('{"engine": "steam"}', "utf-8")

    assert main(["exec", str(tmp_path / "request.json")]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("engine", [Engine.ONNXRUNTIME, Engine.OPENVINO])
def test_nothing_but_the_output_is_written(
    tmp_path: Path, request_for: Any, engine: Engine
) -> None:
    if engine is Engine.OPENVINO:
        openvino_model(tmp_path / "model")
    else:
        onnx_model(tmp_path / "model" / "m.onnx")
    path = tmp_path / "request.json"
    path.write_text(json.dumps(encode(request_for(engine))), "utf-8")
    (tmp_path / "elsewhere").mkdir()
    before = set(tmp_path.rglob("*"))

    elsewhere = str(tmp_path / "elsewhere")
    subprocess.run(
        [sys.executable, "-m", "ondol_runner", "exec", str(path)],
        check=True,
        capture_output=True,
        cwd=elsewhere,
        env={"PATH": os.environ["PATH"], "HOME": elsewhere, "TMPDIR": elsewhere},
    )

    assert set(tmp_path.rglob("*")) - before == {tmp_path / "out.npz"}
