"""Every controller that kube-controller-manager 1.36 knows by name, whether or not it is simulated.

A row says how a real controller manager treats the name: by which older name it is known too, whether `*` means it, and
which feature gate or cloud it needs before it runs at all.
"""

from __future__ import annotations

import attrs


@attrs.frozen
class Known:
    """One name in the grammar of `--controllers`."""

    name: str
    alias: str = ""
    """Its older name."""
    off: bool = False
    """Whether `*` leaves it out upstream."""
    gate: str = ""
    """The feature gate without which it does not run, and which 1.36 leaves off."""
    cloud: bool = False
    """Whether it runs in the controller manager of a cloud only."""
    why: str = ""
    """Why nothing simulates it, if nothing does."""

    @property
    def silence(self) -> str:
        """Why nothing runs by this name."""
        if self.gate:
            return f"it runs with the feature gate {self.gate} only, which is off"
        if self.cloud:
            return "it is a part of a cloud's controller manager"
        return self.why or "not built yet"


ROWS = (
    Known("bootstrap-signer-controller", "bootstrapsigner", off=True),
    Known("certificatesigningrequest-approving-controller", "csrapproving"),
    Known("certificatesigningrequest-cleaner-controller", "csrcleaner"),
    Known("certificatesigningrequest-signing-controller", "csrsigning"),
    Known("cloud-node-lifecycle-controller", "cloud-node-lifecycle", cloud=True),
    Known("clusterrole-aggregation-controller", "clusterrole-aggregation"),
    Known("cronjob-controller", "cronjob"),
    Known("daemonset-controller", "daemonset"),
    Known("deployment-controller", "deployment"),
    Known("device-taint-eviction-controller"),
    Known("disruption-controller", "disruption"),
    Known("endpoints-controller", "endpoint"),
    Known("endpointslice-controller", "endpointslice"),
    Known("endpointslice-mirroring-controller", "endpointslicemirroring"),
    Known("ephemeral-volume-controller", "ephemeral-volume"),
    Known("garbage-collector-controller", "garbagecollector"),
    Known("horizontal-pod-autoscaler-controller", "horizontalpodautoscaling"),
    Known("job-controller", "job"),
    Known("kube-apiserver-serving-clustertrustbundle-publisher-controller", gate="ClusterTrustBundle"),
    Known("legacy-serviceaccount-token-cleaner-controller", "legacy-service-account-token-cleaner"),
    Known("namespace-controller", "namespace"),
    Known("node-ipam-controller", "nodeipam"),
    Known("node-lifecycle-controller", "nodelifecycle"),
    Known("node-route-controller", "route", cloud=True),
    Known("persistentvolume-attach-detach-controller", "attachdetach"),
    Known("persistentvolume-binder-controller", "persistentvolume-binder"),
    Known("persistentvolume-expander-controller", "persistentvolume-expander"),
    Known("persistentvolume-protection-controller", "pv-protection"),
    Known("persistentvolumeclaim-protection-controller", "pvc-protection"),
    Known("pod-garbage-collector-controller", "podgc"),
    Known("podcertificaterequest-cleaner-controller", gate="PodCertificateRequest"),
    Known("podgroup-protection-controller", gate="GenericWorkload"),
    Known("replicaset-controller", "replicaset"),
    Known("replicationcontroller-controller", "replicationcontroller"),
    Known("resourceclaim-controller", "resource-claim-controller"),
    Known("resourcepoolstatusrequest-controller", gate="DRAResourcePoolStatus"),
    Known("resourcequota-controller", "resourcequota"),
    Known("root-ca-certificate-publisher-controller", "root-ca-cert-publisher"),
    Known("selinux-warning-controller", off=True, why="containers have no SELinux labels"),
    Known("service-cidr-controller"),
    Known("service-lb-controller", "service", cloud=True),
    Known("serviceaccount-controller", "serviceaccount"),
    Known("serviceaccount-token-controller", "serviceaccount-token"),
    Known("statefulset-controller", "statefulset"),
    Known("storage-version-migrator-controller", "svm", gate="StorageVersionMigrator"),
    Known("storageversion-garbage-collector-controller", "storage-version-gc", gate="StorageVersionAPI"),
    Known("taint-eviction-controller"),
    Known("token-cleaner-controller", "tokencleaner", off=True),
    Known("ttl-after-finished-controller", "ttl-after-finished"),
    Known("ttl-controller", "ttl"),
    Known("validatingadmissionpolicy-status-controller"),
    Known("volumeattributesclass-protection-controller"),
)
"""By name. `service-ca-certificate-publisher-controller` is a distributor's."""

BY_NAME = {row.name: row for row in ROWS}
ALIASES = {row.alias: row.name for row in ROWS if row.alias}


def named(word: str) -> str | None:
    """The name that is meant by a name, an older one, or a name without its `-controller`; None if there is none."""
    for name in (ALIASES.get(word, word), f"{word}-controller"):
        if name in BY_NAME:
            return name
    return None
