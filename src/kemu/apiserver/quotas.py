"""What objects use up of a ResourceQuota: for admission, which charges them, and for the controller that counts.

Every kind has a `Measure`. `used` is what one object uses, by the names that a quota has for it; a quota is about an
object if it has a name of its measure, and if the object is within all of its scopes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs

from ..objects.pod_resources import pod_requests, spec_limits
from ..values.quantity import Quantity

Amounts = Mapping[str, Quantity]
ONE = Quantity(1)
ZERO = Quantity(0)

IGNORED = frozenset({"events", "events.events.k8s.io", "bindings"})
"""Kinds that nobody counts."""

ALIASED = frozenset({"configmaps", "resourcequotas", "replicationcontrollers", "secrets"})
"""Kinds that can also be counted by their bare name."""

MUST_SAY = ("cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory")
"""What every container must say if a quota has it."""

PER_CLASS = ".storageclass.storage.k8s.io/"
PER_DEVICE_CLASS = ".deviceclass.resource.k8s.io/devices"
MOST_DEVICES = 32
"""What a claim to all devices counts as."""


@attrs.frozen
class Measure:
    """How objects of one kind are counted: here, just counted."""

    key: str

    def admits(self, operation: str, subresource: str, new: Any, old: Any) -> bool:
        """Whether a request of this sort is charged."""
        return operation == "CREATE" and not subresource

    def about(self, given: Iterable[str]) -> list[str]:
        """Which names of a quota are about this kind."""
        mine = (f"count/{self.key}", self.key if self.key in ALIASED else "")
        return [name for name in given if name in mine]

    def used(self, obj: Any, unix: float) -> Amounts:
        """What an object uses up at a moment."""
        found = {f"count/{self.key}": ONE}
        return {**found, self.key: ONE} if self.key in ALIASED else found

    def within(self, scope: Any, obj: Any) -> bool:
        """Whether an object is within a scope."""
        return False

    def unsaid(self, names: Iterable[str], obj: Any) -> str:
        """What an object must say because a quota has it; nothing if all is said."""
        return ""


class _Pods(Measure):
    """Pods use up what they ask for and may use, as long as they have not ended."""

    OWN = (
        "count/pods",
        "pods",
        *(f"{part}{name}" for part in ("", "requests.", "limits.") for name in ("cpu", "memory", "ephemeral-storage")),
    )

    def admits(self, operation: str, subresource: str, new: Any, old: Any) -> bool:
        if subresource == "resize":
            return operation == "UPDATE"
        if subresource:
            return False
        return operation == "CREATE" or (operation == "UPDATE" and _ends(new) != _ends(old))

    def about(self, given: Iterable[str]) -> list[str]:
        return [name for name in given if name in self.OWN or _pages(name) or _extended(name)]

    def used(self, obj: Any, unix: float) -> Amounts:
        found = {"count/pods": ONE}
        if _over(obj, unix):
            return found
        return {**found, **_computed(pod_requests(obj, use_status=True), spec_limits(obj.spec))}

    def within(self, scope: Any, obj: Any) -> bool:
        name = scope.scope_name
        if name in ("Terminating", "NotTerminating"):
            return _ends(obj) == (name == "Terminating")
        if name in ("BestEffort", "NotBestEffort"):
            from .kinds.pods.qos import class_of  # read with the policies of kinds, when it is first needed

            return (class_of(obj.spec) == "BestEffort") == (name == "BestEffort")
        if name == "PriorityClass":
            return _selects(scope, [obj.spec.priority_class_name] if obj.spec.priority_class_name else [])
        return bool(name == "CrossNamespacePodAffinity" and any(map(_crosses, _terms(obj.spec.affinity))))

    def unsaid(self, names: Iterable[str], obj: Any) -> str:
        whole = obj.spec.resources
        if whole is not None and (whole.requests or whole.limits):
            return ""
        missing: dict[str, list[str]] = {}
        wanted = [name for name in MUST_SAY if name in names]
        for container in (*obj.spec.containers, *obj.spec.init_containers):
            said = _computed(container.resources.requests, container.resources.limits)
            for name in wanted:
                if name not in said:
                    missing.setdefault(name, []).append(container.name)
        return "; ".join(f"{name} for: {','.join(sorted(dict.fromkeys(missing[name])))}" for name in sorted(missing))


def _is_native(name: str) -> bool:
    """Whether a resource is one of Kubernetes' own."""
    return "/" not in name or "kubernetes.io/" in name


