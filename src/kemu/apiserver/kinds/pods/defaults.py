"""The defaults of what many kinds hold: pod specifications, containers, probes, volumes, claims.

These tables are keyed by type, since such a type has its defaults wherever it stands; the policies of the kinds name
paths. `STAMPED` are the types of which many objects share one value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from ....objects import core, evolve
from ....objects.pod_resources import container_totals, for_pods
from ....values import image_references
from ....values.frozen import FrozenMap, mapped
from ....values.names import KNOWN
from ....values.quantity import Quantity
from ...policy import Table, cleared, whole
from ..amounts import is_pages

FILE_MODE = 0o644


def _pull_policy(container: Any) -> str:
    return _pull_policy_of(container.image or "")


@lru_cache(KNOWN)
def _pull_policy_of(image: str) -> str:
    """Always for `:latest` or no tag, IfNotPresent for anything that names a version, or is no name of an image."""
    found = image_references.read(image)
    is_latest = found.tag in ("", "latest") and not found.digest
    return "Always" if is_latest and not image_references.problem(image) else "IfNotPresent"


def _service_account_names(spec: Any) -> Any:
    """`serviceAccount` is an old name for `serviceAccountName`; both are kept equal."""
    name = spec.service_account_name or spec.service_account
    if name and (spec.service_account_name != name or spec.service_account != name):
        return evolve(spec, service_account_name=name, service_account=name)
    return spec


def _positive_grace(spec: Any) -> Any:
    """A negative grace period means one second."""
    seconds = spec.termination_grace_period_seconds
    return spec if seconds is None or seconds >= 0 else evolve(spec, termination_grace_period_seconds=1)


def _empty_volumes(spec: Any) -> Any:
    """A volume without a source is an emptyDir."""
    if all(_has_source(volume) for volume in spec.volumes):
        return spec
    return evolve(
        spec,
        volumes=tuple(volume if _has_source(volume) else evolve(volume, empty_dir={}) for volume in spec.volumes),
    )


def _has_source(volume: Any) -> bool:
    return any(
        getattr(volume, name) is not None for name in type(volume).__slots__ if name not in ("name", "__weakref__")
    )


def _whole_milli(*names: str) -> Callable[[Any], Any]:
    """Amounts in maps have at most a precision of a thousandth; anything finer is rounded up."""

    def complete(holder: Any) -> Any:
        changes = {}
        for name in names:
            amounts = getattr(holder, name)
            rounded = {key: _rounded(amount) for key, amount in amounts.items()}
            if any(rounded[key] is not amount for key, amount in amounts.items()):
                changes[name] = FrozenMap(rounded)
        return evolve(holder, **changes) if changes else holder

    return complete


def _rounded(amount: Quantity) -> Quantity:
    milli = amount.milli_value()
    exact = Quantity(f"{milli}m")
    return amount if exact == amount else exact


_ungrouped = cleared("scheduling_group")
"""Groups of pods are a feature that is off."""

CONTAINER: Table = {
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
    "imagePullPolicy": _pull_policy,
}

TYPES: Mapping[type, Table] = {
    core.Lifecycle: {"": whole(cleared("stop_signal"))},
    core.VolumeProjection: {"": whole(cleared("cluster_trust_bundle", "pod_certificate"))},
    core.PodSpec: {
        "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirst",
        "securityContext": {},
        "schedulerName": "default-scheduler",
        "": whole(_service_account_names, _empty_volumes, _ungrouped),
    },
    core.Container: CONTAINER,
    core.EphemeralContainer: CONTAINER,
    core.ResourceRequirements: {"": whole(_whole_milli("requests", "limits"))},
    core.VolumeResourceRequirements: {"": whole(_whole_milli("requests", "limits"))},
    core.PersistentVolumeSpec: {"": whole(_whole_milli("capacity"))},
    core.ResourceQuotaSpec: {"": whole(_whole_milli("hard"))},
    core.LimitRangeItem: {
        "": whole(_whole_milli("max", "min", "default", "default_request", "max_limit_request_ratio"))
    },
    core.Probe: {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3},
    core.HTTPGetAction: {"path": "/", "scheme": "HTTP"},
    core.ObjectFieldSelector: {"apiVersion": "v1"},
    core.SecretVolumeSource: {"defaultMode": FILE_MODE},
    core.ConfigMapVolumeSource: {"defaultMode": FILE_MODE},
    core.DownwardAPIVolumeSource: {"defaultMode": FILE_MODE},
    core.ProjectedVolumeSource: {"defaultMode": FILE_MODE},
    core.ServiceAccountTokenProjection: {"expirationSeconds": 3600},
    core.HostPathVolumeSource: {"type": ""},
    core.ImageVolumeSource: {"pullPolicy": lambda image: _pull_policy_of(image.reference or "")},
    core.PersistentVolumeClaimSpec: {"volumeMode": "Filesystem"},
    core.PersistentVolumeClaimStatus: {"phase": "Pending"},
}

STAMPED: frozenset[type] = frozenset({core.PodTemplateSpec, core.PodSpec})


# What only a Pod has, and no template


def _host_ports(spec: Any) -> Any:
    """With the host's network a container port is the host port."""
    if not spec.host_network:
        return spec

    def opened(container: Any) -> Any:
        ports = tuple(
            port if port.host_port or not port.container_port else evolve(port, host_port=port.container_port)
            for port in container.ports
        )
        return container if ports == container.ports else evolve(container, ports=ports)

    changes = {}
    for name in ("containers", "init_containers"):
        old = getattr(spec, name)
        new = mapped(old, opened)
        if new is not old:
            changes[name] = new
    return evolve(spec, **changes) if changes else spec


