"""Keep a ServiceAccount `default` in every namespace.

Imitates  the service account controller of Kubernetes 1.36
Wakes on  Namespace; ServiceAccount in it
Writes    ServiceAccount create
Differs   nothing known
"""

from __future__ import annotations

from typing import Any

from ..kit import DONE, Api, Cache, Result, Wiring
from ..objects import core, meta

COMPONENT = "serviceaccount-controller"
MANAGED = ("default",)


def _namespace_of_lost(cache: Cache, old: Any, new: Any) -> tuple[str, ...]:
    """The namespace that has lost a service account."""
    return () if new is not None else (old.metadata.namespace,)


WIRING = Wiring(
    "serviceaccount-controller",
    account="service-account-controller",
    reconciles=core.Namespace,
    watches=((core.ServiceAccount, _namespace_of_lost),),
)


def reconcile(api: Api, cache: Cache, key: str) -> Result:
    """Create what is missing in a namespace that is not on its way out."""
    namespace: Any = cache.get(core.Namespace, key)
    if namespace is None or namespace.metadata.deletion_timestamp is not None:
        return DONE
    for name in MANAGED:
        if cache.get(core.ServiceAccount, f"{key}/{name}") is None:
            api.create(core.ServiceAccount(metadata=meta.ObjectMeta(name=name, namespace=key)))
    return DONE
