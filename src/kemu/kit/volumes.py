"""Volumes and claims: who is bound to whom, and which volume suits a claim. The scheduler and the binder share it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..objects import core, evolve
from ..objects.references import controller_of
from ..values.quantity import Quantity
from ..values.selectors import selector_of

BIND_COMPLETED = "pv.kubernetes.io/bind-completed"
BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller"
PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
SELECTED_NODE = "volume.kubernetes.io/selected-node"
PROVISIONER = "volume.kubernetes.io/storage-provisioner"
PROVISIONER_BETA = "volume.beta.kubernetes.io/storage-provisioner"
NO_PROVISIONER = "kubernetes.io/no-provisioner"
_CLASS = "volume.beta.kubernetes.io/storage-class"
_ZERO = Quantity(0)


def claim_class(claim: Any) -> str:
    """Name of the storage class that a claim asks for, empty for none."""
    annotated = claim.metadata.annotations.get(_CLASS)
    return annotated if annotated is not None else claim.spec.storage_class_name or ""


def volume_class(volume: Any) -> str:
    """Name of the storage class of a volume, empty for none."""
    annotated = volume.metadata.annotations.get(_CLASS)
    return annotated if annotated is not None else volume.spec.storage_class_name or ""


def claim_name(pod: Any, volume: Any) -> str | None:
    """Name of the claim behind a pod's volume, None when it has none."""
    if volume.persistent_volume_claim is not None:
        name: str = volume.persistent_volume_claim.claim_name
        return name
    if volume.ephemeral is not None:
        return f"{pod.metadata.name}-{volume.name}"
    return None


def attachable_name(volume: Any, driver: Any) -> str:
    """Under which name nodes show a volume that is attached to them; empty for one that need not be.

    `driver` is the CSIDriver of the volume, or None if there is none.
    """
    source = volume.spec.csi
    if source is None or driver is None or driver.spec.attach_required is False:
        return ""
    return f"kubernetes.io/csi/{source.driver}^{source.volume_handle}"


def foreign_claim(pod: Any, claim: Any) -> str:
    """Why a claim is not the one made for the pod's ephemeral volume; empty when it is."""
    owner = controller_of(claim)
    if claim.metadata.namespace == pod.metadata.namespace and owner is not None and owner.uid == pod.metadata.uid:
        return ""
    return (
        f"PVC {claim.metadata.namespace}/{claim.metadata.name} was not created for pod "
        f"{pod.metadata.namespace}/{pod.metadata.name} (pod is not owner)"
    )


def fully_bound(claim: Any) -> bool:
    """Whether the volume controller has completed the binding."""
    return bool(claim.spec.volume_name) and BIND_COMPLETED in claim.metadata.annotations


def bound_to(volume: Any, claim: Any) -> bool:
    """Whether the volume is (or is reserved to be) bound to the claim."""
    reference = volume.spec.claim_ref
    if reference is None or (reference.name, reference.namespace) != (claim.metadata.name, claim.metadata.namespace):
        return False
    return not reference.uid or reference.uid == claim.metadata.uid


def storage_of(amounts: Mapping[str, Quantity]) -> Quantity:
    """The storage in a resource list."""
    return amounts.get("storage", _ZERO)


def matching_volume(
    claim: Any,
    volumes: Iterable[Any],
    here: Callable[[Any], bool] = lambda volume: True,
    taken: Iterable[str] = (),
    *,
    late: bool = False,
) -> Any | None:
    """The smallest volume that suits a claim and is `here`, or the one already reserved for it; None without any.

    Of a claim that is to be bound `late` only what is reserved counts. O(volumes).
    """
    wanted, class_name = storage_of(claim.spec.resources.requests), claim_class(claim)
    selector = None if claim.spec.selector is None else selector_of(claim.spec.selector)
    excluded = frozenset(taken)
    best: Any | None = None
    for volume in volumes:
        mine = bound_to(volume, claim)
        if volume.metadata.name in excluded or (volume.spec.claim_ref is not None and not mine):
            continue
        if storage_of(volume.spec.capacity) < wanted:
            continue
        if (claim.spec.volume_mode or "Filesystem") != (volume.spec.volume_mode or "Filesystem"):
            continue
        if (claim.spec.volume_attributes_class_name or "") != (volume.spec.volume_attributes_class_name or ""):
            continue
        if volume.metadata.deletion_timestamp is not None:
            continue
        if mine:
            return volume if here(volume) else None
        if late or volume.status.phase != "Available" or (selector and not selector.matches(volume.metadata.labels)):
            continue
        if volume_class(volume) != class_name or not here(volume):
            continue
        if any(mode not in volume.spec.access_modes for mode in claim.spec.access_modes):
            continue
        if best is None or storage_of(volume.spec.capacity) < storage_of(best.spec.capacity):
            best = volume
    return best


def reserved_for(volume: Any, claim: Any) -> Any:
    """The volume with a reference to the claim, as the scheduler writes it. The same object when nothing changes."""
    changes: dict[str, Any] = {}
    reference = volume.spec.claim_ref
    if reference is None or not bound_to(volume, claim) or reference.uid != claim.metadata.uid:
        changes["spec.claim_ref"] = core.ObjectReference(
            api_version="v1",
            kind="PersistentVolumeClaim",
            namespace=claim.metadata.namespace,
            name=claim.metadata.name,
            uid=claim.metadata.uid,
            resource_version=claim.metadata.resource_version,
        )
    if not bound_to(volume, claim) and BOUND_BY_CONTROLLER not in volume.metadata.annotations:
        changes["metadata.annotations"] = {**volume.metadata.annotations, BOUND_BY_CONTROLLER: "yes"}
    return evolve(volume, changes) if changes else volume