def _requests(spec: Any) -> Any:
    """What has a limit and no request requests its limit."""
    changes: dict[str, Any] = {}
    for name in ("containers", "init_containers"):
        old = getattr(spec, name)
        new = mapped(old, _container_requests)
        if new is not old:
            changes[name] = new
    return evolve(spec, **changes) if changes else spec


def _container_requests(container: Any) -> Any:
    resources = _requests_from_limits(container.resources)
    return container if resources is container.resources else evolve(container, resources=resources)


def _requests_from_limits(resources: Any) -> Any:
    missing = {name: amount for name, amount in resources.limits.items() if name not in resources.requests}
    if not missing:
        return resources
    return evolve(resources, requests=FrozenMap({**resources.requests, **missing}))


def _pod_level(spec: Any) -> Any:
    """A pod that limits something as a whole requests what its containers do, and what they do not say as limited.

    Huge pages are limited to what the containers are.
    """
    whole_pod = spec.resources
    if whole_pod is None or not (whole_pod.limits or whole_pod.requests):
        return spec
    limits, requests = dict(whole_pod.limits), dict(whole_pod.requests)
    for name, total in container_totals(spec, "limits").items():
        if is_pages(name) and name not in requests:
            limits.setdefault(name, total)
    if limits:
        totals = container_totals(spec, "requests")
        for name in (*totals, *limits):
            if for_pods(name) and (name in limits or not is_pages(name)):
                requests.setdefault(name, totals[name] if name in totals and not is_pages(name) else limits[name])
    changed = evolve(whole_pod, limits=FrozenMap(limits), requests=FrozenMap(requests))
    return spec if changed == whole_pod else evolve(spec, resources=changed)


def _addressed(status: Any) -> Any:
    """A status whose list of addresses begins with the pod's address, which is the one that counts."""
    own, listed = status.pod_ip, status.pod_ips
    if own:
        return status if listed and listed[0].ip == own else evolve(status, pod_ips=(core.PodIP(ip=own),))
    return evolve(status, pod_ip=listed[0].ip) if listed else status


POD: Table = {
    "spec.enableServiceLinks": True,
    "spec": whole(
        _service_account_names, _positive_grace, _empty_volumes, _ungrouped, _requests, _pod_level, _host_ports
    ),
    "status": whole(_addressed),
}
"""The environment of a Pod tells of the Services unless it says otherwise."""
