"""Architectures by name: what a config.json may ask for, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import nn

from ondol_runner.architectures.detector import DigitDetector
from ondol_runner.architectures.mobilenet import MobileNetV3Small
from ondol_runner.architectures.resnet import SmallResNet
from ondol_runner.architectures.settings import NAMED_BY, BadConfig, Settings
from ondol_runner.faults import Unfit
from ondol_runner.protocol import sentence

LARGEST = 50_000_000
"""How many weights a network may have: 200 MB of them, more than a small board should load."""


class UnknownArchitecture(Unfit):
    """A config.json that names no architecture known here; the sentence lists those that are."""


ARCHITECTURES: dict[str, Callable[[Settings], nn.Module]] = {
    "digit_detector": DigitDetector.from_settings,
    "mobilenet_v3_small": MobileNetV3Small.from_settings,
    "resnet_small": SmallResNet.from_settings,
}


def build(config: Mapping[str, object]) -> nn.Module:
    """Make the network that a config.json describes, with fresh weights.

    The config is a stranger's: raises UnknownArchitecture, or BadConfig naming the key that is
    unknown, of a wrong type or out of bounds.
    """
    if not isinstance(config, Mapping):
        raise BadConfig(sentence("config_no_object", "config.json has to be a JSON object."))
    name = config.get(NAMED_BY)
    if not isinstance(name, str) or name not in ARCHITECTURES:
        raise UnknownArchitecture(
            sentence(
                "config_architecture",
                "config.json: the architecture {name} is not known here. Known are: {known}.",
                name=f"{name!r:.80}",
                known=", ".join(sorted(ARCHITECTURES)),
            )
        )
    # Weights on the meta device cost no memory, so that a size is known before it is paid for.
    with torch.device("meta"):
        count = sum(weight.numel() for weight in _make(name, config).parameters())
    if count > LARGEST:
        raise BadConfig(
            sentence(
                "config_too_large",
                "config.json asks for {weights} weights; at most {most} are built. "
                "Choose smaller widths or depths.",
                weights=f"{count:,}",
                most=f"{LARGEST:,}",
            )
        )
    return _make(name, config)


def _make(name: str, config: Mapping[str, object]) -> nn.Module:
    settings = Settings(config)
    return ARCHITECTURES[name](settings)
