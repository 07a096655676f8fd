"""What the status of a pod says of its resources as a whole, and of a container's volumes.

allocatedResources   what the node has granted, of all its containers together
resources            the same until the pod runs; from then on the processor time and the memory limit that its
                     containers have been given, and the memory request that was shown first
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ...objects import core, evolve
from ...objects.pod_resources import CPU, MEMORY, spec_limits, spec_requests
from ...values.frozen import EMPTY_MAP, FrozenMap
from ...values.quantity import Quantity
from .resizing import allocated_spec
from .worker import Worker

NOTHING = core.ResourceRequirements()


def of_pod(worker: Worker) -> tuple[Mapping[str, Quantity], Any]:
    """`allocatedResources` and `resources` of a pod. O(its containers)."""
    granted, old = allocated_spec(worker), worker.pod.status
    if not _asks(granted):
        return EMPTY_MAP, NOTHING
    requests = FrozenMap(spec_requests(granted))
    if old.phase != "Running" or old.resources is None:
        return requests, core.ResourceRequirements(requests=requests, limits=FrozenMap(spec_limits(granted)))
    given = _given(worker, granted)
    shown, limits = spec_requests(given), spec_limits(given)
    return requests, evolve(
        old.resources,
        requests=_with(old.resources.requests, {CPU: shown.get(CPU)}),
        limits=_with(old.resources.limits, {CPU: limits.get(CPU), MEMORY: limits.get(MEMORY)}),
    )


def _asks(spec: Any) -> bool:
    """Whether anybody in a pod asks for anything."""
    whole = (spec.resources,) if spec.resources is not None else ()
    each = (*whole, *[container.resources for container in (*spec.containers, *spec.init_containers)])
    return bool(spec.overhead) or any(one.requests or one.limits for one in each)


def _given(worker: Worker, granted: Any) -> Any:
    """The specification of a pod with what its containers have been given, as far as they have."""

    def given(containers: tuple[Any, ...]) -> tuple[Any, ...]:
        known = [(each, worker.slot(each.name).actuated) for each in containers]
        return tuple([each if one is None else evolve(each, resources=one) for each, one in known])

    return evolve(granted, containers=given(granted.containers), init_containers=given(granted.init_containers))


def _with(old: Mapping[str, Quantity], new: Mapping[str, Quantity | None]) -> FrozenMap[str, Quantity]:
    return FrozenMap({**old, **{name: amount for name, amount in new.items() if amount is not None}})


@lru_cache(maxsize=1024)
def mounts(wanted: tuple[Any, ...]) -> tuple[Any, ...]:
    """How the status of a container shows the volumes that it mounts. No runtime here makes what is mounted below a
    volume that is read only read-only as well."""
    return tuple(
        [
            core.VolumeMountStatus(
                name=each.name,
                mount_path=each.mount_path,
                read_only=each.read_only,
                recursive_read_only="Disabled" if each.read_only else None,
            )
            for each in wanted
        ]
    )
