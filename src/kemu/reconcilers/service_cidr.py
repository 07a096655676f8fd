"""Keep a ServiceCIDR as long as Services have addresses of it, and say that it is ready.

Imitates  the ServiceCIDR controller of Kubernetes 1.36
Wakes on  ServiceCIDR; IPAddress, as long as one is to be deleted
Writes    ServiceCIDR: its finalizer, and the condition Ready
Differs   nothing known
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from operator import attrgetter
from typing import Any

from .. import errors
from ..kit import DONE, Api, Cache, Result, Wiring, key_of
from ..kit.indexes import Index
from ..objects import evolve, meta, networking
from ..objects.conditions import find_condition, with_condition

COMPONENT = "service-cidrs-controller"
FINALIZER = "networking.k8s.io/service-cidr-finalizer"
READY = "Kubernetes Service CIDR is ready"
IN_USE = "There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR"
GRACE = 10.0
"""Seconds from the deletion of a range until it goes, in which nobody should take an address of it any more."""


def _going(cidr: Any) -> tuple[str, ...]:
    return () if cidr.metadata.deletion_timestamp is None else ("yes",)


GOING = Index("going", _going, attrgetter("metadata.deletion_timestamp"))


def _those_that_go(cache: Cache, old: Any, new: Any) -> tuple[str, ...]:
    return tuple(map(key_of, cache.indexed(networking.ServiceCIDR, GOING, "yes")))


def _itself_and_those_that_go(cache: Cache, old: Any, new: Any) -> tuple[str, ...]:
    return (key_of(new if new is not None else old), *_those_that_go(cache, old, new))


WIRING = Wiring(
    "service-cidr-controller",
    account="service-cidrs-controller",
    reconciles=networking.ServiceCIDR,
    changed=_itself_and_those_that_go,
    watches=((networking.IPAddress, _those_that_go),),
    indexes=((networking.ServiceCIDR, GOING),),
)


def reconcile(api: Api, cache: Cache, key: str) -> Result:
    """Protect a range that is there; let one go that is to be deleted and that no address would miss."""
    cidr: Any = cache.get(networking.ServiceCIDR, key)
    if cidr is None:
        return DONE
    finalizers = cidr.metadata.finalizers
    if cidr.metadata.deletion_timestamp is None:
        if FINALIZER not in finalizers:
            cidr = api.patch(cidr, {"metadata": {"finalizers": [FINALIZER]}}, type="strategic")
        try:
            return _say(api, cidr, "True", "", READY)
        except errors.ApiError:
            text = "The ServiceCIDR Status can not be set to Ready=True"
            api.event(cidr, "Warning", "KubernetesServiceCIDRError", text)
            raise
    others = [each for each in cache.list(networking.ServiceCIDR) if each is not cidr]
    addresses = (str(each.metadata.name) for each in cache.list(networking.IPAddress))
    if is_needed(cidr, others, addresses):
        return _say(api, cidr, "False", "Terminating", IN_USE)
    left = float(cidr.metadata.deletion_timestamp) + GRACE - api.unix
    if left > 0:
        return Result(after=left)
    if FINALIZER in finalizers:
        api.patch(cidr, {"metadata": {"$deleteFromPrimitiveList/finalizers": [FINALIZER]}}, type="strategic")
    return DONE


def _say(api: Api, cidr: Any, status: Any, reason: str, message: str) -> Result:
    found = find_condition(cidr.status.conditions, "Ready")
    if found is None or (found.status, found.reason, found.message) != (status, reason, message):
        condition = meta.Condition(
            type="Ready", status=status, reason=reason, message=message, last_transition_time=api.stamp()
        )
        conditions = with_condition(cidr.status.conditions, condition)
        api.patch_to(cidr, evolve(cidr, {"status.conditions": conditions}), "status", subresource="status")
    return DONE


def is_needed(cidr: Any, others: Iterable[Any], addresses: Iterable[str]) -> bool:
    """Pure: whether there is an address of a range that none of the others has."""
    own = [ip_network(each) for each in cidr.spec.cidrs]
    rest = [ip_network(each) for other in others for each in other.spec.cidrs]
    alone = [each for each in own if not any(_contains(other, each) for other in rest)]
    used = [ip_address(address) for address in addresses] if alone else []
    return any(
        any(address in each for each in alone) and not any(address in other for other in rest) for address in used
    )


def _contains(outer: Any, inner: Any) -> bool:
    return outer.version == inner.version and inner.subnet_of(outer)
