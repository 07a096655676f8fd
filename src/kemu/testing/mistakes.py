"""What can be wrong with an object, one mistake at a time, each with a name: as a table of places and values.

A `Mistake` puts a value at a place of a manifest, or takes away what stands there, so that the server refuses it. Some
are possible with any kind, most only with some.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import attrs

Document = dict[str, Any]

GONE: Any = object()
"""The value of a field that is taken away."""

WORKLOADS = ("deployments.apps", "replicasets.apps", "statefulsets.apps", "daemonsets.apps")
SCALED = ("deployments.apps", "replicasets.apps", "statefulsets.apps")
ROLES = ("roles.rbac.authorization.k8s.io", "clusterroles.rbac.authorization.k8s.io")
BINDINGS = ("rolebindings.rbac.authorization.k8s.io", "clusterrolebindings.rbac.authorization.k8s.io")
AUTOSCALERS = ("horizontalpodautoscalers.autoscaling",)
INGRESSES = ("ingresses.networking.k8s.io",)
BACKEND = {"service": {"name": "a", "port": {"number": 80}}}
POLICIES = ("networkpolicies.networking.k8s.io",)


@attrs.frozen
class Mistake:
    """A value at a place, such as `spec.containers.0.name`; `kinds` are those that can have it, empty for all."""

    name: str
    path: str
    value: Any
    kinds: tuple[str, ...] = ()

    def make(self, document: Document) -> None:
        """Make the mistake in a manifest. What is missing on the way to the place is made."""
        *way, last = self.path.split(".")
        place: Any = document
        for name in way:
            place = place[int(name)] if isinstance(place, list) else place.setdefault(name, {})
        if self.value is GONE:
            place.pop(last, None)
        else:
            place[last] = deepcopy(self.value)


def _rows(*rows: tuple[Any, ...]) -> dict[str, Mistake]:
    return {row[0]: Mistake(*row) for row in rows}


MISTAKES = _rows(
    ("a name that is none", "metadata.name", "not/a/name"),
    ("a label that is none", "metadata.labels", {"app": "not a label!"}),
    ("a key of a label that is none", "metadata.labels", {"not a key!": "a"}),
    ("an annotation whose key is none", "metadata.annotations", {"not a key!": "a"}),
    ("a finalizer without a domain's name", "metadata.finalizers", ["not a finalizer!"]),
    ("an owner without uid", "metadata.ownerReferences", [{"apiVersion": "v1", "kind": "Pod", "name": "a", "uid": ""}]),
    ("no name", "metadata.name", GONE),
    ("an unknown field", "metadata.nmae", "a"),
    ("a value of the wrong type", "metadata.labels", "a"),
    ("a resourceVersion before it exists", "metadata.resourceVersion", "1"),
    ("no containers", "spec.containers", [], ("pods",)),
    ("a container without a name", "spec.containers.0.name", GONE, ("pods",)),
    ("two containers of one name", "spec.containers", [{"name": "c", "image": "a"}] * 2, ("pods",)),
    ("a container without an image", "spec.containers.0.image", GONE, ("pods",)),
    ("an unknown pull policy", "spec.containers.0.imagePullPolicy", "Sometimes", ("pods",)),
    ("a port that is too high", "spec.containers.0.ports", [{"containerPort": 70000}], ("pods",)),
    ("a mount of no volume", "spec.containers.0.volumeMounts", [{"name": "no", "mountPath": "/a"}], ("pods",)),
    ("a volume of two sorts", "spec.volumes",
     [{"name": "v", "emptyDir": {}, "hostPath": {"path": "/a"}}], ("pods",)),
    ("more asked for than allowed", "spec.containers.0.resources",
     {"requests": {"cpu": "2"}, "limits": {"cpu": "1"}}, ("pods",)),
    ("a variable without a name", "spec.containers.0.env", [{"name": "", "value": "a"}], ("pods",)),
    ("a probe of nothing", "spec.containers.0.livenessProbe", {"periodSeconds": 5}, ("pods",)),
    ("an unknown restart policy", "spec.restartPolicy", "Sometimes", ("pods",)),
    ("a deadline that is over at once", "spec.activeDeadlineSeconds", 0, ("pods",)),
    ("a toleration of every key and one value", "spec.tolerations", [{"operator": "Exists", "value": "a"}], ("pods",)),
    ("a selector of other pods", "spec.selector", {"matchLabels": {"app": "other"}}, WORKLOADS),
    ("an empty selector", "spec.selector", {}, WORKLOADS),
    ("no template", "spec.template", GONE, WORKLOADS),
    ("a template that ends", "spec.template.spec.restartPolicy", "Never", WORKLOADS),
    ("fewer than no replicas", "spec.replicas", -1, SCALED),
    ("a rollout that cannot move", "spec.strategy",
     {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}}, ("deployments.apps",)),
    ("an unknown strategy", "spec.strategy", {"type": "Sometimes"}, ("deployments.apps",)),
    ("a Job that always starts again", "spec.template.spec.restartPolicy", "Always", ("jobs.batch",)),
    ("a parallelism below nothing", "spec.parallelism", -1, ("jobs.batch",)),
    ("a schedule that is none", "spec.schedule", "sometimes", ("cronjobs.batch",)),
    ("an unknown concurrency policy", "spec.concurrencyPolicy", "Sometimes", ("cronjobs.batch",)),
    ("no ports", "spec.ports", [], ("services",)),
    ("a port of zero", "spec.ports", [{"port": 0}], ("services",)),
    ("two ports without names", "spec.ports", [{"port": 80}, {"port": 81}], ("services",)),
    ("an address that is none", "spec.clusterIP", "1.2.3", ("services",)),
    ("an unknown type of service", "spec.type", "Sometimes", ("services",)),
    ("a path that is not absolute", "spec.rules", [{"http": {"paths": [
        {"path": "a", "pathType": "Prefix", "backend": BACKEND}]}}], INGRESSES),
    ("a backend without a port", "spec.defaultBackend", {"service": {"name": "a"}}, INGRESSES),
    ("a host that is an address", "spec.rules", [{"host": "10.0.0.1"}], INGRESSES),
    ("an unknown direction", "spec.policyTypes", ["Sideways"], POLICIES),
    ("a range that is none", "spec.ingress", [{"from": [{"ipBlock": {"cidr": "10.0.0.0"}}]}], POLICIES),
    ("a key of data that is none", "data", {"not a key!": "a"}, ("configmaps",)),
    ("data that is not base64", "data", {"a": "!"}, ("secrets",)),
    ("no way of access", "spec.accessModes", [], ("persistentvolumeclaims", "persistentvolumes")),
    ("no size", "spec.resources", {}, ("persistentvolumeclaims",)),
    ("a volume without a source", "spec.hostPath", GONE, ("persistentvolumes",)),
    ("a class without a provisioner", "provisioner", "", ("storageclasses.storage.k8s.io",)),
    ("an unknown binding mode", "volumeBindingMode", "Sometimes", ("storageclasses.storage.k8s.io",)),
    ("the least above the most", "spec.minReplicas", 9, AUTOSCALERS),
    ("no most", "spec.maxReplicas", 0, AUTOSCALERS),
    ("a target without a name", "spec.scaleTargetRef.name", "", AUTOSCALERS),
    ("both sides of a budget", "spec", {"minAvailable": 1, "maxUnavailable": 1}, ("poddisruptionbudgets.policy",)),
    ("a rule without verbs", "rules", [{"apiGroups": [""], "resources": ["pods"], "verbs": []}], ROLES),
    ("a subject of no kind", "subjects", [{"kind": "Somebody", "name": "a"}], BINDINGS),
    ("a role of no kind", "roleRef.kind", "Somebody", BINDINGS),
    ("a taint without effect", "spec.taints", [{"key": "a"}], ("nodes",)),
    ("an amount below nothing", "spec.hard", {"pods": "-1"}, ("resourcequotas",)),
    ("a priority above the user's", "value", 2_000_000_000, ("priorityclasses.scheduling.k8s.io",)),
    ("addresses of no family", "addressType", "IPv5", ("endpointslices.discovery.k8s.io",)),
    ("an address of the other family", "endpoints", [{"addresses": ["::1"]}], ("endpointslices.discovery.k8s.io",)),
)  # fmt: skip
"""By name: what no server accepts."""


def possible(key: str) -> tuple[str, ...]:
    """The names of the mistakes that an object of a kind, named as `plural.group`, can have."""
    return tuple([name for name, mistake in MISTAKES.items() if not mistake.kinds or key in mistake.kinds])
