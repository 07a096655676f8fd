"""DynamicResources: pods that claim devices run where the devices are; the claims are allocated when they do.

Structured parameters: which devices suit a claim is decided here, from ResourceSlices and DeviceClasses.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from ....errors import ApiError
from ....objects import evolve, resource
from ....objects.node_selectors import NodeMatcher
from ....objects.references import controller_of
from ....values.durations import parse_duration
from ..events import NODE, POD, Action, Registration
from ..framework import (
    SKIP,
    Code,
    CycleState,
    Handle,
    Plugin,
    PostFilterResult,
    Status,
    default_normalize,
    error,
    unresolvable,
    unschedulable,
)
from ..nodes import NodeInfo
from ..shapes import PodInfo, Shape
from ..tallies import Depends

if TYPE_CHECKING:
    from ..devices import Allocator, DeviceId

FINALIZER = "resource.kubernetes.io/delete-protection"
REASON = "cannot allocate all claims"
_BEST_SUBREQUEST = 8
_MOST_USERS = 256
_TIMEOUT_SECONDS = 600
_POLL_SECONDS = 5.0


class Claimed:
    """PreFilter state: the pod's claims, and the allocations found for each node that passed."""

    def __init__(self, claims: Sequence[Any]) -> None:
        self.claims = list(claims)
        self.selectors = [_selector(claim) for claim in self.claims]
        self.allocator: Allocator | None = None
        self.found: dict[str, list[Any]] = {}
        self.unavailable: dict[int, None] = {}

    @property
    def open(self) -> list[Any]:
        """Claims that have to be allocated."""
        return [claim for claim in self.claims if claim.status.allocation is None]

    def decided(self, node_name: str) -> Taken:
        """What remains when the pod has its node."""
        return Taken(tuple(self.claims), tuple(self.found.get(node_name, ())))


@attrs.frozen
class Taken:
    """The claims of a pod that has its node, the allocations for those that have none, since when it waits for devices.

    The claims are as the scheduler counts on them.
    """

    claims: tuple[Any, ...] = ()
    found: tuple[Any, ...] = ()
    started: float | None = None


