"""Ondol from Python: `Client` for everything, `push` for a live PyTorch module."""

import importlib
from typing import TYPE_CHECKING, Any

from ondol.client import Client
from ondol.errors import JobFailed, OndolError, WrongBytes

if TYPE_CHECKING:
    from ondol.export import About, push

__all__ = ["About", "Client", "JobFailed", "OndolError", "WrongBytes", "push"]


def __getattr__(name: str) -> Any:
    # PyTorch takes seconds to import and is an extra: only who pushes a module needs it.
    if name in {"push", "About"}:
        return getattr(importlib.import_module("ondol.export"), name)
    raise AttributeError(name)
