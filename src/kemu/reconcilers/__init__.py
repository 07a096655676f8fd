"""Reconcilers: one file per controller, each independent of the others.

`CONTROLLERS` is the table of those that run in the controller manager, `known.py` that of all there are, and `page.py`
shows both. `chosen` reads the grammar of kube-controller-manager's `--controllers`. The scheduler and the kubelets have
packages of their own.
"""

from __future__ import annotations

from collections.abc import Iterator

from .. import errors
from ..kit import Spec
from . import (
    attach_detach,
    bootstrap_signer,
    certificate_requests,
    clusterrole_aggregation,
    cronjob,
    csr_cleaner,
    daemonset,
    deployment,
    device_taint_eviction,
    disruption,
    endpoints,
    endpointslice,
    endpointslice_mirroring,
    ephemeral_volume,
    garbage_collector,
    horizontal_pod_autoscaler,
    job,
    legacy_token_cleaner,
    namespace,
    node_ipam,
    node_lifecycle,
    persistent_volume_binder,
    pod_gc,
    pv_protection,
    pvc_protection,
    replicaset,
    resource_claim,
    resource_quota,
    root_ca,
    service_cidr,
    serviceaccount,
    serviceaccount_token,
    statefulset,
    taint_eviction,
    token_cleaner,
    ttl,
    ttl_after_finished,
    vac_protection,
    validating_policy_status,
    volume_expand,
)
from .known import BY_NAME, ROWS, Known, named

__all__ = ["CONTROLLERS", "ROWS", "Known", "chosen", "silent"]

CONTROLLERS: tuple[Spec, ...] = tuple(
    Spec(module.WIRING, module.reconcile, module.COMPONENT)
    for module in (
        serviceaccount,
        serviceaccount_token,
        legacy_token_cleaner,
        root_ca,
        namespace,
        node_ipam,
        node_lifecycle,
        ttl,
        daemonset,
        taint_eviction,
        device_taint_eviction,
        pod_gc,
        replicaset.replica_sets,
        replicaset.replication_controllers,
        deployment,
        statefulset,
        endpoints,
        endpointslice,
        endpointslice_mirroring,
        job,
        cronjob,
        ttl_after_finished,
        disruption,
        ephemeral_volume,
        resource_claim,
        horizontal_pod_autoscaler,
        persistent_volume_binder,
        pv_protection,
        pvc_protection,
        attach_detach,
        volume_expand,
        vac_protection,
        service_cidr,
        csr_cleaner,
        certificate_requests.approving,
        certificate_requests.signing,
        token_cleaner,
        bootstrap_signer,
        clusterrole_aggregation,
        resource_quota,
        validating_policy_status,
        garbage_collector,
    )
)


def chosen(controllers: str) -> tuple[Spec, ...]:
    """The controllers that a `--controllers` text turns on: `*`, `name`, `-name`, separated by commas; empty is none.

    Raises UsageError for a name that kube-controller-manager does not know.
    """
    wanted = _wanted(controllers)

    def enabled(spec: Spec) -> bool:
        name = spec.wiring.name
        return wanted.get(name, "*" in wanted and not BY_NAME[name].off)

    return tuple(spec for spec in CONTROLLERS if enabled(spec))


def silent(controllers: str) -> Iterator[str]:
    """What a `--controllers` text asks for by name and does not get, in sentences."""
    running = {spec.wiring.name for spec in CONTROLLERS}
    for name, on in _wanted(controllers).items():
        if on and name != "*" and name not in running:
            yield f"nothing runs by the name of {name}: {BY_NAME[name].silence}"


def _wanted(controllers: str) -> dict[str, bool]:
    """What a text says of each name that it mentions: whether it is to run. What it says first counts."""
    wanted: dict[str, bool] = {}
    for word in filter(None, (part.strip() for part in controllers.split(","))):
        said = word.removeprefix("-")
        name = word if word == "*" else named(said)
        if name is None:
            raise errors.UsageError(f'"{said}" is not in the list of known controllers')
        wanted.setdefault(name, word == said)
    return wanted
