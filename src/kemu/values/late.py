"""Modules that are loaded when something of them is first used.

A process that serves a cluster, or a test with three nodes, needs a part of kemu at its start and the rest later, or
never: what computes percentages of an autoscaler, or what an `exec` does. A package names those parts:

    late(__name__, "probes", "resizing")

From then on `from . import probes` costs nothing, and the first `probes.look(...)` loads the module. After that it is a
module like any other, and no access costs more than elsewhere.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec, module_from_spec
from threading import RLock
from types import ModuleType
from typing import Any


class _Late(ModuleType):
    """A module of which nothing is there yet."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # those who look through all modules mean no harm, and need no code of this one
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        _load(self)
        if name in self.__dict__:
            return self.__dict__[name]
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("__"):  # what is set is not to be overwritten by the code of the module
            _load(self)
        ModuleType.__setattr__(self, name, value)


def late(package: str, *names: str) -> None:
    """Let modules of a package be loaded when they are used. Those that are loaded already stay as they are."""
    for name in names:
        full = f"{package}.{name}"
        if full in sys.modules:
            continue
        spec = find_spec(full)
        assert spec is not None, full
        spec.loader_state = [RLock(), False]
        module = module_from_spec(spec)
        module.__class__ = _Late
        sys.modules[full] = module
        setattr(sys.modules[package], name, module)


def _load(module: ModuleType) -> None:
    """Run the code of a module, once, whichever thread asks first; others wait until it is done."""
    spec = module.__spec__
    assert spec is not None and spec.loader is not None
    lock, _ = state = spec.loader_state
    with lock:
        if type(module) is not _Late or state[1]:
            return
        state[1] = True
        try:
            spec.loader.exec_module(module)
            setattr(module, "__class__", ModuleType)  # noqa: B010
        finally:
            state[1] = False
