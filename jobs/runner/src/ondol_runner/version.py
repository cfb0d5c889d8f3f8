"""The version of this program, as its package says."""

from __future__ import annotations

import importlib.metadata

VERSION = importlib.metadata.version("ondol-runner")
