"""Pushing a live PyTorch module: exported here, so that no Python code goes to the server."""

import itertools
import json
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from ondol.client import Client, Row
from ondol.errors import OndolError

MOST_SAMPLES = 256


@dataclass(frozen=True)
class About:
    """What the catalog says of a new model, and how its outputs are named."""

    service_type: str = ""
    summary: str = ""
    labels: Sequence[str] = ()
    message: str = "Push from PyTorch"


def push(
    model: torch.nn.Module,
    example_inputs: tuple[torch.Tensor, ...],
    name: str,
    contexts: Sequence[str] = (),
    *,
    calibration: Iterable[Any] | None = None,
    about: About = About(),
) -> Row:
    """Export a module with torch.export and commit it as `name` (owner/name).

    `example_inputs` are tensors of shape [1, ...]. `calibration` yields batches, or tuples whose
    first part is a batch; at most 256 samples are kept beside the model as
    `calibration.safetensors` (float32, [count, ...]). Raises OndolError where the module cannot be
    exported or is refused.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        files = {"model.pt2": folder / "model.pt2", "README.md": folder / "README.md"}
        _export(model, example_inputs, files["model.pt2"])
        files["README.md"].write_text(_card(name, about, contexts, example_inputs), "utf-8")
        if calibration is not None:
            files["calibration.safetensors"] = folder / "calibration.safetensors"
            save_file({"samples": _samples(calibration)}, files["calibration.safetensors"])
        register: Row = {"contexts": list(contexts), "summary": about.summary}
        if about.service_type:
            register["service_type"] = about.service_type
        usage = _usage(example_inputs, about.labels)
        with Client() as client:
            return client.push(name, files, message=about.message, usage=usage, register=register)


def _export(model: torch.nn.Module, inputs: tuple[torch.Tensor, ...], target: Path) -> None:
    was_training = model.training
    try:
        program = torch.export.export(model.eval(), inputs)
    except Exception as error:
        first = str(error).strip().splitlines()[:1]
        raise OndolError(
            f"torch.export cannot take this module: {' '.join(first)}. Rewrite what depends on the"
            " values of tensors, or push an ONNX file.",
            code="cannot_export",
        ) from error
    finally:
        model.train(was_training)
    torch.export.save(program, target)


def _usage(inputs: tuple[torch.Tensor, ...], labels: Sequence[str]) -> Row:
    return {
        "inputs": [
            {
                "name": f"input_{at}" if at else "input",
                "shape": [-1, *tensor.shape[1:]],
                "dtype": str(tensor.dtype).removeprefix("torch."),
                "layout": "NCHW" if tensor.ndim == 4 else "",  # noqa: PLR2004
            }
            for at, tensor in enumerate(inputs)
        ],
        "labels": list(labels),
    }


def _samples(batches: Iterable[Any]) -> torch.Tensor:
    first = (batch[0] if isinstance(batch, (tuple, list)) else batch for batch in batches)
    kept: list[torch.Tensor] = []
    for batch in itertools.islice(first, MOST_SAMPLES):
        kept.append(batch.detach().cpu().float())
        if sum(len(rows) for rows in kept) >= MOST_SAMPLES:
            break
    if not kept:
        raise OndolError("The calibration loader yields nothing.", code="no_samples")
    return torch.cat(kept)[:MOST_SAMPLES].contiguous()


def _card(
    name: str, about: About, contexts: Sequence[str], inputs: tuple[torch.Tensor, ...]
) -> str:
    shapes = ", ".join(
        f"{str(tensor.dtype).removeprefix('torch.')} {list(tensor.shape)}" for tensor in inputs
    )
    # JSON strings are YAML strings too, and quote what a hostile word would break.
    tags = json.dumps(list(contexts), ensure_ascii=False)
    return (
        f"---\ntags: {tags}\nlibrary_name: pytorch\n---\n\n# {name}\n\n{about.summary}\n\n"
        f"Exported with torch.export (PyTorch {torch.__version__}). Inputs: {shapes}.\n"
    )
