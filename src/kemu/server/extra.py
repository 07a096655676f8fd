"""The packages that only a server needs: those of the extra `kemu[server]`."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ..errors import UsageError


def needed(module: str, what: str) -> Any:
    """A module of the extra, loaded when `what` needs it. Raises UsageError where it is not installed."""
    try:
        return import_module(module)
    except ModuleNotFoundError as problem:
        missing = (problem.name or module).partition(".")[0]
        raise UsageError(f"{what} needs the package {missing}: pip install 'kemu[server]'") from None
