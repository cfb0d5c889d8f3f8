"""PyTorch, eager: a known architecture and its weights, never a pickle."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from ondol_runner.architectures.registry import build
from ondol_runner.backends.base import Array, TensorInfo, only_file
from ondol_runner.faults import Fault, quoted
from ondol_runner.protocol import Reason, sentence

CONFIG = "config.json"


@dataclass(frozen=True)
class PyTorchSession:
    """A module called with its inputs in the order of `forward`."""

    module: torch.nn.Module
    inputs: Sequence[TensorInfo]

    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        tensors = [torch.from_numpy(feeds[info.name]) for info in self.inputs]
        try:
            with torch.inference_mode():
                result = self.module(*tensors)
        except (RuntimeError, ValueError, TypeError, IndexError) as error:
            raise Fault(Reason.RUN_FAILED, quoted(error)) from error
        return {name: tensor.numpy() for name, tensor in _named(result).items()}


@dataclass(frozen=True)
class PyTorchBackend:
    version: str = torch.__version__

    def load(self, model_dir: Path, files: Sequence[str], *, threads: int) -> PyTorchSession:
        torch.set_num_threads(threads)
        weights = model_dir / only_file(files, ".safetensors")
        try:
            config = json.loads((model_dir / CONFIG).read_text("utf-8"))
            module = build(config)
            module.load_state_dict(load_file(weights))
        except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
            raise Fault(Reason.LOAD_FAILED, quoted(error, hide=str(model_dir))) from error
        return PyTorchSession(module.eval(), tuple(_inputs(module)))


def _inputs(module: torch.nn.Module) -> list[TensorInfo]:
    """Name the arguments of `forward` that have to be given; a module declares no shapes."""
    parameters = inspect.signature(module.forward).parameters.values()
    return [
        TensorInfo(parameter.name)
        for parameter in parameters
        if parameter.default is parameter.empty and parameter.kind is not parameter.VAR_KEYWORD
    ]


def _named(result: Any) -> dict[str, torch.Tensor]:
    """Name what a module returned: a tensor, several in order, or several by name."""
    if isinstance(result, torch.Tensor):
        return {"output": result}
    if isinstance(result, Mapping):
        return dict(result)
    if isinstance(result, Sequence):
        return {f"output_{index}": tensor for index, tensor in enumerate(result)}
    raise Fault(
        Reason.RUN_FAILED,
        sentence(
            "no_tensors",
            "The model returned {kind}, not tensors.",
            kind=type(result).__name__,
        ),
    )


BACKEND = PyTorchBackend()
