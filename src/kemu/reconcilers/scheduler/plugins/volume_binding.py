"""VolumeBinding: find volumes for claims that wait for their first consumer, and see that they get bound.

A node is feasible when the pod's bound volumes can be reached from it and for each unbound claim there is a volume
that can, or a provisioner that could make one there. Binding means writing the claim's reference into the volume (or
the selected node into the claim) and looking once a second whether the volume controller has completed it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import attrs

from ....errors import ApiError
from ....kit.volumes import (
    NO_PROVISIONER,
    SELECTED_NODE,
    claim_class,
    claim_name,
    foreign_claim,
    fully_bound,
    matching_volume,
    reserved_for,
    storage_of,
)
from ....objects import evolve
from ..events import NODE, Action, Registration
from ..framework import SKIP, Code, CycleState, Handle, Plugin, Status, error, unresolvable
from ..nodes import NodeInfo
from ..shapes import PodInfo, Shape
from ..tallies import Depends
from ..terms import label_matcher
from ..volumes import AssumedVolumes, concerned, reachable, sources

REASON_BIND = "node(s) didn't find available persistent volumes to bind"
REASON_NODE = "node(s) didn't match PersistentVolume's node affinity"
REASON_SPACE = "node(s) did not have enough free storage"
REASON_GONE = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)"

_WAIT = Status(Code.WAIT)

Binding = tuple[Any, Any]
"""(volume, claim)"""


@attrs.frozen
class Plan:
    """What has to be done so that a pod's volumes are bound on one node."""

    bindings: tuple[Binding, ...] = ()
    provisions: tuple[Any, ...] = ()


@attrs.frozen
class UnderWay:
    """What is left to do on the node of a pod, and since when; no plan when all volumes are bound."""

    plan: Plan | None = None
    started: float | None = None


_ALL_BOUND = UnderWay()


class Claims:
    """PreFilter state: the pod's claims, and the plan for every node that passed the filter."""

    def __init__(self) -> None:
        self.bound: list[Any] = []
        self.delayed: list[Any] = []
        self.volumes: dict[str, list[Any]] = {}
        self.plans: dict[str, Plan] = {}

    def decided(self, node_name: str) -> UnderWay:
        """What remains when the pod has its node."""
        plan = self.plans.get(node_name)
        return UnderWay(plan) if plan is not None and (plan.bindings or plan.provisions) else _ALL_BOUND


