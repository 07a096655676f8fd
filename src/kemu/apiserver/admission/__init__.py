"""Admission: what the server adds to a request, or refuses, because of other objects.

A plugin names the resources and operations that it cares about; `ADMISSION` is their order, which is the order in
which kube-apiserver runs its own. Which of them look at a request is found once for every sort of request.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import attrs

from ..request import Request
from .base import Plugin
from .namespaces import NamespaceLifecycle
from .nodes import TaintNodesByCondition
from .pods import (
    AmendedSpec,
    DefaultTolerationSeconds,
    PodTopologyLabels,
    Priority,
    RuntimeClassOverhead,
    ServiceAccounts,
    SpecPlugin,
)
from .resizes import PodResize
from .storage import DefaultStorageClass, StorageObjectInUseProtection

ADMISSION: tuple[Plugin, ...] = (
    NamespaceLifecycle(),
    ServiceAccounts(),
    TaintNodesByCondition(),
    Priority(),
    DefaultTolerationSeconds(),
    DefaultStorageClass(),
    StorageObjectInUseProtection(),
    RuntimeClassOverhead(),
    PodTopologyLabels(),
    PodResize(),
)


@attrs.frozen
class Chosen:
    """The plugins that look at one sort of request: those that may change the object, and those that only judge it."""

    mutating: tuple[Plugin, ...]
    validating: tuple[Plugin, ...]


_CHOSEN: dict[tuple[str, str, str], Chosen] = {}


def plugins_for(request: Request) -> Chosen:
    """The plugins for a request, in their order. O(1)."""
    sort = (request.resource.key, request.operation, request.subresource)
    found = _CHOSEN.get(sort)
    if found is None:
        plugins = [plugin for plugin in ADMISSION if plugin.admits(*sort)]
        found = _CHOSEN[sort] = Chosen(
            _grouped([plugin for plugin in plugins if type(plugin).admit is not Plugin.admit]),
            tuple(plugin for plugin in plugins if type(plugin).validate is not Plugin.validate),
        )
    return found


def _grouped(plugins: Sequence[Plugin]) -> tuple[Plugin, ...]:
    """The plugins in their order, those that change the specification of a Pod one after the other as one."""
    found: list[Plugin] = []
    for amends, some in groupby(plugins, lambda plugin: isinstance(plugin, SpecPlugin)):
        group = tuple(some)
        found += [AmendedSpec(group)] if amends else group  # type: ignore[arg-type]
    return tuple(found)


__all__ = ["ADMISSION", "Chosen", "Plugin", "plugins_for"]
