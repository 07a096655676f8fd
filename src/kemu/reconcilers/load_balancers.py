"""Give Services of type LoadBalancer an address: the service controller, with a cloud that is simulated.

Imitates  the service load balancer controller of cloud-provider 1.36, in a process of its own
Wakes on  Service; Node that comes or goes, or is to be left out
Writes    Service: its finalizer, and the address in its status; events about these and about the nodes behind it
Differs   D-252: the addresses are numbered

A cluster without a cloud has none: a user declares it (`cluster.cloud.load_balancers`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from ipaddress import IPv4Network
from operator import attrgetter
from typing import Any

import attrs

from .. import errors
from ..clock import exact
from ..kit import DONE, Api, Cache, Result, Spec, Wiring, key_of
from ..kit.indexes import Index
from ..objects import core, evolve

NAME = "service-lb-controller"
PROCESS = "cloud-controller-manager"
FINALIZER = "service.kubernetes.io/load-balancer-cleanup"
RETRY = (5.0, 300.0)
"""Seconds until what has failed is tried again, at first and at most."""

EXCLUDED = "node.kubernetes.io/exclude-from-external-load-balancers"
TO_BE_DELETED = "ToBeDeletedByClusterAutoscaler"
NAMED = 20
"""How many nodes are named at most where an update has failed."""
NO_NODES = ("Warning", "UnAvailableLoadBalancer", "There are no available nodes for LoadBalancer")

Hosts = tuple[tuple[str, str], ...]
"""The nodes behind a load balancer, as names and what the cloud calls them."""

NUMBERS = "numbers"
"""Under this key is remembered which address was given out last."""


@attrs.frozen
class Memory:
    """What is remembered of a Service. Seconds are since the start of the cluster."""

    since: float | None = None
    """Since when the cloud is at work on it; None if it is not."""
    balanced: Any = None
    """What its load balancer was made for."""
    hosts: Hosts = ()
    """The nodes that the load balancer was told of."""
    number: int = 0
    """Of `NUMBERS`: the last that was given out."""


def _addresses(service: Any) -> tuple[str, ...]:
    return tuple([each.ip for each in service.status.load_balancer.ingress if each.ip])


def _balanced(service: Any) -> tuple[str, ...]:
    return ("yes",) if FINALIZER in service.metadata.finalizers else ()


BALANCED = Index("balanced", _balanced, attrgetter("metadata.finalizers"))
BY_BALANCER = Index("balancer", _addresses, attrgetter("status.load_balancer"))


def wants(service: Any) -> bool:
    """Whether a Service asks the cloud for a load balancer."""
    return service.spec.type == "LoadBalancer" and not service.spec.load_balancer_class


def wanted(service: Any) -> tuple[Any, ...]:
    """Pure: all of a Service that its load balancer is made for."""
    spec, metadata = service.spec, service.metadata
    return (
        metadata.uid,
        metadata.annotations,
        spec.ports,
        spec.session_affinity,
        spec.session_affinity_config,
        spec.external_ips,
        spec.load_balancer_ip,
        spec.load_balancer_source_ranges,
        spec.external_traffic_policy,
        spec.health_check_node_port,
        spec.ip_families,
    )


def _changed(cache: Cache, old: Any, new: Any) -> tuple[str, ...]:
    """A Service of which something is another that the cloud would see to."""
    if old is not None and new is not None and _state(old) == _state(new):
        return ()
    return (key_of(new if new is not None else old),)


def _state(service: Any) -> tuple[Any, ...]:
    return wants(service), service.metadata.deletion_timestamp, wanted(service)


def _node_changed(cache: Cache, old: Any, new: Any) -> tuple[str, ...]:
    """All Services that have a load balancer, if a node is there now, or not any more, or is another to the cloud."""
    if old is not None and new is not None and _seen(old) == _seen(new):
        return ()
    return tuple(map(key_of, cache.indexed(core.Service, BALANCED, "yes")))


def _seen(node: Any) -> tuple[Any, ...]:
    return is_included(node), node.spec.provider_id


def is_included(node: Any) -> bool:
    """Whether its labels let a node be behind load balancers."""
    excluded = node.metadata.labels.get(EXCLUDED)
    return excluded is None or excluded in ("0", "f", "F", "false", "False", "FALSE")


def hosts_of(nodes: Iterable[Any]) -> Hosts:
    """Pure: the nodes that are behind load balancers, in order of their names."""
    return tuple(
        sorted(
            (node.metadata.name, node.spec.provider_id or "")
            for node in nodes
            if node.metadata.deletion_timestamp is None
            and is_included(node)
            and not any(taint.key == TO_BE_DELETED for taint in node.spec.taints)
        )
    )


@attrs.frozen
class LoadBalancers:
    """A cloud: how many seconds it takes for a load balancer, which addresses it has, how they are reached, and with
    which text it fails (empty: it does not)."""

    seconds: float = 0.0
    addresses: str = "203.0.113.0/24"
    ip_mode: Any = "VIP"
    problem: str = ""

    def spec(self) -> Spec:
        """What the process runs."""
        wiring = Wiring(
            NAME,
            reconciles=core.Service,
            changed=_changed,
            watches=((core.Node, _node_changed),),
            account="service-controller",
            indexes=((core.Service, BY_BALANCER), (core.Service, BALANCED)),
            memory=Memory,
            retry=RETRY,
            bucket=None,
        )
        return Spec(wiring, self, "service-controller")

    def __call__(self, api: Api, cache: Cache, memory: Memory, key: str) -> Result:
        """Make the load balancer of a Service, change it, or take it away."""
        service: Any = cache.get(core.Service, key)
        if service is None:
            api.forget()
            return DONE
        if wants(service) and service.metadata.deletion_timestamp is None:
            return self._ensure(api, cache, memory, service)
        if FINALIZER in service.metadata.finalizers:
            return self._clean_up(api, memory, service)
        if service.spec.type != "LoadBalancer" and service.status.load_balancer.ingress:
            _show(api, service, ())  # it was let go, and nothing more was said
        api.forget()
        return DONE

    def _left(self, api: Api, memory: Memory) -> float:
        """How many seconds the cloud is still at work; it begins if it has not."""
        if memory.since is None:
            api.remember(Memory(since=api.now))
            return self.seconds
        return exact(memory.since + self.seconds - api.now)

    def _failed(self, api: Api, service: Any, what: str) -> errors.InternalError:
        text = f"Error syncing load balancer: failed to {what} load balancer: {self.problem}"
        api.event(service, "Warning", "SyncLoadBalancerFailed", text)
        api.forget()
        return errors.InternalError(text)

    def _ensure(self, api: Api, cache: Cache, memory: Memory, service: Any) -> Result:
        metadata, hosts = service.metadata, hosts_of(cache.list(core.Node))
        if memory.balanced == wanted(service):
            return DONE if memory.hosts == hosts else self._update(api, memory, service, hosts)
        if memory.since is None:
            api.event(service, "Normal", "EnsuringLoadBalancer", "Ensuring load balancer")
            if FINALIZER not in metadata.finalizers:
                finalizers = (*metadata.finalizers, FINALIZER)
                service = api.patch_to(service, evolve(service, {"metadata.finalizers": finalizers}), "metadata")
        left = self._left(api, memory)
        if left > 0:
            return Result(after=left)
        if not hosts:
            api.event(service, *NO_NODES)
        if self.problem:
            raise self._failed(api, service, "ensure")
        ingress = service.status.load_balancer.ingress or self._ingress(api, cache, service)
        api.event(service, "Normal", "EnsuredLoadBalancer", "Ensured load balancer")
        _show(api, service, ingress)
        api.remember(Memory(balanced=wanted(service), hosts=hosts))
        return DONE

    def _update(self, api: Api, memory: Memory, service: Any, hosts: Hosts) -> Result:
        """Tell a load balancer of its nodes, which takes no time; if the cloud fails all is done anew."""
        if self.problem:
            names = [name for name, _ in hosts[:NAMED]]
            names += [f"<{len(hosts) - NAMED} more>"] if len(hosts) > NAMED else []
            text = (
                f"Error updating load balancer with new hosts [{' '.join(names)}] [node names limited, total number of "
                f"nodes: {len(hosts)}], error: {self.problem}"
            )
            api.event(service, "Warning", "UpdateLoadBalancerFailed", text)
            api.forget()
            return Result(after=0)
        updated = ("Normal", "UpdatedLoadBalancer", "Updated load balancer with new hosts")
        api.event(service, *(updated if hosts else NO_NODES))
        api.remember(attrs.evolve(memory, hosts=hosts))
        return DONE

    def _ingress(self, api: Api, cache: Cache, service: Any) -> tuple[Any, ...]:
        address = service.spec.load_balancer_ip
        if not address:
            known = api.recall(NUMBERS) or Memory()
            hosts = IPv4Network(self.addresses)
            number = following(known.number, hosts, lambda each: cache.count(core.Service, BY_BALANCER, each) > 0)
            if number is None:
                raise errors.InternalError(f"there is no address left in {self.addresses}")
            api.remember(Memory(number=number), NUMBERS)
            address = str(hosts[number])
        return (core.LoadBalancerIngress(ip=address, ip_mode=self.ip_mode),)

    def _clean_up(self, api: Api, memory: Memory, service: Any) -> Result:
        if memory.since is None:
            api.event(service, "Normal", "DeletingLoadBalancer", "Deleting load balancer")
        left = self._left(api, memory)
        if left > 0:
            return Result(after=left)
        if self.problem:
            raise self._failed(api, service, "delete")
        kept = tuple([each for each in service.metadata.finalizers if each != FINALIZER])
        let_go = api.patch_to(service, evolve(service, {"metadata.finalizers": kept}), "metadata")
        api.event(service, "Normal", "DeletedLoadBalancer", "Deleted load balancer")
        if kept or service.metadata.deletion_timestamp is None:
            _show(api, let_go, ())
        api.forget()
        return DONE


def _show(api: Api, service: Any, ingress: tuple[Any, ...]) -> None:
    changed = evolve(service, {"status.load_balancer.ingress": ingress})
    api.patch_to(service, changed, "status", subresource="status")


def following(number: int, hosts: IPv4Network, is_taken: Callable[[str], bool]) -> int | None:
    """Pure: the next number whose address nobody has, all the way round; None if all are taken."""
    size = hosts.num_addresses - 2
    candidates = ((number + step) % size + 1 for step in range(size))
    return next((each for each in candidates if not is_taken(str(hosts[each]))), None)
