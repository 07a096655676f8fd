"""What is accepted of a pod or a template, but hardly meant: what a server says in `Warning` headers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from heapq import merge
from typing import Any

from ....values import names
from ....values.memo import Memo
from ....values.quantity import Quantity
from ...failures import shown
from ...policy import Warn
from ..oddities import DEPRECATED_LABELS, odd_address, parts_of_bytes, selected_nodes
from .annotations import APP_ARMOR, SECCOMP, SECCOMP_CONTAINER, deprecated_profiles, read_by_server
from .overlaps import overlapping

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

BYTES = ("memory", "ephemeral-storage")
DEPRECATED_ANNOTATIONS = {
    "scheduler.alpha.kubernetes.io/critical-pod": 'non-functional in v1.16+; use the "priorityClassName" field instead',
    "security.alpha.kubernetes.io/sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
    "security.alpha.kubernetes.io/unsafe-sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
}
OLD_SECCOMP = 'non-functional in v1.27+; use the "seccompProfile" field instead'
OLD_PROFILE = 'deprecated since v1.30; use the "appArmorProfile" field instead'
NO_MATCH = "a null labelSelector results in matching no pod"


def pod_warns(pod: Any, old: Any | None) -> Iterator[str]:
    """What is odd about a new pod. Nobody is warned of what becomes of it."""
    if old is None:
        yield from _unusual_name(pod, "the Pod's hostname")
        yield from _pod_spec(pod.spec, pod.metadata, "")


def status_warns(pod: Any, old: Any | None) -> Iterator[str]:
    """What is odd about the addresses of a pod."""
    for name, listed in (("podIPs", pod.status.pod_ips), ("hostIPs", pod.status.host_ips)):
        for index, each in enumerate(listed):
            yield from odd_address(f"status.{name}[{index}].ip", each.ip)


def profile_warns(pod: Any, old: Any | None) -> Iterator[str]:
    """Annotations that stand for AppArmor profiles of containers, of a new pod as it was sent."""
    if not pod.metadata.annotations or (pod.spec.os is not None and pod.spec.os.name == "windows"):
        return
    for key in deprecated_profiles(pod.metadata.annotations, pod.spec):
        yield f"metadata.annotations[{key}]: {OLD_PROFILE}"


def template_at(path: str, read: Callable[[Any], Any]) -> Warn:
    """What is odd about the template that a workload holds at a path, if it is new or changed."""

    def warn(obj: Any, old: Any | None) -> Iterator[str]:
        template = read(obj)
        if template is not None and (old is None or template != read(old)):
            yield from _pod_spec(template.spec, template.metadata, f"{path}.")

    return warn


def unusual_name(obj: Any, old: Any | None) -> Iterator[str]:
    """A workload whose pods are named after it should have a name that can be a host's."""
    if old is None:
        yield from _unusual_name(obj, "Pod names and hostnames")


def _unusual_name(obj: Any, used: str) -> Iterator[str]:
    problems = names.is_dns1123_label(obj.metadata.name or "")
    if problems:
        yield (
            f"metadata.name: this is used in {used}, which can result in surprising behavior; "
            f"a DNS label is recommended: [{' '.join(problems)}]"
        )


