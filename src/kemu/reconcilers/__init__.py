"""Reconcilers: one file per controller, each independent of the others.

`CONTROLLERS` is the table of those that run in the controller manager; `chosen` reads the grammar of
kube-controller-manager's `--controllers`. The scheduler and the kubelets have packages of their own.
"""

from __future__ import annotations

from .. import errors
from ..kit import Spec
from . import (
    clusterrole_aggregation,
    cronjob,
    daemonset,
    deployment,
    disruption,
    endpoints,
    endpointslice,
    garbage_collector,
    horizontal_pod_autoscaler,
    job,
    namespace,
    node_lifecycle,
    persistent_volume_binder,
    pod_gc,
    pv_protection,
    pvc_protection,
    replicaset,
    resource_quota,
    root_ca,
    serviceaccount,
    statefulset,
    taint_eviction,
    ttl_after_finished,
    validating_policy_status,
)

CONTROLLERS: tuple[Spec, ...] = tuple(
    Spec(module.WIRING, module.reconcile, module.COMPONENT)
    for module in (
        serviceaccount,
        root_ca,
        namespace,
        node_lifecycle,
        daemonset,
        taint_eviction,
        pod_gc,
        replicaset.replica_sets,
        replicaset.replication_controllers,
        deployment,
        statefulset,
        endpoints,
        endpointslice,
        job,
        cronjob,
        ttl_after_finished,
        disruption,
        horizontal_pod_autoscaler,
        persistent_volume_binder,
        pv_protection,
        pvc_protection,
        clusterrole_aggregation,
        resource_quota,
        validating_policy_status,
        garbage_collector,
    )
)

KNOWN = frozenset(
    [
        "bootstrap-signer-controller",
        "certificatesigningrequest-approving-controller",
        "certificatesigningrequest-cleaner-controller",
        "certificatesigningrequest-signing-controller",
        "clusterrole-aggregation-controller",
        "cronjob-controller",
        "daemonset-controller",
        "deployment-controller",
        "device-taint-eviction-controller",
        "disruption-controller",
        "endpoints-controller",
        "endpointslice-controller",
        "endpointslice-mirroring-controller",
        "ephemeral-volume-controller",
        "garbage-collector-controller",
        "horizontal-pod-autoscaler-controller",
        "job-controller",
        "legacy-serviceaccount-token-cleaner-controller",
        "namespace-controller",
        "node-ipam-controller",
        "node-lifecycle-controller",
        "persistentvolume-attach-detach-controller",
        "persistentvolume-binder-controller",
        "persistentvolume-expander-controller",
        "persistentvolume-protection-controller",
        "persistentvolumeclaim-protection-controller",
        "pod-garbage-collector-controller",
        "podgroup-protection-controller",
        "replicaset-controller",
        "replicationcontroller-controller",
        "resourceclaim-controller",
        "resourcequota-controller",
        "root-ca-certificate-publisher-controller",
        "selinux-warning-controller",
        "service-cidr-controller",
        "serviceaccount-controller",
        "serviceaccount-token-controller",
        "statefulset-controller",
        "storage-version-migrator-controller",
        "storageversion-garbage-collector-controller",
        "taint-eviction-controller",
        "token-cleaner-controller",
        "ttl-after-finished-controller",
        "ttl-controller",
        "validatingadmissionpolicy-status-controller",
        "volumeattributesclass-protection-controller",
    ]
)
"""Every name that `--controllers` knows; those that are not in CONTROLLERS are accepted and run nothing yet."""


def chosen(controllers: str) -> tuple[Spec, ...]:
    """The controllers that a `--controllers` text turns on: `*`, `name`, `-name`, separated by commas; empty is none.

    Raises UsageError for a name that kube-controller-manager does not know.
    """
    words = [word.strip() for word in controllers.split(",") if word.strip()]
    for word in words:
        name = word.removeprefix("-")
        if name != "*" and name not in KNOWN and f"{name}-controller" not in KNOWN:
            raise errors.UsageError(f'"{name}" is not in the list of known controllers')

    def enabled(spec: Spec) -> bool:
        names = (spec.wiring.name, spec.wiring.name.removesuffix("-controller"))
        if any(f"-{name}" in words for name in names):
            return False
        return "*" in words or any(name in words for name in names)

    return tuple(spec for spec in CONTROLLERS if enabled(spec))
