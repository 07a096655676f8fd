"""Keep the EndpointSlices of every Service that has a selector.

Imitates  the endpoint slice controller of Kubernetes 1.36
Wakes on  Service; Pod it selects; EndpointSlice with its name
Writes    EndpointSlice create, update and delete; events about those that it could not write
Differs   D-007: no hints by the number of CPUs of a zone (`service.kubernetes.io/topology-mode: Auto`)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ... import errors
from ...kit import DONE, Api, Cache, Result, Wiring
from ...kit.endpoint_sets import (
    BY_SERVICE,
    INDEXES,
    RETRY,
    annotated,
    create_slice,
    has_endpoints,
    labels_of,
    pods_behind,
    prefix_of,
    services_of_pod,
    services_of_slice,
    slices_of,
)
from ...kit.trigger_time import Triggers, last_change
from ...objects import core, discovery, evolve, meta
from ...objects.references import owner_reference
from ...values.frozen import FrozenMap
from ...values.times import Time
from ...wellknown import ZONE
from .endpoints import desired, families
from .hints import hinted
from .packing import New, Plan, packed

COMPONENT = "endpoint-slice-controller"
MANAGER = "endpointslice-controller.k8s.io"

WIRING = Wiring(
    "endpointslice-controller",
    reconciles=core.Service,
    watches=((core.Pod, services_of_pod), (discovery.EndpointSlice, services_of_slice(MANAGER))),
    reads=(core.Node,),
    indexes=(*INDEXES, (discovery.EndpointSlice, BY_SERVICE)),
    memory=Triggers,
    retry=RETRY,
)


def reconcile(api: Api, cache: Cache, memory: Triggers, key: str) -> Result:
    """Write what the Service's pods add up to, slice by slice, where it differs."""
    service: Any = cache.get(core.Service, key)
    if service is None or not has_endpoints(service):
        return DONE
    pods = pods_behind(cache, service)
    since, remembered = last_change(memory, service, pods)
    api.remember(remembered)
    slices = [each for each in slices_of(cache, key, MANAGER) if each.metadata.deletion_timestamp is None]
    zones = _zones(cache, pods)
    problems = _skipped(service, pods, zones)
    for family, plan in decide(service, pods, zones, slices).items():
        try:
            _carry_out(api, service, family, plan, since)
        except errors.ApiError as refusal:
            problems.append(str(refusal))
    if problems:
        _fail(api, service, tuple(dict.fromkeys(problems)))
    return DONE


def _skipped(service: Any, pods: Sequence[Any], zones: Mapping[str, str | None]) -> list[str]:
    """The pods that are left out since nothing is known of their nodes, in sentences."""
    if service.spec.publish_not_ready_addresses:
        return []
    where = f"{service.metadata.namespace}/{service.metadata.name}"
    return [
        f"skipping Pod {pod.metadata.name} for Service {where}: Node {pod.spec.node_name} Not Found"
        for pod in pods
        if pod.spec.node_name not in zones
    ]


def _fail(api: Api, service: Any, problems: tuple[str, ...]) -> None:
    """Say what went wrong, and raise it, so that it is tried again."""
    text = problems[0] if len(problems) == 1 else f"[{', '.join(problems)}]"
    where = f"{service.metadata.namespace}/{service.metadata.name}"
    message = f"Error updating Endpoint Slices for Service {where}: {text}"
    api.event(service, "Warning", "FailedToUpdateEndpointSlices", message)
    raise errors.InternalError(text)


def _zones(cache: Cache, pods: Sequence[Any]) -> dict[str, str | None]:
    """The zones of the nodes that the pods are on, of those that there are."""
    found: dict[str, str | None] = {}
    for name in dict.fromkeys(pod.spec.node_name or "" for pod in pods):
        node: Any = cache.get(core.Node, name)
        if node is not None:
            found[name] = node.metadata.labels.get(ZONE)
    return found


def decide(
    service: Any, pods: Sequence[Any], zones: Mapping[str, str | None], slices: Sequence[Any]
) -> dict[str, Plan]:
    """Pure: what is to be written, by family of addresses. What is of a family that the Service does not have goes."""
    labels = labels_of(service, MANAGER)
    distribution = service.spec.traffic_distribution
    plans: dict[str, Plan] = {}

    def is_current(piece: Any) -> bool:
        return bool(piece.metadata.labels == labels)

    for family in families(service):
        of_family = [each for each in slices if each.address_type == family]
        own = [each for each in of_family if _is_owned(each, service)]
        plan = packed(own, desired(service, pods, zones, family), is_current)
        written = {each.metadata.name for each in (*plan.update, *plan.delete)}
        unchanged = [each for each in own if each.metadata.name not in written]
        rehinted = [each for each in unchanged if hinted(each.endpoints, distribution) is not each.endpoints]
        plans[family] = Plan(
            tuple([New(each.ports, hinted(each.endpoints, distribution)) for each in plan.create]),
            tuple([_finished(each, labels, distribution) for each in (*plan.update, *rehinted)]),
            (*plan.delete, *(each for each in of_family if each not in own)),
        )
    for family in dict.fromkeys(each.address_type for each in slices):
        if family not in plans:
            plans[family] = Plan(delete=tuple([each for each in slices if each.address_type == family]))
    return plans


def _finished(piece: Any, labels: FrozenMap[str, str], distribution: str | None) -> Any:
    """A slice as it is to be written."""
    return evolve(piece, {"metadata.labels": labels}, endpoints=hinted(piece.endpoints, distribution))


def _is_owned(piece: Any, service: Any) -> bool:
    """Whether a slice is of this very Service, and not of an older one that had its name."""
    return any(each.uid == service.metadata.uid for each in piece.metadata.owner_references)


def _carry_out(api: Api, service: Any, family: Any, plan: Plan, since: Time | None) -> None:
    """Write what is planned, up to the first refusal. Raises that, with what was to be done."""
    metadata = service.metadata
    where = f"EndpointSlice for Service {metadata.namespace}/{metadata.name}"
    what = f"create {where}"
    try:
        if metadata.deletion_timestamp is None:
            for new in plan.create:
                described = meta.ObjectMeta(
                    generate_name=prefix_of(metadata.name),
                    namespace=metadata.namespace,
                    labels=labels_of(service, MANAGER),
                    annotations=annotated(FrozenMap(), since),
                    owner_references=(owner_reference(service),),
                )
                piece: Any = discovery.EndpointSlice(
                    metadata=described, address_type=family, ports=new.ports, endpoints=new.endpoints
                )
                if not create_slice(api, piece):
                    return
        for piece in plan.update:
            what = f"update {piece.metadata.name} {where}"
            api.update(evolve(piece, {"metadata.annotations": annotated(piece.metadata.annotations, since)}))
        for piece in plan.delete:
            what = f"delete {piece.metadata.name} {where}"
            api.delete(discovery.EndpointSlice, piece.metadata.name, piece.metadata.namespace)
    except errors.ApiError as refusal:
        raise errors.InternalError(f"failed to {what}: {refusal}") from refusal