class DynamicResources(Plugin):
    """Allocates devices to resource claims."""

    name = "DynamicResources"
    poll_seconds = _POLL_SECONDS

    def __init__(self, args: Mapping[str, Any], handle: Handle) -> None:
        super().__init__(args, handle)
        wanted = args.get("bindingTimeout")
        self.timeout = _TIMEOUT_SECONDS if wanted is None else parse_duration(wanted)

    def depends(self, shape: Shape) -> Depends:
        """Nothing is asked of pods without claims; claims and devices are beyond nodes and pods."""
        return Depends.ANYTHING if shape.spec.resource_claims else Depends.POD

    def sign(self, pod: PodInfo) -> Hashable:
        """Nothing, as long as the pod asks for no devices."""
        devices = pod.shape.requests.scalars and self.handle.listers.list("DeviceClass")
        return None if devices or pod.pod.spec.resource_claims else ()

    # -- the pod's claims

    def _claims(self, pod: Any) -> tuple[list[Any], str]:
        """The claims of a pod, or why they cannot be had."""
        found: list[Any] = []
        namespace, name = pod.metadata.namespace, pod.metadata.name
        for wanted in pod.spec.resource_claims:
            claim_name, generated = wanted.resource_claim_name, False
            if claim_name is None and wanted.resource_claim_template_name is not None:
                status = next((s for s in pod.status.resource_claim_statuses if s.name == wanted.name), None)
                if status is None:
                    return [], f'pod "{namespace}/{name}": ResourceClaim not created yet'
                claim_name, generated = status.resource_claim_name, True
            if claim_name is None:
                continue
            claim = self._lister_claim(f"{namespace}/{claim_name}")
            if claim is None:
                return [], f'resourceclaim.resource.k8s.io "{claim_name}" not found'
            if claim.metadata.deletion_timestamp is not None:
                return [], f'resourceclaim "{claim_name}" is being deleted'
            owner = controller_of(claim)
            if generated and (owner is None or owner.uid != pod.metadata.uid):
                text = f"ResourceClaim {namespace}/{claim_name} was not created for Pod {namespace}/{name}"
                return [], f"{text} (Pod is not owner)"
            found.append(claim)
        return found, ""

    def _lister_claim(self, key: str) -> Any | None:
        """A claim, as it will be when the scheduler's own writes have arrived."""
        return self.handle.writer.volumes.get("ResourceClaim", key)

    def pre_enqueue(self, pod: PodInfo) -> Status | None:
        """Keep the pod out until its claims exist."""
        if not pod.pod.spec.resource_claims:
            return None
        _, problem = self._claims(pod.pod)
        return unresolvable(problem) if problem else None

    # -- filtering

    def pre_filter(self, state: CycleState, pod: PodInfo) -> Status | None:
        """Look at the claims; prepare the allocation of those that have none."""
        state[self.name] = Claimed(())
        claims, problem = self._claims(pod.pod)
        if problem:
            return unresolvable(problem)
        if not claims:
            return SKIP
        claimed = Claimed(claims)
        for claim in claims:
            refusal = self._check(claim, pod)
            if refusal:
                return unresolvable(refusal)
        if claimed.open:
            from ..devices import Allocator

            claimed.allocator = Allocator(self.handle.listers, self._used())
        state[self.name] = claimed
        return None

    def _check(self, claim: Any, pod: PodInfo) -> str:
        """Why a claim keeps the pod from every node; empty when it does not."""
        users = claim.status.reserved_for
        if claim.status.allocation is None:
            refusals = (self._check_request(request) for request in claim.spec.devices.requests)
            return next((refusal for refusal in refusals if refusal), "")
        if self._in_flight(claim):
            return f"resource claim {_key(claim)} is in the process of being allocated"
        if len(users) >= _MOST_USERS and all(user.uid != pod.uid for user in users):
            return "resourceclaim in use"
        return ""

    def _in_flight(self, claim: Any) -> bool:
        """Whether the allocation of a claim is the scheduler's decision, not written yet."""
        stored = self.handle.listers.get("ResourceClaim", _key(claim))
        if stored is None or claim.status.allocation is None or stored.status.allocation is not None:
            return False
        same: bool = stored.metadata.resource_version == claim.metadata.resource_version
        return same

    def _check_request(self, request: Any) -> str:
        wanted = [(request.name, request.exactly)] if request.exactly is not None else []
        wanted += [(f"{request.name}/{sub.name}", sub) for sub in request.first_available]
        for name, spec in wanted:
            if self.handle.listers.get("DeviceClass", spec.device_class_name) is None:
                return f"request {name}: device class {spec.device_class_name} does not exist"
        return ""

    def _used(self) -> dict[DeviceId, None]:
        """Devices that are allocated, but for administrative access."""
        used: dict[DeviceId, None] = {}
        for stored in self.handle.listers.list("ResourceClaim"):
            claim = self._lister_claim(f"{stored.metadata.namespace}/{stored.metadata.name}")
            if claim is None or claim.status.allocation is None:
                continue
            for result in claim.status.allocation.devices.results:
                if not result.admin_access:
                    used[(result.driver, result.pool, result.device)] = None
        return used

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        """Refuse a node from which allocated devices cannot be reached, or that cannot serve the open claims."""
        claimed: Claimed = state[self.name]
        unavailable = [
            index
            for index, claim in enumerate(claimed.claims)
            if claim.status.allocation is not None and not self._usable(claim, claimed.selectors[index], node)
        ]
        found: list[Any] | None = None
        if claimed.allocator is not None:
            from ..devices import AllocationError

            try:
                found = claimed.allocator.allocate(node, claimed.open)
            except AllocationError as problem:
                return error(str(problem))
            if found is None:
                return unresolvable(REASON)
        if unavailable:
            claimed.unavailable.update(dict.fromkeys(unavailable))
            return unresolvable("resourceclaim not available on the node")
        if found is not None:
            claimed.found[node.name] = found
        return None

    def _usable(self, claim: Any, selector: NodeMatcher | None, node: NodeInfo) -> bool:
        """Whether an allocated claim can be used on a node: within reach, and its devices have not failed."""
        if selector is not None and not selector.matches(node.name, node.labels):
            return False
        ready, problem = _ready(claim)
        return not problem and (ready or not self._late(claim))

    def _late(self, claim: Any) -> bool:
        """Whether the devices of a claim have had their time to become ready."""
        allocation = claim.status.allocation
        if allocation is None or allocation.allocation_timestamp is None:
            return False
        if not any(result.binding_conditions for result in allocation.devices.results):
            return False
        late: bool = int(allocation.allocation_timestamp) + self.timeout < self.handle.now()
        return late

    def post_filter(self, state: CycleState, pod: PodInfo, verdicts: Any) -> PostFilterResult:
        """Give an allocation back that nobody uses and that keeps the pod from running."""
        claimed: Claimed | None = state.get(self.name)
        if claimed is None:
            return PostFilterResult(error("not found"))
        if not claimed.claims:
            return PostFilterResult(unschedulable("no new claims to deallocate"))
        for index in claimed.unavailable:
            claim = claimed.claims[index]
            users = claim.status.reserved_for
            if not users or (len(users) == 1 and users[0].uid == pod.uid):
                cleared = evolve(claim, {"status": resource.ResourceClaimStatus()})
                try:
                    self.handle.writer.update_status(cleared)
                except ApiError as problem:
                    return PostFilterResult(error(problem.message))
                return PostFilterResult(unschedulable("deallocation of ResourceClaim completed"))
        return PostFilterResult(unschedulable("still not schedulable"))

    # -- scoring

    def score(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> int:
        """The earlier the subrequests that were served, the better."""
        claimed: Claimed = state[self.name]
        total = 0
        found = iter(claimed.found.get(node.name, ()))
        for claim in claimed.claims:
            allocation = claim.status.allocation or next(found, None)
            if allocation is None:
                return 0
            served = {result.request for result in allocation.devices.results}
            for request in claim.spec.devices.requests:
                for index, sub in enumerate(request.first_available):
                    if f"{request.name}/{sub.name}" in served:
                        total += _BEST_SUBREQUEST - index
        return total

    def normalize(self, state: CycleState, pod: PodInfo, scores: dict[str, int]) -> None:
        """The best node gets 100."""
        default_normalize(scores)

    # -- binding

    def reserve(self, state: CycleState, pod: PodInfo, node_name: str) -> Status | None:
        """Assume the allocations for the chosen node."""
        taken: Taken = state[self.name]
        if all(claim.status.allocation is not None for claim in taken.claims):
            return None
        if not taken.found:
            return error("claim allocation not found for node")
        allocations = iter(taken.found)
        claims = list(taken.claims)
        for index, claim in enumerate(claims):
            if claim.status.allocation is None:
                claims[index] = evolve(claim, {"status.allocation": next(allocations)})
                self.handle.writer.volumes.assume("ResourceClaim", _key(claim), claims[index])
        state[self.name] = attrs.evolve(taken, claims=tuple(claims))
        return None

    def unreserve(self, state: CycleState, pod: PodInfo, node_name: str) -> None:
        """Forget what was assumed, and take the pod's reservations back."""
        taken: Taken | None = state.get(self.name)
        for claim in () if taken is None else taken.claims:
            if self._in_flight(claim):
                self.handle.writer.volumes.restore("ResourceClaim", _key(claim))
            if claim.status.allocation is not None and any(user.uid == pod.uid for user in claim.status.reserved_for):
                self.handle.writer.release(claim, pod.uid)

    def has_work(self, state: CycleState, pod: PodInfo, node_name: str) -> bool:
        """Whether `pre_bind` will write claims: then the pod is nominated to the node meanwhile."""
        taken: Taken | None = state.get(self.name)
        return taken is not None and bool(taken.claims)

    def pre_bind(self, state: CycleState, pod: PodInfo, node_name: str) -> Status | None:
        """Write allocation and reservation into the claims; wait for the conditions that devices ask for."""
        taken: Taken | None = state.get(self.name)
        for index, claim in enumerate(() if taken is None else taken.claims):
            if any(user.uid == pod.uid for user in claim.status.reserved_for):
                continue
            try:
                self._learn(state, index, self._bind(claim, pod))
            except ApiError as problem:
                return error(f"add reservation to claim {_key(claim)}: {problem.message}")
        return None if taken is None else self._await_devices(state, pod, node_name)

    def _learn(self, state: CycleState, index: int, claim: Any) -> Taken:
        """One of the pod's claims as it is now."""
        taken: Taken = state[self.name]
        claims = (*taken.claims[:index], claim, *taken.claims[index + 1 :])
        state[self.name] = taken = attrs.evolve(taken, claims=claims)
        return taken

    def _bind(self, claim: Any, pod: PodInfo) -> Any:
        writer = self.handle.writer
        allocation = claim.status.allocation
        if FINALIZER not in claim.metadata.finalizers:
            finalizers = (*claim.metadata.finalizers, FINALIZER)
            claim = writer.update(evolve(claim, {"metadata.finalizers": finalizers}))
        user = resource.ResourceClaimConsumerReference(resource="pods", name=pod.pod.metadata.name, uid=pod.uid)
        reserved = (*claim.status.reserved_for, user)
        if allocation.allocation_timestamp is None:
            allocation = evolve(allocation, allocation_timestamp=writer.timestamp())
        changed = {"status.allocation": allocation, "status.reserved_for": reserved}
        written = writer.update_status(evolve(claim, changed))
        writer.volumes.await_newer("ResourceClaim", _key(claim), written)
        return written

    def _await_devices(self, state: CycleState, pod: PodInfo, node_name: str) -> Status | None:
        """WAIT until all devices are ready; an error when one fails or the time is over."""
        taken: Taken = state[self.name]
        results = (result for claim in taken.claims for result in claim.status.allocation.devices.results)
        if not any(result.binding_conditions for result in results):
            return None
        now = self.handle.now()
        if taken.started is None:
            state[self.name] = taken = attrs.evolve(taken, started=now)
            note = f"waiting for binding conditions for device on node {node_name}"
            self.handle.writer.event(pod.pod, "Normal", "BindingConditionsPending", note, "Scheduling")
        started = now if taken.started is None else taken.started
        for index, known in enumerate(taken.claims):
            claim = self._lister_claim(_key(known))
            if claim is None:
                return error(f'resourceclaim.resource.k8s.io "{known.metadata.name}" not found')
            self._learn(state, index, claim)
            ready, problem = _ready(claim)
            if problem:
                return error(problem)
            if ready:
                continue
            if self._late(claim):
                return error(f"device binding timeout: claim={claim.metadata.name}")
            if now - started >= self.timeout:
                return error("device binding timeout: context deadline exceeded")
            return Status(Code.WAIT)
        return None

    # -- events

    def events(self) -> Iterable[Registration]:
        """Claims, slices, classes and nodes that appear or change; claims generated for the pod."""
        change = Action.ADD | Action.UPDATE
        return (
            Registration(NODE, Action.ADD | Action.NODE_LABEL | Action.NODE_ALLOCATABLE),
            Registration("ResourceClaim", change, "after_claim"),
            Registration(POD, Action.POD_CLAIMS, "after_pod"),
            Registration("DeviceClass", change),
            Registration("ResourceSlice", change),
        )

    def after_claim(self, pod: PodInfo, old: Any, new: Any) -> bool:
        """A claim was deallocated, or one of the pod's own appeared or changed its status."""
        claims, problem = self._claims(pod.pod)
        if problem:
            return False
        if old is not None and old.status.allocation is not None and new.status.allocation is None:
            return True
        if all(claim.metadata.uid != new.metadata.uid for claim in claims):
            return False
        return old is None or old.status != new.status

    def after_pod(self, pod: PodInfo, old: Any, new: Any) -> bool:
        """The pod's own claims exist now."""
        return new.metadata.uid == pod.uid and not self._claims(new)[1]


def _key(claim: Any) -> str:
    return f"{claim.metadata.namespace}/{claim.metadata.name}"


def _selector(claim: Any) -> NodeMatcher | None:
    """Where an allocated claim can be used; None when everywhere, or when it is not allocated."""
    allocation = claim.status.allocation
    return None if allocation is None or allocation.node_selector is None else NodeMatcher(allocation.node_selector)


def _ready(claim: Any) -> tuple[bool, str]:
    """(whether all devices of a claim are ready to be used, why one of them never will be)."""
    allocation = claim.status.allocation
    if allocation is None:
        return False, ""
    for result in allocation.devices.results:
        if not result.binding_conditions:
            continue
        device = next((d for d in claim.status.devices if _same_device(d, result)), None)
        if device is None:
            return False, ""
        true = {c.type: c for c in device.conditions if c.status == "True"}
        for failure in result.binding_failure_conditions:
            if failure in true:
                said = f'reason={true[failure].reason}, message="{true[failure].message}"'
                return False, f"device binding failed: claim={claim.metadata.name}, {said}"
        if any(wanted not in true for wanted in result.binding_conditions):
            return False, ""
    return True, ""


def _same_device(device: Any, result: Any) -> bool:
    return (device.driver, device.pool, device.device) == (result.driver, result.pool, result.device)
