"""What training either kind of network shares: reproducible threads, steps, the best epoch."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt
import torch
from ondol_runner.feeding import prepare
from ondol_runner.protocol import Usage
from torch import nn

THREADS = 2
WEIGHT_DECAY = 0.05
CHUNK = 64

Batches = Callable[[], Iterator[torch.Tensor]]
"""Makes one epoch's losses, each to be learned from before the next is asked for."""


@dataclass(frozen=True)
class Trained:
    """A network at its best epoch, counted from 1, and its score on the selection part there."""

    module: nn.Module
    epoch: int
    selection_score: float


@contextmanager
def reproducible(seed: int) -> Iterator[None]:
    """Make what is random the same each time, and use two threads, or one where that is all."""
    before = torch.get_num_threads()
    torch.set_num_threads(min(THREADS, before))
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            yield
    finally:
        torch.set_num_threads(before)


def fit(
    module: nn.Module,
    losses: Batches,
    score: Callable[[], float],
    *,
    epochs: int,
    steps: int,
    rate: float,
) -> Trained:
    """Train by AdamW on one cycle of the rate and keep the epoch of the best score.

    Of equal epochs the later one is kept. `steps` is how many losses an epoch makes.
    """
    optimizer = torch.optim.AdamW(module.parameters(), lr=rate, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=epochs * steps)
    best: tuple[float, int, dict[str, Any]] = (-1.0, 0, {})
    for epoch in range(1, epochs + 1):
        module.train()
        for loss in losses():
            optimizer.zero_grad()
            torch.autograd.backward([loss])
            optimizer.step()
            schedule.step()
        reached = score()
        if reached >= best[0]:
            best = (reached, epoch, copy.deepcopy(module.state_dict()))
    module.load_state_dict(best[2])
    return Trained(module.eval(), best[1], best[0])


def feed(samples: npt.NDArray[Any], usage: Usage) -> torch.Tensor:
    """Return raw samples as the network takes them, by the very code that a device uses."""
    prepared = torch.from_numpy(prepare(samples, usage.inputs[0]))
    # Convolutions are twice as fast on a processor with the channels last.
    return prepared.contiguous(memory_format=torch.channels_last)


def run(module: nn.Module, samples: npt.NDArray[Any], usage: Usage) -> npt.NDArray[Any]:
    """Return the outputs for raw samples, a chunk at a time."""
    module.eval()
    with torch.inference_mode():
        parts = [module(feed(samples[i : i + CHUNK], usage)) for i in range(0, len(samples), CHUNK)]
    outputs: npt.NDArray[Any] = torch.cat(parts).numpy()
    return outputs
