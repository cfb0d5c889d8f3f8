"""MobileNetV3-Small, after Howard et al., "Searching for MobileNetV3" (2019), Table 2."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from ondol_runner.architectures.settings import Settings

NAME = "mobilenet_v3_small"
STEM = 16
LAST = 576
HIDDEN = 1024
SQUEEZE = 4
CHANNEL_STEP = 8


@dataclass(frozen=True)
class Row:
    """One row of the paper's table: kernel, expansion, output, squeeze, hard-swish, stride."""

    kernel: int
    expanded: int
    width: int
    squeezes: bool
    hard_swish: bool
    stride: int


TABLE = (
    Row(3, 16, 16, squeezes=True, hard_swish=False, stride=2),
    Row(3, 72, 24, squeezes=False, hard_swish=False, stride=2),
    Row(3, 88, 24, squeezes=False, hard_swish=False, stride=1),
    Row(5, 96, 40, squeezes=True, hard_swish=True, stride=2),
    Row(5, 240, 40, squeezes=True, hard_swish=True, stride=1),
    Row(5, 240, 40, squeezes=True, hard_swish=True, stride=1),
    Row(5, 120, 48, squeezes=True, hard_swish=True, stride=1),
    Row(5, 144, 48, squeezes=True, hard_swish=True, stride=1),
    Row(5, 288, 96, squeezes=True, hard_swish=True, stride=2),
    Row(5, 576, 96, squeezes=True, hard_swish=True, stride=1),
    Row(5, 576, 96, squeezes=True, hard_swish=True, stride=1),
)


class SqueezeExcite(nn.Module):
    """Weighs every channel by a glance at all of them."""

    def __init__(self, width: int) -> None:
        super().__init__()
        squeezed = _divisible(width / SQUEEZE)
        self.gate = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(width, squeezed, 1),
            nn.ReLU(),
            nn.Conv2d(squeezed, width, 1),
            nn.Hardsigmoid(),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        weighed: torch.Tensor = x * self.gate(x)
        return weighed


class Bottleneck(nn.Module):
    """Expand, filter each channel by itself, squeeze and excite, project back."""

    def __init__(self, fan_in: int, row: Row) -> None:
        super().__init__()
        steps: list[nn.Module] = []
        if row.expanded != fan_in:
            steps += _convolution(fan_in, row.expanded, 1)
            steps.append(_activation(row))
        steps += _convolution(
            row.expanded, row.expanded, row.kernel, stride=row.stride, groups=row.expanded
        )
        steps.append(_activation(row))
        if row.squeezes:
            steps.append(SqueezeExcite(row.expanded))
        steps += _convolution(row.expanded, row.width, 1)
        self.steps = nn.Sequential(*steps)
        self.adds = row.stride == 1 and fan_in == row.width

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        inner: torch.Tensor = self.steps(x)
        return x + inner if self.adds else inner


class MobileNetV3Small(nn.Module):
    """Images [N, in_channels, H, W] to logits [N, num_classes].

    The paper's stem has stride 2, made for 224x224; `stem_stride` 1 suits 32x32.
    """

    def __init__(self, *, num_classes: int, in_channels: int, stem_stride: int) -> None:
        super().__init__()
        layers = [*_convolution(in_channels, STEM, 3, stride=stem_stride), nn.Hardswish()]
        fan_in = STEM
        for row in TABLE:
            layers.append(Bottleneck(fan_in, row))
            fan_in = row.width
        layers += [*_convolution(fan_in, LAST, 1), nn.Hardswish()]
        self.features = nn.Sequential(*layers)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Sequential(
            nn.Linear(LAST, HIDDEN), nn.Hardswish(), nn.Linear(HIDDEN, num_classes)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.head(self.pool(self.features(x)).flatten(1))
        return logits

    @classmethod
    def from_settings(cls, settings: Settings) -> MobileNetV3Small:
        network = {
            "num_classes": settings.whole("num_classes", 1000, high=10_000),
            "in_channels": settings.whole("in_channels", 3, high=16),
            "stem_stride": settings.whole("stem_stride", 2, high=2),
        }
        settings.finish(NAME)
        return cls(**network)


def _activation(row: Row) -> nn.Module:
    return nn.Hardswish() if row.hard_swish else nn.ReLU()


def _convolution(
    fan_in: int, width: int, kernel: int, *, stride: int = 1, groups: int = 1
) -> list[nn.Module]:
    padding = kernel // 2
    return [
        nn.Conv2d(fan_in, width, kernel, stride, padding, groups=groups, bias=False),
        nn.BatchNorm2d(width),
    ]


def _divisible(width: float) -> int:
    """Round to a multiple of 8, the paper's rule for fast kernels, losing at most a tenth."""
    rounded = max(CHANNEL_STEP, int(width + CHANNEL_STEP / 2) // CHANNEL_STEP * CHANNEL_STEP)
    return rounded if rounded >= 0.9 * width else rounded + CHANNEL_STEP
