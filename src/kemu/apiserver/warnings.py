"""Warnings: what is accepted, but hardly meant.

`of_write(resource, new, old)` yields what a real server adds as `Warning` headers to the answer of a create or an
update; `of_resource` is what every request to a deprecated resource gets. A rule looks at one part of an object and
speaks of it under the path at which the part was found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..values import names
from ..values.quantity import Quantity
from .failures import shown
from .resources import Resource

DEPRECATED_RESOURCES = {
    "endpoints": "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
    "componentstatuses": "v1 ComponentStatus is deprecated in v1.19+",
}

JOB_CHILDREN = (
    "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them "
    "or set propagationPolicy=Orphan to suppress this warning"
)
"""What the deletion of a Job says that does not say what becomes of its pods."""

DEPRECATED_VOLUMES = {
    "photon_persistent_disk": ("photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"),
    "git_repo": ("gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"),
    "scale_io": ("scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
    "flocker": ("flocker", "deprecated in v1.22, non-functional in v1.25+"),
    "storageos": ("storageOS", "deprecated in v1.22, non-functional in v1.25+"),
    "quobyte": ("quobyte", "deprecated in v1.22, non-functional in v1.25+"),
    "glusterfs": ("glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
    "cephfs": ("cephfs", "deprecated in v1.28, non-functional in v1.31+"),
    "rbd": ("rbd", "deprecated in v1.28, non-functional in v1.31+"),
}

SECCOMP = "seccomp.security.alpha.kubernetes.io/pod"
NO_MATCH = "a null labelSelector results in matching no pod"


def of_resource(resource: Resource) -> Iterator[str]:
    """What every request to this resource is warned of."""
    text = DEPRECATED_RESOURCES.get(resource.key)
    if text:
        yield text


def of_write(resource: Resource, new: Any, old: Any | None) -> Iterator[str]:
    """What is odd about an object that is created, or updated from `old`, in the order of the real server."""
    rule = RULES.get(resource.key)
    if rule is not None:
        yield from rule(new, old)


def _pod(pod: Any, old: Any | None) -> Iterator[str]:
    if old is None:
        yield from _name(pod, "the Pod's hostname")
    elif pod.spec is old.spec or pod.spec == old.spec:
        return
    yield from _pod_spec(pod.spec, pod.metadata, "")


def _template(template: Any, before: Any | None, path: str) -> Iterator[str]:
    if template is not None and template != before:
        yield from _pod_spec(template.spec, template.metadata, f"{path}.")


def _workload(obj: Any, old: Any | None) -> Iterator[str]:
    yield from _template(obj.spec.template, old.spec.template if old is not None else None, "spec.template")


def _named_workload(obj: Any, old: Any | None) -> Iterator[str]:
    if old is None:
        yield from _name(obj, "Pod names and hostnames")
    yield from _workload(obj, old)


def _cron_job(obj: Any, old: Any | None) -> Iterator[str]:
    if old is None:
        yield from _name(obj, "Pod names and hostnames")
    before = old.spec.job_template.spec.template if old is not None else None
    yield from _template(obj.spec.job_template.spec.template, before, "spec.jobTemplate.spec.template")


def _name(obj: Any, used: str) -> Iterator[str]:
    problems = names.is_dns1123_label(obj.metadata.name or "")
    if problems:
        yield (
            f"metadata.name: this is used in {used}, which can result in surprising behavior; "
            f"a DNS label is recommended: [{' '.join(problems)}]"
        )


def _pod_spec(spec: Any, metadata: Any, path: str) -> Iterator[str]:
    for index, constraint in enumerate(spec.topology_spread_constraints):
        if constraint.label_selector is None:
            yield f"{path}spec.topologySpreadConstraints[{index}].labelSelector: {NO_MATCH}"
    if metadata is not None and SECCOMP in metadata.annotations:
        yield (
            f'{path}metadata.annotations[{SECCOMP}]: non-functional in v1.27+; use the "seccompProfile" field instead'
        )
    for index, volume in enumerate(spec.volumes):
        for attribute, (name, text) in DEPRECATED_VOLUMES.items():
            if getattr(volume, attribute) is not None:
                yield f"{path}spec.volumes[{index}].{name}: {text}"
        if volume.projected is not None and not volume.projected.sources:
            yield f"volume {shown(volume.name)} (Projected) has no sources provided"
    for index, secret in enumerate(spec.image_pull_secrets):
        if not secret.name:
            yield f'{path}spec.imagePullSecrets[{index}].name: invalid empty name ""'
    for kind in ("init_containers", "containers"):
        label = "initContainers" if kind == "init_containers" else "containers"
        for index, container in enumerate(getattr(spec, kind)):
            yield from _container(container, f"{path}spec.{label}[{index}]")
    yield from _ports(spec, path)
    yield from _affinity(spec.affinity, f"{path}spec.affinity")
    grace = spec.termination_grace_period_seconds
    if grace is not None and grace < 0:
        yield (
            f"{path}spec.terminationGracePeriodSeconds: must be >= 0; "
            "negative values are invalid and will be treated as 1"
        )


def _container(container: Any, path: str) -> Iterator[str]:
    resources = container.resources
    if resources is not None:
        for resource in ("memory", "ephemeral-storage"):
            for side in ("limits", "requests"):
                amount = getattr(resources, side).get(resource)
                if amount is not None and _fractional(amount):
                    where = f"{path}.resources.{side}[{resource}]"
                    yield f"{where}: fractional byte value {shown(str(amount))} is invalid, must be an integer"
    seen = set()
    for index, variable in enumerate(container.env):
        if variable.name in seen and f"$({variable.name})" not in (variable.value or ""):
            name = shown(variable.name)
            yield f"{path}.env[{index}]: hides previous definition of {name}, which may be dropped when using apply"
        seen.add(variable.name)


def _fractional(amount: Quantity) -> bool:
    return amount.milli_value() % 1000 != 0


def _ports(spec: Any, path: str) -> Iterator[str]:
    seen: dict[tuple[Any, ...], str] = {}
    for index, container in enumerate(spec.containers):
        for number, port in enumerate(container.ports):
            key = (port.container_port, port.protocol, port.host_ip, port.host_port)
            where = f"{path}spec.containers[{index}].ports[{number}]"
            if key in seen:
                yield f"{where}: duplicate port definition with {seen[key]}"
            seen.setdefault(key, where)


def _affinity(affinity: Any, path: str) -> Iterator[str]:
    if affinity is None:
        return
    for kind, label in (("pod_affinity", "podAffinity"), ("pod_anti_affinity", "podAntiAffinity")):
        found = getattr(affinity, kind)
        if found is None:
            continue
        for index, term in enumerate(found.required_during_scheduling_ignored_during_execution):
            if term.label_selector is None:
                where = f"{path}.{label}.requiredDuringSchedulingIgnoredDuringExecution[{index}]"
                yield f"{where}.labelSelector: {NO_MATCH}"
        for index, weighted in enumerate(found.preferred_during_scheduling_ignored_during_execution):
            if weighted.pod_affinity_term.label_selector is None:
                where = f"{path}.{label}.preferredDuringSchedulingIgnoredDuringExecution[{index}].podAffinityTerm"
                yield f"{where}.labelSelector: {NO_MATCH}"


def _service(service: Any, old: Any | None) -> Iterator[str]:
    spec = service.spec
    if spec.external_ips:
        yield "spec.externalIPs is deprecated and may no longer be implemented in some clusters"
    if spec.external_name and spec.type != "ExternalName":
        yield 'spec.externalName is ignored when spec.type is not "ExternalName"'


def _slice(endpoint_slice: Any, old: Any | None) -> Iterator[str]:
    if endpoint_slice.address_type == "FQDN":
        yield "spec.addressType: FQDN endpoints are deprecated"


def _ingress(ingress: Any, old: Any | None) -> Iterator[str]:
    name = "kubernetes.io/ingress.class"
    if name in ingress.metadata.annotations and (old is None or name not in old.metadata.annotations):
        yield f"annotation {shown(name)} is deprecated, please use 'spec.ingressClassName' instead"


RULES: dict[str, Callable[[Any, Any | None], Iterator[str]]] = {
    "pods": _pod,
    "replicationcontrollers": _named_workload,
    "replicasets.apps": _named_workload,
    "deployments.apps": _workload,
    "statefulsets.apps": _workload,
    "daemonsets.apps": _workload,
    "jobs.batch": _workload,
    "cronjobs.batch": _cron_job,
    "services": _service,
    "endpointslices.discovery.k8s.io": _slice,
    "ingresses.networking.k8s.io": _ingress,
}
