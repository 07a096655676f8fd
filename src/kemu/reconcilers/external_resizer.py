"""Make volumes larger for claims that ask for more: a storage driver with the third sidecar that speaks for it.

Imitates  external-resizer beside a CSI driver that needs no help of the node, in the process of its provisioner
Wakes on  PersistentVolumeClaim whose volume it has made
Writes    PersistentVolume capacity; PersistentVolumeClaim status
Differs   D-351: it takes as long as making a volume, and no file system is to be grown on the node

It is no controller of Kubernetes: a user declares it (`cluster.storage.provisioner`), once for each driver.
"""

from __future__ import annotations

from typing import Any

import attrs

from ..clock import exact
from ..kit import DONE, Api, Cache, Result, Spec, Wiring
from ..kit.volumes import PROVISIONED_BY, bound_to, storage_of
from ..objects import core, evolve
from ..objects.conditions import with_condition, without_condition
from ..values.frozen import FrozenMap

UNDER_WAY = "ControllerResizeInProgress"


@attrs.frozen
class Growing:
    """Since when the driver is at work on a claim's volume; None if it is not."""

    since: float | None = None


@attrs.frozen
class Resizer:
    """A driver that makes its volumes larger: its name, and how many seconds that takes."""

    name: str
    seconds: float = 0.0

    def spec(self) -> Spec:
        """What the process of the driver runs as well."""
        name = f"csi-resizer/{self.name}"
        wiring = Wiring(name, reconciles=core.PersistentVolumeClaim, reads=(core.PersistentVolume,), memory=Growing)
        return Spec(wiring, self, f"external-resizer {self.name}")

    def __call__(self, api: Api, cache: Cache, memory: Growing, key: str) -> Result:
        """Look at one claim."""
        claim: Any = cache.get(core.PersistentVolumeClaim, key)
        volume: Any = None if claim is None else cache.get(core.PersistentVolume, claim.spec.volume_name or "")
        wanted = None if claim is None else claim.spec.resources.requests.get("storage")
        if (
            volume is None
            or volume.metadata.annotations.get(PROVISIONED_BY) != self.name
            or not bound_to(volume, claim)
        ):
            api.forget()
            return DONE
        had = storage_of(claim.status.capacity)
        if wanted is None or not had or wanted <= had:
            api.forget()
            return DONE
        if memory.since is None:
            memory = Growing(api.now)
            api.remember(memory)
            text = f"External resizer is resizing volume {volume.metadata.name}"
            api.event(claim, "Normal", "Resizing", text)
            claim = api.update_status(evolve(claim, status=_under_way(api, claim, wanted)))
        left = exact((memory.since or 0.0) + self.seconds - api.now)
        if left > 0:
            return Result(after=left)
        if storage_of(volume.spec.capacity) < wanted:
            api.update(evolve(volume, {"spec.capacity": FrozenMap({**volume.spec.capacity, "storage": wanted})}))
        api.update_status(evolve(claim, status=_done(claim, wanted)))
        api.event(claim, "Normal", "VolumeResizeSuccessful", "Resize volume succeeded")
        api.forget()
        return DONE


def _under_way(api: Api, claim: Any, wanted: Any) -> Any:
    """The status of a claim whose volume is being made larger."""
    status = claim.status
    resizing = core.PersistentVolumeClaimCondition(type="Resizing", status="True", last_transition_time=api.stamp())
    return evolve(
        status,
        conditions=with_condition(status.conditions, resizing),
        allocated_resources=FrozenMap({**status.allocated_resources, "storage": wanted}),
        allocated_resource_statuses=FrozenMap({**status.allocated_resource_statuses, "storage": UNDER_WAY}),
    )


def _done(claim: Any, wanted: Any) -> Any:
    """The status of a claim whose volume has become larger."""
    status = claim.status
    left = {name: text for name, text in status.allocated_resource_statuses.items() if name != "storage"}
    return evolve(
        status,
        capacity=FrozenMap({**status.capacity, "storage": wanted}),
        conditions=without_condition(status.conditions, "Resizing"),
        allocated_resource_statuses=FrozenMap(left),
    )
