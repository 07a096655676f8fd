"""Admission: what the server adds to a request, or refuses, because of other objects.

A plugin names the resources and operations that it cares about; `ADMISSION` is their order, which is the order in
which kube-apiserver runs its own. Plugins have no state: what one must remember is in `ApiServer.memo`.
"""

from __future__ import annotations

from .base import Plugin
from .namespaces import NamespaceLifecycle
from .nodes import TaintNodesByCondition
from .pods import DefaultTolerationSeconds, PodTopologyLabels, Priority, RuntimeClassOverhead, ServiceAccounts
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
)

__all__ = ["ADMISSION", "Plugin"]
