"""A residual network for small images, after He et al., "Deep Residual Learning" (2015)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from ondol_runner.architectures.settings import BadConfig, Settings
from ondol_runner.protocol import sentence

NAME = "resnet_small"


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions beside a shortcut, which is a 1x1 convolution where shapes change."""

    def __init__(self, fan_in: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(fan_in, width, 3, stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(width)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or fan_in != width:
            self.shortcut = nn.Sequential(
                nn.Conv2d(fan_in, width, 1, stride, bias=False), nn.BatchNorm2d(width)
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        inner = torch.relu(self.norm1(self.conv1(x)))
        inner = self.norm2(self.conv2(inner))
        return torch.relu(inner + self.shortcut(x))


class SmallResNet(nn.Module):
    """Images [N, in_channels, H, W] to logits [N, num_classes].

    The first convolution keeps the size, as for 32x32 images; each stage but the first halves it.
    """

    def __init__(
        self, *, num_classes: int, in_channels: int, widths: Sequence[int], depths: Sequence[int]
    ) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(in_channels, widths[0], 3, padding=1, bias=False),
            nn.BatchNorm2d(widths[0]),
            nn.ReLU(),
        )
        blocks: list[nn.Module] = []
        fan_in = widths[0]
        for stage, (width, depth) in enumerate(zip(widths, depths, strict=True)):
            for index in range(depth):
                stride = 2 if stage > 0 and index == 0 else 1
                blocks.append(ResidualBlock(fan_in, width, stride))
                fan_in = width
        self.blocks = nn.Sequential(*blocks)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(fan_in, num_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        features = self.pool(self.blocks(self.stem(x)))
        logits: torch.Tensor = self.head(features.flatten(1))
        return logits

    @classmethod
    def from_settings(cls, settings: Settings) -> SmallResNet:
        widths = settings.wholes("widths", (32, 64, 128), high=1024, longest=5)
        depths = settings.wholes("depths", (1, 1, 1), high=16, longest=5)
        num_classes = settings.whole("num_classes", 10, high=10_000)
        in_channels = settings.whole("in_channels", 3, high=16)
        settings.finish(NAME)
        if len(widths) != len(depths):
            raise BadConfig(
                sentence(
                    "config_stages",
                    "config.json: 'widths' has {widths} stages and 'depths' {depths}; "
                    "give both as many.",
                    widths=len(widths),
                    depths=len(depths),
                )
            )
        return cls(num_classes=num_classes, in_channels=in_channels, widths=widths, depths=depths)
