"""Allocation of devices to resource claims on one node, with structured parameters.

Resource pools are gathered from the ResourceSlices that the node can reach; requests are served in order by trying
devices in the order of pools, slices and devices, going back when constraints, counters or later requests cannot be
met. Pure: nothing is written here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...cel import CompileError, EvaluationError
from ...objects import core, resource
from ...objects.device_expressions import compiled
from ...objects.node_selectors import NodeMatcher
from ...values.quantity import Quantity
from .device_selectors import attribute_value, device_variables
from .framework import Listers
from .nodes import NodeInfo

MAX_DEVICES = 32
"""Most devices in one claim."""

DeviceId = tuple[str, str, str]
"""(driver, pool, device)"""

_ZERO = Quantity(0)


class AllocationError(Exception):
    """The claims cannot be tried at all: a selector, a class or a pool is broken."""


class Pool:
    """The devices of one pool that a node can reach."""

    def __init__(self, driver: str, name: str, slices: Sequence[Any], complete: bool) -> None:
        self.driver, self.name, self.complete = driver, name, complete
        self.counters: dict[str, dict[str, Quantity]] = {}
        self.slices = []
        for piece in sorted(slices, key=lambda s: str(s.metadata.name)):
            if piece.spec.shared_counters:
                for counters in piece.spec.shared_counters:
                    self.counters[counters.name] = {name: c.value for name, c in counters.counters.items()}
            else:
                self.slices.append(piece)


def reaches(node: NodeInfo, name: str | None, every: bool | None, selector: Any) -> bool:
    """Whether a slice or device with this node selection is meant for the node."""
    if name:
        return name == node.name
    if every:
        return True
    return selector is not None and NodeMatcher(selector).matches(node.name, node.labels)


def gather_pools(slices: Iterable[Any], node: NodeInfo) -> list[Pool]:
    """The pools that a node can reach, newest generation only, those with binding conditions last."""
    everything = list(slices)
    found: dict[tuple[str, str], list[Any]] = {}
    for piece in everything:
        spec = piece.spec
        relevant = bool(spec.shared_counters) or reaches(node, spec.node_name, spec.all_nodes, spec.node_selector)
        if not relevant and spec.per_device_node_selection:
            relevant = any(reaches(node, d.node_name, d.all_nodes, d.node_selector) for d in spec.devices)
        if not relevant:
            continue
        key = (spec.driver, spec.pool.name)
        present = found.setdefault(key, [])
        if present and spec.pool.generation != present[0].spec.pool.generation:
            if spec.pool.generation < present[0].spec.pool.generation:
                continue
            present.clear()
        present.append(piece)
    pools: list[Pool] = []
    for (driver, name), present in found.items():
        pool = present[0].spec.pool
        same = [s for s in everything if (s.spec.driver, s.spec.pool.name) == (driver, name)]
        if any(s.spec.pool.generation > pool.generation for s in same):
            continue
        count = sum(s.spec.pool.generation == pool.generation for s in same)
        pools.append(Pool(driver, name, present, count == pool.resource_slice_count))
    pools.sort(key=lambda p: (_conditional(p), p.driver, p.name))
    return pools


def _conditional(pool: Pool) -> bool:
    return any(device.binding_conditions for piece in pool.slices for device in piece.spec.devices)


class Request:
    """One request or subrequest with its class."""

    __slots__ = ("admin", "count", "device_class", "every", "name", "parent", "selectors", "tolerations")

    def __init__(self, name: str, parent: str, spec: Any, device_class: Any) -> None:
        self.name, self.parent = name, parent
        self.device_class = device_class
        self.every = spec.allocation_mode == "All"
        self.count = 0 if self.every else spec.count or 1
        self.selectors = tuple(spec.selectors)
        self.tolerations = tuple(spec.tolerations)
        self.admin = bool(getattr(spec, "admin_access", None))

    @property
    def full_name(self) -> str:
        """`request` or `request/subrequest`."""
        return f"{self.parent}/{self.name}" if self.parent else self.name


class Chosen:
    """A device for a request."""

    __slots__ = ("device", "id", "piece", "request")

    def __init__(self, identity: DeviceId, device: Any, piece: Any, request: Request) -> None:
        self.id, self.device, self.piece, self.request = identity, device, piece, request


class Allocator:
    """Serves claims on nodes. `used` are the devices that other claims have."""

    def __init__(self, listers: Listers, used: Mapping[DeviceId, None]) -> None:
        self.listers = listers
        self.used = dict(used)
        self._matches: dict[tuple[DeviceId, tuple[str, ...]], bool] = {}

    def allocate(self, node: NodeInfo, claims: Sequence[Any]) -> list[Any] | None:
        """An AllocationResult for every claim, None when the node cannot serve them. Raises AllocationError."""
        pools = gather_pools(self.listers.list("ResourceSlice"), node)
        search = _Search(self, node, pools, claims)
        if not search.serve(0, 0):
            return None
        return [search.result(index) for index in range(len(claims))]

    def selectable(self, request: Request, identity: DeviceId, device: Any, owner: str) -> bool:
        """Whether the selectors of class and request accept a device."""
        sources = [(f"class {request.device_class.metadata.name}", request.device_class.spec.selectors)]
        sources.append((f"claim {owner}", request.selectors))
        for source, selectors in sources:
            for index, selector in enumerate(selectors):
                if selector.cel is None:
                    raise AllocationError(f"{source}, selector #{index}: CEL expression empty")
                if not self._accepts(selector.cel.expression, identity, device, f"{source}: selector #{index}"):
                    return False
        return True

    def _accepts(self, expression: str, identity: DeviceId, device: Any, where: str) -> bool:
        key = (identity, (expression,))
        known = self._matches.get(key)
        if known is None:
            try:
                program = compiled(expression)
            except CompileError as problem:
                raise AllocationError(f"{where}: CEL compile error: {problem}") from problem
            try:
                known = program.evaluate(device_variables(identity[0], device)) is True
            except EvaluationError as problem:
                raise AllocationError(f"{where}: CEL runtime error: {problem}") from problem
            self._matches[key] = known
        return known


class _Search:
    """Backtracking over claims, requests and devices."""

    def __init__(self, allocator: Allocator, node: NodeInfo, pools: Sequence[Pool], claims: Sequence[Any]) -> None:
        self.allocator, self.node, self.pools, self.claims = allocator, node, pools, claims
        self.chosen: list[list[Chosen]] = [[] for _ in claims]
        self.taken: dict[DeviceId, int] = {}
        self.consumed: dict[tuple[str, str, str], Quantity] = {}
        self.requests = [
            [self._alternatives(claim, request) for request in claim.spec.devices.requests] for claim in claims
        ]

    def _key(self, claim: Any) -> str:
        return f"{claim.metadata.namespace}/{claim.metadata.name}"

    def _alternatives(self, claim: Any, request: Any) -> list[Request]:
        """A request as the list of what would do, best first."""
        found: list[Request] = []
        specs = [(request.name, "", request.exactly)] if request.exactly is not None else []
        specs += [(sub.name, request.name, sub) for sub in request.first_available]
        for name, parent, spec in specs:
            device_class = self.allocator.listers.get("DeviceClass", spec.device_class_name)
            if device_class is None:
                problem = f"could not retrieve device class {spec.device_class_name}"
                raise AllocationError(f"claim {self._key(claim)}, request {name}: {problem}")
            found.append(Request(name, parent, spec, device_class))
        return found

    def serve(self, claim: int, request: int) -> bool:
        """Serve everything from this request on."""
        if claim == len(self.claims):
            return True
        if request == len(self.requests[claim]):
            return self.serve(claim + 1, 0)
        for alternative in self.requests[claim][request]:
            if alternative.every:
                if self._serve_all(claim, request, alternative):
                    return True
            elif self._serve_some(claim, request, alternative, alternative.count, 0):
                return True
        return False

    def _devices(self, request: Request, owner: str) -> list[Chosen]:
        """The devices that the request could have, in order."""
        found = []
        for pool in self.pools:
            if not pool.complete:
                if request.every:
                    text = (
                        f"asks for all devices, but resource pool {pool.driver}/{pool.name} is currently being updated"
                    )
                    raise AllocationError(f"claim {owner}, request {request.name}: {text}")
                continue
            for piece in pool.slices:
                for device in piece.spec.devices:
                    if piece.spec.per_device_node_selection and not reaches(
                        self.node, device.node_name, device.all_nodes, device.node_selector
                    ):
                        continue
                    identity = (pool.driver, pool.name, device.name)
                    if self.allocator.selectable(request, identity, device, owner):
                        found.append(Chosen(identity, device, piece, request))
        return found

    def _serve_all(self, claim: int, request: int, wanted: Request) -> bool:
        devices = self._devices(wanted, self._key(self.claims[claim]))
        before = len(self.chosen[claim])
        if not devices or before + len(devices) > MAX_DEVICES:
            return False
        for device in devices:
            if not self._take(claim, device):
                break
        else:
            if self.serve(claim, request + 1):
                return True
        while len(self.chosen[claim]) > before:
            self._give_back(claim)
        return False

    def _serve_some(self, claim: int, request: int, wanted: Request, left: int, start: int) -> bool:
        if not left:
            return self.serve(claim, request + 1)
        if len(self.chosen[claim]) + left > MAX_DEVICES:
            return False
        devices = self._devices(wanted, self._key(self.claims[claim]))
        for index in range(start, len(devices)):
            if self._take(claim, devices[index]):
                if self._serve_some(claim, request, wanted, left - 1, index + 1):
                    return True
                self._give_back(claim)
        return False

    def _take(self, claim: int, device: Chosen) -> bool:
        request = device.request
        if request.admin:
            if any(other.id == device.id for other in self.chosen[claim]):
                return False
        elif device.id in self.allocator.used or device.id in self.taken:
            return False
        if _tainted(device.device, request) or not self._meets_constraints(claim, device):
            return False
        if device.device.consumes_counters and not self._count(device, 1):
            return False
        self.chosen[claim].append(device)
        if not request.admin:
            self.taken[device.id] = claim
        return True

    def _give_back(self, claim: int) -> None:
        device = self.chosen[claim].pop()
        if not device.request.admin:
            self.taken.pop(device.id, None)
        if device.device.consumes_counters:
            self._count(device, -1)

    def _count(self, device: Chosen, sign: int) -> bool:
        """Use up counters that the devices of a pool share; False (and nothing changed) when there is not enough."""
        pool = next(p for p in self.pools if (p.driver, p.name) == device.id[:2])
        changes: dict[tuple[str, str, str], Quantity] = {}
        for consumption in device.device.consumes_counters:
            for name, counter in consumption.counters.items():
                key = (pool.name, consumption.counter_set, name)
                before = changes.get(key, self.consumed.get(key, _ZERO))
                changes[key] = before + counter.value if sign > 0 else before - counter.value
        if sign > 0:
            for (_, counter_set, name), amount in changes.items():
                total = pool.counters.get(counter_set, {}).get(name, _ZERO)
                if total < amount + self._used_counter(pool, counter_set, name):
                    return False
        self.consumed.update(changes)
        return True

    def _used_counter(self, pool: Pool, counter_set: str, name: str) -> Quantity:
        """What the devices of other claims have used up of a counter."""
        total = _ZERO
        for piece in self.allocator.listers.list("ResourceSlice"):
            if (piece.spec.driver, piece.spec.pool.name) != (pool.driver, pool.name):
                continue
            for device in piece.spec.devices:
                if (pool.driver, pool.name, device.name) in self.allocator.used:
                    for consumption in device.consumes_counters:
                        if consumption.counter_set == counter_set and name in consumption.counters:
                            total = total + consumption.counters[name].value
        return total

    def _meets_constraints(self, claim: int, device: Chosen) -> bool:
        for constraint in self.claims[claim].spec.devices.constraints:
            names = constraint.requests
            if names and not _concerned(device.request, names):
                continue
            same = constraint.match_attribute is not None
            attribute = constraint.match_attribute if same else constraint.distinct_attribute
            mine = _attribute(device, attribute)
            if mine is None:
                return False
            for other in self.chosen[claim]:
                if names and not _concerned(other.request, names):
                    continue
                if (_attribute(other, attribute) == mine) != same:
                    return False
        return True

    # -- the outcome

    def result(self, index: int) -> Any:
        """The AllocationResult of a claim."""
        claim, chosen = self.claims[index], self.chosen[index]
        results = tuple(
            resource.DeviceRequestAllocationResult(
                request=c.request.full_name,
                driver=c.id[0],
                pool=c.id[1],
                device=c.id[2],
                admin_access=True if c.request.admin else None,
                tolerations=c.request.tolerations,
                binding_conditions=c.device.binding_conditions,
                binding_failure_conditions=c.device.binding_failure_conditions,
            )
            for c in chosen
        )
        devices = resource.DeviceAllocationResult(results=results, config=self._config(claim, chosen))
        return resource.AllocationResult(devices=devices, node_selector=self._selector(chosen))

    def _config(self, claim: Any, chosen: Sequence[Chosen]) -> tuple[Any, ...]:
        """Configuration from the classes, then from the claim."""
        found: list[Any] = []
        by_class: dict[str, list[str]] = {}
        classes: dict[str, Any] = {}
        for c in chosen:
            name = c.request.device_class.metadata.name
            classes[name] = c.request.device_class
            names = by_class.setdefault(name, [])
            if c.request.full_name not in names:
                names.append(c.request.full_name)
        for name, names in by_class.items():
            for config in classes[name].spec.config:
                found.append(
                    resource.DeviceAllocationConfiguration(
                        source="FromClass", requests=tuple(names), opaque=config.opaque
                    )
                )
        served = {c.request.full_name for c in chosen} | {c.request.parent for c in chosen}
        for config in claim.spec.devices.config:
            if not config.requests or any(name in served for name in config.requests):
                found.append(
                    resource.DeviceAllocationConfiguration(
                        source="FromClaim", requests=config.requests, opaque=config.opaque
                    )
                )
        return tuple(found)

    def _selector(self, chosen: Sequence[Chosen]) -> Any | None:
        """Where the allocation can be used: on this node, on the nodes of the slices, or anywhere (None)."""
        fields: list[Any] = []
        expressions: list[Any] = []
        for c in chosen:
            spec = c.device if c.piece.spec.per_device_node_selection else c.piece.spec
            if spec.node_name or c.device.binds_to_node:
                here = core.NodeSelectorRequirement(key="metadata.name", operator="In", values=(self.node.name,))
                return core.NodeSelector(node_selector_terms=(core.NodeSelectorTerm(match_fields=(here,)),))
            if spec.node_selector is not None:
                for term in spec.node_selector.node_selector_terms[:1]:
                    fields += [f for f in term.match_fields if f not in fields]
                    expressions += [e for e in term.match_expressions if e not in expressions]
        if not fields and not expressions:
            return None
        term = core.NodeSelectorTerm(match_fields=tuple(fields), match_expressions=tuple(expressions))
        return core.NodeSelector(node_selector_terms=(term,))


def _concerned(request: Request, names: Sequence[str]) -> bool:
    return request.full_name in names or (bool(request.parent) and request.parent in names)


def _attribute(device: Chosen, name: str) -> Any | None:
    """The value of a fully qualified attribute; the driver's own may be given without its domain."""
    attributes = device.device.attributes
    found = attributes.get(name)
    if found is None:
        domain, slash, identifier = name.partition("/")
        if slash and domain == device.id[0]:
            found = attributes.get(identifier)
    return None if found is None else attribute_value(found)


def _tainted(device: Any, request: Request) -> bool:
    for taint in device.taints:
        if taint.effect in ("NoSchedule", "NoExecute"):
            if not any(_tolerates(toleration, taint) for toleration in request.tolerations):
                return True
    return False


def _tolerates(toleration: Any, taint: Any) -> bool:
    if toleration.effect and toleration.effect != taint.effect:
        return False
    if toleration.key and toleration.key != taint.key:
        return False
    if toleration.operator == "Exists":
        return True
    return (toleration.operator or "Equal") == "Equal" and (toleration.value or "") == (taint.value or "")
