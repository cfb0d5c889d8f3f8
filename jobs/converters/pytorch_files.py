"""Reading uploaded PyTorch weights: a config.json and safetensors, never a pickle."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from ondol_runner.architectures.registry import UnknownArchitecture, build
from ondol_runner.architectures.settings import BadConfig
from ondol_runner.protocol import Sentence, sentence
from safetensors import SafetensorError
from safetensors.torch import load_file

from jobs.converters.base import ConversionRefused, RefusalCode

CONFIG = "config.json"
NAMED = 3


def load_module(folder: Path) -> torch.nn.Module:
    """Build what config.json names and fill in the weights, all of them, or refuse."""
    module = _build(folder / CONFIG)
    found = sorted(folder.rglob("*.safetensors"))
    if len(found) != 1:
        raise ConversionRefused(
            RefusalCode.WEIGHTS_DO_NOT_FIT,
            sentence(
                "one_safetensors_file",
                "The source needs exactly one .safetensors file; it has {files}.",
                files=len(found),
            ),
        )
    try:
        weights = load_file(found[0])
    except (SafetensorError, ValueError, KeyError) as error:
        raise ConversionRefused(
            RefusalCode.WEIGHTS_DO_NOT_FIT,
            sentence(
                "safetensors_damaged",
                "{file} cannot be read as safetensors: it is damaged or cut.",
                file=found[0].name,
            ),
        ) from error
    _check_weights(module, weights, found[0].name)
    module.load_state_dict(weights)
    return module.eval()


def _build(path: Path) -> torch.nn.Module:
    try:
        return build(json.loads(path.read_text("utf-8")))
    except (UnknownArchitecture, BadConfig) as error:
        raise ConversionRefused(RefusalCode.UNKNOWN_ARCHITECTURE, error.sentence) from error
    except FileNotFoundError as error:
        raise ConversionRefused(
            RefusalCode.UNKNOWN_ARCHITECTURE,
            sentence(
                "config_missing",
                "The source has no config.json. "
                "Add one that names the architecture of the weights.",
            ),
        ) from error
    except (ValueError, RecursionError) as error:
        raise ConversionRefused(
            RefusalCode.UNKNOWN_ARCHITECTURE,
            sentence("config_no_json", "config.json cannot be read as JSON."),
        ) from error


def _check_weights(module: torch.nn.Module, weights: dict[str, torch.Tensor], file: str) -> None:
    wanted = module.state_dict()
    missing = sorted(wanted.keys() - weights.keys())
    surplus = sorted(weights.keys() - wanted.keys())
    misshaped = [
        f"{name} {list(weights[name].shape)} ≠ {list(tensor.shape)}"
        for name, tensor in wanted.items()
        if name in weights and weights[name].shape != tensor.shape
    ]
    told: list[Sentence] = []
    if missing:
        told.append(sentence("weights_missing", "It misses {names}.", names=_some(missing)))
    if surplus:
        told.append(sentence("weights_surplus", "It has in surplus {names}.", names=_some(surplus)))
    if misshaped:
        told.append(
            sentence(
                "weights_shape",
                "It has other shapes than the architecture: {names}.",
                names=_some(misshaped),
            )
        )
    if told:
        unfit = sentence(
            "weights_unfit", "{file} does not fit the architecture of config.json.", file=file
        )
        raise ConversionRefused(RefusalCode.WEIGHTS_DO_NOT_FIT, unfit, *told)


def _some(names: list[str]) -> str:
    rest = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" (+{rest})" if rest > 0 else "")