class VolumeBinding(Plugin):
    """Late binding of volumes."""

    name = "VolumeBinding"
    cancelled = "binding volumes: context canceled"

    def __init__(self, args: Mapping[str, Any], handle: Handle) -> None:
        super().__init__(args, handle)
        self.timeout = float(args.get("bindTimeoutSeconds", 600))

    @property
    def _assumed(self) -> AssumedVolumes:
        volumes: AssumedVolumes = self.handle.writer.volumes
        return volumes

    def depends(self, shape: Shape) -> Depends:
        """Nothing is asked of pods without volumes; everything else is beyond nodes and pods."""
        return Depends.ANYTHING if concerned(shape) else Depends.POD

    def sign(self, pod: PodInfo) -> Hashable:
        """The volumes."""
        return sources(pod)

    # -- filtering

    def pre_filter(self, state: CycleState, pod: PodInfo) -> Status | None:
        """Sort the pod's claims into bound, to be bound late, and hopeless."""
        claims = Claims()
        names: list[str] = []
        for volume in pod.shape.volumes:
            name = claim_name(pod.pod, volume)
            if name is None:
                continue
            refusal = self._check(pod, name, volume.ephemeral is not None)
            if refusal:
                return unresolvable(refusal)
            names.append(name)
        if not names:
            state[self.name] = claims
            return SKIP
        immediate = False
        for name in names:
            claim = self._assumed.get("PersistentVolumeClaim", f"{pod.shape.namespace}/{name}")
            if fully_bound(claim):
                claims.bound.append(claim)
                continue
            late, problem = self._delayed(claim)
            if problem is not None:
                return problem
            if late and not claim.spec.volume_name:  # type: ignore[union-attr]
                claims.delayed.append(claim)
            else:
                immediate = True
        for claim in claims.delayed:
            class_name = claim_class(claim)
            if class_name not in claims.volumes:
                claims.volumes[class_name] = self._assumed.volumes(class_name)
        if immediate:
            return unresolvable("pod has unbound immediate PersistentVolumeClaims")
        state[self.name] = claims
        return None

    def _check(self, pod: PodInfo, name: str, ephemeral: bool) -> str:
        """Why a claim rules the pod out for now, empty when it does not."""
        claim = self.handle.listers.get("PersistentVolumeClaim", f"{pod.shape.namespace}/{name}")
        if claim is None:
            if ephemeral:
                return f'waiting for ephemeral volume controller to create the persistentvolumeclaim "{name}"'
            return f'persistentvolumeclaim "{name}" not found'
        if claim.status.phase == "Lost":
            return f'persistentvolumeclaim "{name}" bound to non-existent persistentvolume "{claim.spec.volume_name}"'
        if claim.metadata.deletion_timestamp is not None:
            return f'persistentvolumeclaim "{name}" is being deleted'
        return foreign_claim(pod.pod, claim) if ephemeral else ""

    def _delayed(self, claim: Any) -> tuple[bool, Status | None]:
        class_name = claim_class(claim)
        storage_class = self.handle.listers.get("StorageClass", class_name) if class_name else None
        if storage_class is None:
            return False, None
        if storage_class.volume_binding_mode is None:
            return False, error(f'VolumeBindingMode not set for StorageClass "{class_name}"')
        return storage_class.volume_binding_mode == "WaitForFirstConsumer", None

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        """Find volumes on the node; remember how."""
        claims: Claims = state[self.name]
        reasons: list[str] = []
        for claim in claims.bound:
            volume = self._assumed.get("PersistentVolume", claim.spec.volume_name)
            if volume is None:
                reasons.append(REASON_GONE)
                break
            if not reachable(volume, node.labels):
                reasons.append(REASON_NODE)
                break
        plan, problem = self._plan(claims, node)
        if isinstance(problem, Status):
            return problem
        if problem:
            reasons.append(problem)
        if reasons:
            order = (REASON_NODE, REASON_BIND, REASON_SPACE, REASON_GONE)
            return unresolvable(*sorted(reasons, key=order.index))
        claims.plans[node.name] = plan
        return None

    def _plan(self, claims: Claims, node: NodeInfo) -> tuple[Plan, str | Status]:
        """How to bind the late claims on a node, and the reason when that cannot be done."""
        to_match: list[Any] = []
        to_provision: list[Any] = []
        for claim in claims.delayed:
            selected = claim.metadata.annotations.get(SELECTED_NODE)
            if selected is None:
                to_match.append(claim)
            elif selected != node.name:
                return Plan(), REASON_BIND
            else:
                to_provision.append(claim)
        bindings: list[Binding] = []
        for claim in sorted(to_match, key=lambda c: storage_of(c.spec.resources.requests)):
            taken = [volume.metadata.name for volume, _ in bindings]
            volume = matching_volume(
                claim, claims.volumes[claim_class(claim)], lambda each: reachable(each, node.labels), taken
            )
            if volume is None:
                to_provision.append(claim)
            else:
                bindings.append((volume, claim))
        for claim in to_provision:
            reason = self._provisionable(claim, node)
            if reason:
                return Plan(), reason
        return Plan(tuple(bindings), tuple(to_provision)), ""

    def _provisionable(self, claim: Any, node: NodeInfo) -> str | Status:
        class_name, key = claim_class(claim), f"{claim.metadata.namespace}/{claim.metadata.name}"
        if not class_name:
            return error(f'no class for claim "{key}"')
        storage_class = self.handle.listers.get("StorageClass", class_name)
        if storage_class is None:
            return error(f'failed to find storage class "{class_name}"')
        if storage_class.provisioner in ("", NO_PROVISIONER):
            return REASON_BIND
        if not _topology_allowed(storage_class.allowed_topologies, node.labels):
            return REASON_BIND
        return "" if self._has_capacity(storage_class, claim, node) else REASON_SPACE

    def _has_capacity(self, storage_class: Any, claim: Any, node: NodeInfo) -> bool:
        wanted = claim.spec.resources.requests.get("storage")
        driver = self.handle.listers.get("CSIDriver", storage_class.provisioner)
        if wanted is None or driver is None or not driver.spec.storage_capacity:
            return True
        for capacity in self.handle.listers.list("CSIStorageCapacity"):
            limit = _volume_limit(capacity)
            if (
                capacity.storage_class_name == storage_class.metadata.name
                and limit is not None
                and limit.value() >= wanted.value()
                and capacity.node_topology is not None
                and label_matcher(capacity.node_topology).matches(node.labels)
            ):
                return True
        return False

    # -- binding

    def reserve(self, state: CycleState, pod: PodInfo, node_name: str) -> Status | None:
        """Assume that the plan for the chosen node will come true."""
        plan = state[self.name].plan
        if plan is None:
            return None
        bindings = []
        for volume, claim in plan.bindings:
            reserved = reserved_for(volume, claim)
            if reserved is not volume:
                self._assumed.assume("PersistentVolume", volume.metadata.name, reserved)
            bindings.append((reserved, claim))
        provisions = []
        for claim in plan.provisions:
            annotations = {**claim.metadata.annotations, SELECTED_NODE: node_name}
            selected = evolve(claim, {"metadata.annotations": annotations})
            self._assumed.assume("PersistentVolumeClaim", _key(claim), selected)
            provisions.append(selected)
        state[self.name] = UnderWay(Plan(tuple(bindings), tuple(provisions)))
        return None

    def unreserve(self, state: CycleState, pod: PodInfo, node_name: str) -> None:
        """Forget what was assumed."""
        under_way: UnderWay | None = state.get(self.name)
        if under_way is not None and under_way.plan is not None:
            self._restore(under_way.plan)

    def _restore(self, plan: Plan) -> None:
        for volume, _ in plan.bindings:
            self._assumed.restore("PersistentVolume", volume.metadata.name)
        for claim in plan.provisions:
            self._assumed.restore("PersistentVolumeClaim", _key(claim))

    def has_work(self, state: CycleState, pod: PodInfo, node_name: str) -> bool:
        """Whether `pre_bind` will have to do something: then the pod is nominated to the node meanwhile."""
        return state[self.name].plan is not None

    def pre_bind(self, state: CycleState, pod: PodInfo, node_name: str) -> Status | None:
        """Write the bindings at the first call; then say WAIT until they are complete, or the time is over."""
        under_way: UnderWay = state[self.name]
        plan = under_way.plan
        if plan is None:
            return None
        now = self.handle.now()
        if under_way.started is None:
            state[self.name] = UnderWay(plan, now)
            try:
                state[self.name] = UnderWay(self._write(plan), now)
            except ApiError as problem:
                self._restore(plan)
                return error(problem.message)
            return _WAIT
        done, text = self._complete(plan, pod, node_name)
        if text:
            return error(f"binding volumes: {text}")
        if done:
            return None
        if now - under_way.started >= self.timeout:
            return error("binding volumes: context deadline exceeded")
        return _WAIT

    def _write(self, plan: Plan) -> Plan:
        writer = self.handle.writer
        bindings = tuple([(writer.update(volume), claim) for volume, claim in plan.bindings])
        return Plan(bindings, tuple([writer.update(claim) for claim in plan.provisions]))

    def _complete(self, plan: Plan, pod: PodInfo, node_name: str) -> tuple[bool, str]:
        """(whether everything is bound, why it never will be)."""
        listers = self.handle.listers
        node = listers.get("Node", node_name)
        if node is None:
            return False, f'failed to get node "{node_name}": node "{node_name}" not found'
        if listers.get("Pod", pod.key) is None:
            return False, f'pod does not exist any more: pod "{pod.pod.metadata.name}" not found'
        for written, bound_claim in plan.bindings:
            volume = listers.get("PersistentVolume", written.metadata.name)
            claim = listers.get("PersistentVolumeClaim", _key(bound_claim))
            if volume is None or claim is None:
                gone = "persistentvolume" if volume is None else "persistentvolumeclaim"
                return False, f"failed to check binding: {gone} not found"
            if _older(volume, written):
                return False, ""
            if not reachable(volume, node.metadata.labels):
                return False, _unreachable(volume, node_name)
            if volume.spec.claim_ref is None or not volume.spec.claim_ref.uid:
                return False, f'ClaimRef got reset for pv "{volume.metadata.name}"'
            if not fully_bound(claim):
                return False, ""
        for written in plan.provisions:
            claim = listers.get("PersistentVolumeClaim", _key(written))
            if claim is None:
                return False, "failed to check provisioning pvc: persistentvolumeclaim not found"
            if _older(claim, written):
                return False, ""
            if claim.metadata.annotations.get(SELECTED_NODE) != node_name:
                return False, f'provisioning failed for PVC "{claim.metadata.name}"'
            if claim.spec.volume_name:
                volume = listers.get("PersistentVolume", claim.spec.volume_name)
                if volume is None:
                    return False, ""
                if not reachable(volume, node.metadata.labels):
                    return False, _unreachable(volume, node_name)
            if not fully_bound(claim):
                return False, ""
        return True, ""

    # -- events

    def events(self) -> Iterable[Registration]:
        """Volumes, claims, classes, capacities, drivers and nodes that appear or change."""
        change = Action.ADD | Action.UPDATE
        return (
            Registration("StorageClass", change, "after_class"),
            Registration("PersistentVolumeClaim", change, "after_claim"),
            Registration("PersistentVolume", change),
            Registration(NODE, Action.ADD | Action.NODE_LABEL),
            Registration("CSINode", change, "after_csi_node"),
            Registration("CSIDriver", Action.UPDATE, "after_csi_driver"),
            Registration("CSIStorageCapacity", change, "after_capacity"),
        )

    def after_class(self, pod: PodInfo, old: Any, new: Any) -> bool:
        """A class appeared or allows other topologies."""
        return old is None or old.allowed_topologies != new.allowed_topologies

    def after_claim(self, pod: PodInfo, old: Any, new: Any) -> bool:
        """Only the pod's own claims matter."""
        names = {claim_name(pod.pod, v) for v in pod.shape.volumes}
        return new.metadata.namespace == pod.shape.namespace and new.metadata.name in names

    def after_csi_node(self, pod: PodInfo, old: Any, new: Any) -> bool:
        """A CSINode appeared or other plugins were migrated."""
        key = "storage.alpha.kubernetes.io/migrated-plugins"
        return old is None or old.metadata.annotations.get(key) != new.metadata.annotations.get(key)

    def after_csi_driver(self, pod: PodInfo, old: Any, new: Any) -> bool:
        """A driver that the pod uses stopped reporting capacity."""
        uses = any(v.csi is not None and v.csi.driver == new.metadata.name for v in pod.shape.volumes)
        return uses and bool(old.spec.storage_capacity) and not new.spec.storage_capacity

    def after_capacity(self, pod: PodInfo, old: Any, new: Any) -> bool:
        """There is more room."""
        if old is None:
            return True
        before, after = _volume_limit(old), _volume_limit(new)
        return after is not None and (before is None or after.value() > before.value())


def _key(claim: Any) -> str:
    return f"{claim.metadata.namespace}/{claim.metadata.name}"


def _older(cached: Any, written: Any) -> bool:
    return int(cached.metadata.resource_version or 0) < int(written.metadata.resource_version or 0)


def _unreachable(volume: Any, node_name: str) -> str:
    text = f'pv "{volume.metadata.name}" node affinity doesn\'t match node "{node_name}"'
    return f"{text}: no matching NodeSelectorTerms"


def _volume_limit(capacity: Any) -> Any | None:
    return capacity.maximum_volume_size if capacity.maximum_volume_size is not None else capacity.capacity


def _topology_allowed(terms: Sequence[Any], labels: Mapping[str, str]) -> bool:
    """Whether a node's labels are within one of a storage class's allowed topologies (no terms: anywhere)."""
    if not terms:
        return True
    return any(
        all(labels.get(e.key) in e.values for e in term.match_label_expressions)
        for term in terms
        if term.match_label_expressions
    )
