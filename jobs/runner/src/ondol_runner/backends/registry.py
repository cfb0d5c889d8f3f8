"""Engines by name; one is imported only when a job asks for it."""

from __future__ import annotations

import importlib
from typing import cast

from ondol_runner.backends.base import Backend
from ondol_runner.faults import Fault, told_by
from ondol_runner.probe import ENGINE_EXTRAS
from ondol_runner.protocol import Engine, Reason, sentence
from ondol_runner.silence import silence_engines


def find_backend(engine: Engine) -> Backend:
    """Import an engine and return its backend, or raise Fault with `engine_missing`."""
    silence_engines()
    try:
        module = importlib.import_module(f"ondol_runner.backends.{engine.value}")
    except ImportError as error:
        raise Fault(
            Reason.ENGINE_MISSING,
            sentence(
                "engine_broken",
                "The engine {engine} does not work here ({why}): install {package}.",
                engine=engine.value,
                why=told_by(error),
                package=ENGINE_EXTRAS[engine],
            ),
        ) from error
    return cast("Backend", module.BACKEND)
