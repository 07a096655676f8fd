"""Publish the cluster's root certificate in every namespace.

Imitates  the root CA certificate publisher of Kubernetes 1.36
Wakes on  Namespace; ConfigMap `kube-root-ca.crt`
Writes    ConfigMap create and update
Differs   D-003: the certificate is a placeholder, since nothing in the cluster speaks TLS
"""

from __future__ import annotations

from typing import Any

from ..kit import DONE, Api, Cache, Result, Wiring
from ..objects import core, evolve, meta
from ..values.frozen import FrozenMap
from ..wellknown import ROOT_CERTIFICATE

COMPONENT = "root-ca-cert-publisher"
NAME = "kube-root-ca.crt"
DATA = FrozenMap({"ca.crt": ROOT_CERTIFICATE})
ANNOTATIONS = FrozenMap(
    {
        "kubernetes.io/description": "Contains a CA bundle that can be used to verify the kube-apiserver when using "
        "internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed "
        "across distributions of Kubernetes clusters."
    }
)


def _namespace_of(cache: Cache, old: Any, new: Any) -> tuple[str, ...]:
    metadata = (new if new is not None else old).metadata
    return (metadata.namespace,) if metadata.name == NAME else ()


WIRING = Wiring(
    "root-ca-certificate-publisher-controller",
    account="root-ca-cert-publisher",
    reconciles=core.Namespace,
    watches=((core.ConfigMap, _namespace_of),),
)


def reconcile(api: Api, cache: Cache, key: str) -> Result:
    """Create the config map, or put its data right."""
    namespace: Any = cache.get(core.Namespace, key)
    if namespace is None or namespace.metadata.deletion_timestamp is not None:
        return DONE
    found: Any = cache.get(core.ConfigMap, f"{key}/{NAME}")
    if found is None:
        metadata = meta.ObjectMeta(name=NAME, namespace=key, annotations=ANNOTATIONS)
        api.create(core.ConfigMap(metadata=metadata, data=DATA))
    elif found.data != DATA:
        api.update(evolve(found, data=DATA))
    return DONE
