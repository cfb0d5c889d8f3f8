"""A one-stage detector without anchors: one look at the image, one box for each cell of a grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import torch
from torch import nn

from ondol_runner.architectures.resnet import ResidualBlock
from ondol_runner.architectures.settings import BadConfig, Settings
from ondol_runner.protocol import sentence

NAME = "digit_detector"
STRIDE = 8
BOX = 4
# A class is rare in a cell: starting from this logit (p = 0.01) keeps early training calm.
RARE = -4.6


class DigitDetector(nn.Module):
    """Images [N, in_channels, S, S] to [N, cells, 4 + num_classes]; S = `image_size`.

    One row for each cell of the grid of stride 8, row by row: cells = (S / 8) squared. Columns
    0-3 are the box's left, top, right and bottom in pixels, the others the score of each class
    from 0 to 1. Boxes of one object overlap: suppress those that are not the best.
    """

    offsets: torch.Tensor

    def __init__(
        self, *, num_classes: int, in_channels: int, image_size: int, widths: Sequence[int]
    ) -> None:
        super().__init__()
        half, quarter, eighth = widths
        self.stem = nn.Sequential(
            nn.Conv2d(in_channels, half, 3, 2, padding=1, bias=False),
            nn.BatchNorm2d(half),
            nn.ReLU(),
        )
        self.body = nn.Sequential(
            ResidualBlock(half, quarter, 2),
            ResidualBlock(quarter, eighth, 2),
            ResidualBlock(eighth, eighth, 1),
            ResidualBlock(eighth, eighth, 1),
        )
        self.box = _branch(eighth, BOX)
        self.score = _branch(eighth, num_classes, bias=RARE)
        self.register_buffer("offsets", _centers(image_size), persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        boxes, logits = self.grid(x)
        return torch.cat([boxes, logits.sigmoid()], dim=2)

    def grid(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the boxes in pixels and the logits of the classes, as training wants them."""
        features = self.body(self.stem(x))
        distances = nn.functional.softplus(self.box(features)).flatten(2).transpose(1, 2) * STRIDE
        logits = self.score(features).flatten(2).transpose(1, 2)
        top_left = self.offsets - distances[..., :2]
        bottom_right = self.offsets + distances[..., 2:]
        return torch.cat([top_left, bottom_right], dim=2), logits

    @classmethod
    def from_settings(cls, settings: Settings) -> DigitDetector:
        widths = (
            settings.whole("half_width", 16, high=256),
            settings.whole("quarter_width", 32, high=512),
            settings.whole("eighth_width", 64, high=512),
        )
        num_classes = settings.whole("num_classes", 10, high=1000)
        in_channels = settings.whole("in_channels", 3, high=16)
        image_size = settings.whole("image_size", 128, low=STRIDE, high=2048)
        settings.finish(NAME)
        if image_size % STRIDE:
            raise BadConfig(
                sentence(
                    "config_multiple",
                    "config.json: 'image_size' has to be a multiple of {stride}.",
                    stride=STRIDE,
                )
            )
        return cls(
            num_classes=num_classes,
            in_channels=in_channels,
            image_size=image_size,
            widths=widths,
        )


def _branch(width: int, outputs: int, *, bias: float = 0.0) -> nn.Sequential:
    last = nn.Conv2d(width, outputs, 1)
    nn.init.constant_(cast("torch.Tensor", last.bias), bias)
    return nn.Sequential(
        nn.Conv2d(width, width, 3, padding=1, bias=False),
        nn.BatchNorm2d(width),
        nn.ReLU(),
        last,
    )


def _centers(image_size: int) -> torch.Tensor:
    """Return the middle of each cell in pixels, [1, cells, 2] as x and y, row by row."""
    middles = (np.arange(image_size // STRIDE, dtype=np.float32) + 0.5) * STRIDE
    x, y = np.meshgrid(middles, middles)
    return torch.from_numpy(np.stack([x.ravel(), y.ravel()], axis=1)[None])