def _pages(name: str) -> bool:
    return name.startswith(("hugepages-", "requests.hugepages-"))


def _extended(name: str) -> bool:
    if not name.startswith("requests."):
        return False
    return not _is_native(name) or name.startswith("requests.deviceclass.resource.kubernetes.io/")


def _computed(requests: Amounts, limits: Amounts) -> dict[str, Quantity]:
    """What requests and limits use up, by the names of quotas."""
    found = {"pods": ONE}
    for name in ("cpu", "memory", "ephemeral-storage"):
        if name in requests:
            found[name] = found[f"requests.{name}"] = requests[name]
        if name in limits:
            found[f"limits.{name}"] = limits[name]
    for name, amount in requests.items():
        if name.startswith("hugepages-"):
            found[name] = found[f"requests.{name}"] = amount
        elif not _is_native(name):
            found[f"requests.{name}"] = amount
    return found


def _ends(pod: Any) -> bool:
    """Whether a pod has a time after which it is ended."""
    return pod is not None and pod.spec.active_deadline_seconds is not None


def _over(pod: Any, unix: float) -> bool:
    """Whether a pod uses nothing any more: it has ended, or should have."""
    if pod.status.phase in ("Failed", "Succeeded"):
        return True
    metadata = pod.metadata
    if metadata.deletion_timestamp is None or metadata.deletion_grace_period_seconds is None:
        return False
    return unix > int(metadata.deletion_timestamp) + metadata.deletion_grace_period_seconds


def _terms(affinity: Any) -> Iterator[Any]:
    """All terms about other pods in an affinity."""
    for part in (affinity.pod_affinity, affinity.pod_anti_affinity) if affinity is not None else ():
        if part is not None:
            yield from part.required_during_scheduling_ignored_during_execution
            for weighted in part.preferred_during_scheduling_ignored_during_execution:
                yield weighted.pod_affinity_term


def _crosses(term: Any) -> bool:
    return bool(term.namespaces) or term.namespace_selector is not None


def _selects(scope: Any, held: list[str]) -> bool:
    """Whether a scope that asks for values means an object that holds these."""
    operator, values = scope.operator, scope.values
    if operator == "Exists":
        return bool(held)
    if operator == "DoesNotExist":
        return not held
    if operator == "NotIn":
        return not held or any(each not in values for each in held)
    return any(each in values for each in held)


class _Services(Measure):
    """Services use up themselves, their node ports and their load balancers."""

    OWN = ("count/services", "services", "services.nodeports", "services.loadbalancers")

    def admits(self, operation: str, subresource: str, new: Any, old: Any) -> bool:
        return operation in ("CREATE", "UPDATE") and not subresource

    def about(self, given: Iterable[str]) -> list[str]:
        return [name for name in given if name in self.OWN]

    def used(self, obj: Any, unix: float) -> Amounts:
        spec, ports = obj.spec, 0
        if spec.type == "LoadBalancer" and spec.allocate_load_balancer_node_ports is False:
            ports = sum(bool(port.node_port) for port in spec.ports)
        elif spec.type in ("NodePort", "LoadBalancer"):
            ports = len(spec.ports)
        balancers = int(spec.type == "LoadBalancer")
        return dict(zip(self.OWN, (ONE, ONE, Quantity(ports), Quantity(balancers)), strict=True))


class _Claims(Measure):
    """Claims use up themselves and the storage that they ask for, also of their class."""

    OWN = ("persistentvolumeclaims", "requests.storage")

    def admits(self, operation: str, subresource: str, new: Any, old: Any) -> bool:
        if subresource == "status":
            return old is not None and _replenishes(new, old)
        return operation in ("CREATE", "UPDATE") and not subresource

    def about(self, given: Iterable[str]) -> list[str]:
        per_class = tuple(f"{PER_CLASS}{name}" for name in self.OWN)
        return [
            name
            for name in given
            if name == "count/persistentvolumeclaims" or name in self.OWN or name.endswith(per_class)
        ]

    def used(self, obj: Any, unix: float) -> Amounts:
        found = {"count/persistentvolumeclaims": ONE, "persistentvolumeclaims": ONE}
        of_class = obj.metadata.annotations.get("volume.beta.kubernetes.io/storage-class", obj.spec.storage_class_name)
        storage = obj.spec.resources.requests.get("storage") if obj.spec.resources is not None else None
        if storage is not None:
            allocated = obj.status.allocated_resources.get("storage", ZERO) if obj.status is not None else ZERO
            found["requests.storage"] = max(storage, allocated)
        if of_class:
            found |= {f"{of_class}{PER_CLASS}{name}": found[name] for name in self.OWN if name in found}
        return found

    def within(self, scope: Any, obj: Any) -> bool:
        return scope.scope_name == "VolumeAttributesClass" and _selects(scope, _attributes(obj))