def _pod_spec(spec: Any, metadata: Any, path: str) -> Iterator[str]:
    for key in spec.node_selector:
        if key in DEPRECATED_LABELS:
            yield f"{path}spec.nodeSelector[{key}]: {DEPRECATED_LABELS[key]}"
    if spec.affinity is not None and spec.affinity.node_affinity is not None:
        yield from selected_nodes(spec.affinity.node_affinity, f"{path}spec.affinity.nodeAffinity")
    for index, constraint in enumerate(spec.topology_spread_constraints):
        if constraint.topology_key in DEPRECATED_LABELS:
            where, key = f"{path}spec.topologySpreadConstraints[{index}].topologyKey", constraint.topology_key
            yield f"{where}: {key} is {DEPRECATED_LABELS[key]}"
        if constraint.label_selector is None:
            yield f"{path}spec.topologySpreadConstraints[{index}].labelSelector: {NO_MATCH}"
    if metadata.annotations:
        for name, text in DEPRECATED_ANNOTATIONS.items():
            if name in metadata.annotations:
                yield f"{path}metadata.annotations[{name}]: {text}"
    for index, volume in enumerate(spec.volumes):
        for attribute, (name, text) in DEPRECATED_VOLUMES.items():
            if getattr(volume, attribute) is not None:
                yield f"{path}spec.volumes[{index}].{name}: {text}"
        if volume.ephemeral is not None and volume.ephemeral.volume_claim_template is not None:
            where = f"{path}spec.volumes[{index}].ephemeral.volumeClaimTemplate.spec.resources"
            yield from parts_of_bytes(volume.ephemeral.volume_claim_template.spec.resources, where)
    if spec.volumes:
        yield from overlapping(spec.volumes)
    if spec.host_aliases:
        yield from _twice((alias.ip for alias in spec.host_aliases), f"{path}spec.hostAliases", "ip")
    if spec.image_pull_secrets:
        names_of = (secret.name or "" for secret in spec.image_pull_secrets)
        yield from _twice(names_of, f"{path}spec.imagePullSecrets", "name")
    for index, secret in enumerate(spec.image_pull_secrets):
        if not secret.name:
            yield f'{path}spec.imagePullSecrets[{index}].name: invalid empty name ""'
    if spec.overhead:
        yield from _whole_bytes(spec.overhead, f"{path}spec.overhead")
    profile = spec.security_context is not None and spec.security_context.seccomp_profile is not None
    if metadata is not None and SECCOMP in metadata.annotations and not profile:
        yield (f"{path}metadata.annotations[{SECCOMP}]: {OLD_SECCOMP}")
    found = [
        (container, f"{path}spec.{label}[{index}]")
        for label, containers in (("initContainers", spec.init_containers), ("containers", spec.containers))
        for index, container in enumerate(containers)
    ]
    annotated = metadata.annotations if metadata.annotations and read_by_server(metadata.annotations) else {}
    old_profiles = deprecated_profiles(annotated, spec) if path else []
    for container, where in found:
        key = f"{SECCOMP_CONTAINER}{container.name}"
        own = container.security_context
        if key in annotated and (own is None or own.seccomp_profile is None):
            yield f"{path}metadata.annotations[{key}]: {OLD_SECCOMP}"
        if f"{APP_ARMOR}{container.name}" in old_profiles:
            yield f"{path}metadata.annotations[{APP_ARMOR}{container.name}]: {OLD_PROFILE}"
        yield from _container(container, where)
    yield from _ports(found)
    yield from _port_names(found)
    grace = spec.termination_grace_period_seconds
    if grace is not None and grace < 0:
        yield (
            f"{path}spec.terminationGracePeriodSeconds: must be >= 0; "
            "negative values are invalid and will be treated as 1"
        )
    if spec.affinity is not None:
        yield from _affinity(spec.affinity, f"{path}spec.affinity")
    for index, server in enumerate(spec.dns_config.nameservers if spec.dns_config is not None else ()):
        yield from odd_address(f"{path}spec.dnsConfig.nameservers[{index}]", server)
    for index, alias in enumerate(spec.host_aliases):
        yield from odd_address(f"{path}spec.hostAliases[{index}].ip", alias.ip or "")


def _container(container: Any, path: str) -> Iterator[str]:
    resources = container.resources
    if resources is not None and _parts_of_bytes(resources):
        for name in BYTES:
            yield from _whole_bytes(resources.limits, f"{path}.resources.limits", (name,))
            yield from _whole_bytes(resources.requests, f"{path}.resources.requests", (name,))
    if not _names_repeat(container.env):
        return
    seen = set()
    for index, variable in enumerate(container.env):
        reference, value = f"$({variable.name})", variable.value or ""
        if variable.name in seen and (value == reference or reference not in value):
            name = shown(variable.name)
            yield f"{path}.env[{index}]: hides previous definition of {name}, which may be dropped when using apply"
        seen.add(variable.name)


