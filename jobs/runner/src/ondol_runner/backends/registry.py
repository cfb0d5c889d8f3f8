"""Engines by name; one is imported only when a job asks for it."""

from __future__ import annotations

import importlib
from typing import cast

from ondol_runner.backends.base import Backend
from ondol_runner.faults import Fault, told_by
from ondol_runner.probe import ENGINE_EXTRAS
from ondol_runner.protocol import Engine, Reason
from ondol_runner.silence import silence_engines


def find_backend(engine: Engine) -> Backend:
    """Import an engine and return its backend, or raise Fault with `engine_missing`."""
    silence_engines()
    try:
        module = importlib.import_module(f"ondol_runner.backends.{engine.value}")
    except ImportError as error:
        raise Fault(
            Reason.ENGINE_MISSING,
            f"The engine {engine.value} does not work here ({told_by(error)}): "
            f"install {ENGINE_EXTRAS[engine]}.",
        ) from error
    return cast("Backend", module.BACKEND)