def _attributes(claim: Any) -> list[str]:
    """The classes of attributes that a claim has, gets or wants."""
    status = claim.status
    modifying = status.modify_volume_status if status is not None else None
    found = (
        claim.spec.volume_attributes_class_name,
        status.current_volume_attributes_class_name if status is not None else None,
        modifying.target_volume_attributes_class_name if modifying is not None else None,
    )
    return list(dict.fromkeys(name for name in found if name))


def _replenishes(new: Any, old: Any) -> bool:
    """Whether the status of a claim changes what it uses up."""
    return new.status.allocated_resources != old.status.allocated_resources or _attributes(new) != _attributes(old)


class _ResourceClaims(Measure):
    """Claims to devices use up themselves and, by class, as many devices as they may get."""

    def admits(self, operation: str, subresource: str, new: Any, old: Any) -> bool:
        return operation in ("CREATE", "UPDATE") and not subresource

    def about(self, given: Iterable[str]) -> list[str]:
        return [name for name in given if name == f"count/{self.key}" or name.endswith(PER_DEVICE_CLASS)]

    def used(self, obj: Any, unix: float) -> Amounts:
        found = {f"count/{self.key}": ONE}
        for request in obj.spec.devices.requests:
            most: dict[str, Quantity] = {}
            for each in request.first_available or ((request.exactly,) if request.exactly is not None else ()):
                name = f"{each.device_class_name}{PER_DEVICE_CLASS}"
                count = MOST_DEVICES if each.allocation_mode == "All" else (each.count or 0)
                most[name] = max(most.get(name, ZERO), Quantity(count))
            found |= {name: found.get(name, ZERO) + amount for name, amount in most.items()}
        return found


_OWN: dict[str, Measure] = {
    measure.key: measure
    for measure in (
        _Pods("pods"),
        _Services("services"),
        _Claims("persistentvolumeclaims"),
        _ResourceClaims("resourceclaims.resource.k8s.io"),
    )
}


def measure_of(key: str) -> Measure:
    """How objects of a kind are counted, by its key such as `deployments.apps`."""
    return _OWN.get(key) or Measure(key)


def kinds_of(names: Iterable[str]) -> list[str]:
    """The keys of all kinds that a quota with these names may be about."""
    found: dict[str, None] = {}
    for name in names:
        found |= dict.fromkeys(key for key, measure in _OWN.items() if measure.about((name,)))
        if name.startswith("count/"):
            found[name.removeprefix("count/")] = None
        elif name in ALIASED:
            found[name] = None
    return list(found)


@attrs.frozen
class Scope:
    """One requirement of a quota on what it is about."""

    scope_name: str
    operator: str = "Exists"
    values: tuple[str, ...] = ()


def scopes_of(quota: Any) -> tuple[Any, ...]:
    """The scopes of a quota, each as a requirement."""
    selector = quota.spec.scope_selector
    return (*map(Scope, quota.spec.scopes), *(selector.match_expressions if selector is not None else ()))


def concerns(quota: Any, measure: Measure, names: Iterable[str], obj: Any) -> bool:
    """Whether a quota that has these names is about an object."""
    return bool(measure.about(names)) and all(measure.within(scope, obj) for scope in scopes_of(quota))


def total(quota: Any, key: str, objects: Iterable[Any], unix: float) -> dict[str, Quantity]:
    """What the objects of one kind use up of a quota."""
    measure = measure_of(key)
    used = dict.fromkeys(measure.about(quota.spec.hard), ZERO)
    scopes = scopes_of(quota)
    for obj in objects:
        if all(measure.within(scope, obj) for scope in scopes):
            for name, amount in measure.used(obj, unix).items():
                if name in used:
                    used[name] += amount
    return used