_parts_of_bytes = Memo(
    lambda resources: any(
        amounts[name].milli_value() % 1000
        for amounts in (resources.limits, resources.requests)
        for name in BYTES
        if name in amounts
    )
)
_names_repeat = Memo(lambda variables: len({variable.name for variable in variables}) < len(variables))
"""What most containers have nothing of, however many are made from one template."""


def _twice(values: Iterable[str], path: str, field: str) -> Iterator[str]:
    seen = set()
    for index, value in enumerate(values):
        if value in seen:
            yield f"{path}[{index}].{field}: duplicate {field} {shown(value)}"
        seen.add(value)


def _whole_bytes(amounts: Mapping[str, Quantity], path: str, of: Iterable[str] = BYTES) -> Iterator[str]:
    for name in of:
        amount = amounts.get(name)
        if amount is not None and amount.milli_value() % 1000:
            yield f"{path}[{name}]: fractional byte value {shown(str(amount))} is invalid, must be an integer"


def _ports(containers: Sequence[tuple[Any, str]]) -> Iterator[str]:
    """Ports that several entries define: twice the same, with and without host port, or for any and for one address."""
    seen: dict[tuple[Any, ...], _Ports] = {}
    for container, path in containers:
        for number, port in enumerate(container.ports):
            if port.host_ip and not port.host_port:
                yield f"{path}.ports[{number}]: hostIP set without hostPort: {_go_port(port)}"
            others = seen.setdefault((port.container_port, port.protocol), _Ports())
            for other, there, index in others.clashing(port):
                yield f"{path}.ports[{number}]: {_clash(port, other)} port definition with {there}.ports[{index}]"
            others.add(port, path, number)


def _port_names(containers: Sequence[tuple[Any, str]]) -> Iterator[str]:
    """Names that several ports of a pod have."""
    seen: dict[str, str] = {}
    for container, path in containers:
        for number, port in enumerate(container.ports):
            if not port.name:
                continue
            where = f"{path}.ports[{number}]"
            if port.name in seen:
                first = seen[port.name]
                use = f"services and probes that select ports by name will use {first}"
                yield f"{where}: duplicate port name {shown(port.name)} with {first}, {use}"
            else:
                seen[port.name] = where


def _go_port(port: Any) -> str:
    """A port as Go shows one."""
    return (
        f"{{Name:{port.name or ''} HostPort:{port.host_port or 0} ContainerPort:{port.container_port or 0} "
        f"Protocol:{port.protocol or ''} HostIP:{port.host_ip or ''}}}"
    )


class _Ports:
    """The ports of one number and protocol, by what they open on the host.

    Each entry has its place in the order, the port, the path of its container and its index there.
    """

    __slots__ = ("_all", "_hosts")

    def __init__(self) -> None:
        self._all: list[tuple[int, Any, str, int]] = []
        self._hosts: dict[tuple[int, str | None], list[tuple[int, Any, str, int]]] = {}

    def add(self, port: Any, path: str, number: int) -> None:
        entry = (len(self._all), port, path, number)
        self._all.append(entry)
        host_port = port.host_port or 0
        for key in ((host_port, None), (host_port, port.host_ip or "")):
            self._hosts.setdefault(key, []).append(entry)

    def clashing(self, port: Any) -> Iterator[tuple[Any, str, int]]:
        """The earlier ones that a port gets into the way of, in their order. O(what it finds)."""
        host_port, host_ip = port.host_port or 0, port.host_ip or ""
        found: list[list[tuple[int, Any, str, int]]] = [self._all]
        if host_port:
            addresses = (host_ip, "") if host_ip else (None,)
            keys = ((0, None), *((host_port, address) for address in addresses))
            found = [self._hosts.get(key, []) for key in keys]
        for _, other, path, number in merge(*found):
            yield other, path, number


def _clash(port: Any, other: Any) -> str:
    """How two ports of the same number and protocol get into each other's way: the host's port is the same, and one
    of them is for any address, where neither of the first two is the case."""
    if (port.host_ip or "", port.host_port or 0) == (other.host_ip or "", other.host_port or 0):
        return "duplicate"
    if not port.host_port or not other.host_port:
        return "overlapping"
    return "dangerously ambiguous"


def _affinity(affinity: Any, path: str) -> Iterator[str]:
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
