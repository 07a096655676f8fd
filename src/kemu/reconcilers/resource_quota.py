"""Keep count of what the objects of a namespace use up of its quotas.

Imitates  the resource quota controller of Kubernetes 1.36
Wakes on  ResourceQuota; whatever a quota may be about and is deleted, or uses up less than before; every five minutes
Writes    ResourceQuota status
Differs   nothing known

Admission charges a quota for what is created; here it is told what it has, and gets back what is gone.
"""

from __future__ import annotations

from typing import Any

from ..apiserver import quotas
from ..kit import DONE, Api, Cache, Result, Wiring
from ..kit.indexes import BY_NAMESPACE
from ..kit.wiring import key_of
from ..objects import core, evolve
from ..values.frozen import FrozenMap

COMPONENT = "resourcequota-controller"


def _of_spec(cache: Cache, old: Any, new: Any) -> tuple[str, ...]:
    """A quota itself: one that is new, or has other limits."""
    if new is None or (old is not None and new.spec.hard == old.spec.hard):
        return ()
    return (key_of(new),)


def _in_namespace(cache: Cache, old: Any, new: Any) -> tuple[str, ...]:
    """All quotas of a namespace in which something has become less."""
    namespace = old.metadata.namespace if old is not None else None
    if not namespace or cache.count(core.ResourceQuota, BY_NAMESPACE, namespace) == 0:
        return ()
    if new is not None and not _less(old, new):
        return ()
    return tuple(map(key_of, cache.indexed(core.ResourceQuota, BY_NAMESPACE, namespace)))


def _less(old: Any, new: Any) -> bool:
    """Whether an object that goes on uses up something else than before."""
    if isinstance(new, core.Pod):
        ended = new.status.phase in ("Failed", "Succeeded") and old.status.phase != new.status.phase
        return ended or old.spec.active_deadline_seconds != new.spec.active_deadline_seconds or _resized(old, new)
    if isinstance(new, core.Service):
        return bool(old.spec.type != new.spec.type)
    return isinstance(new, core.PersistentVolumeClaim) and bool(
        old.status.allocated_resources != new.status.allocated_resources
        or old.spec.volume_attributes_class_name != new.spec.volume_attributes_class_name
    )


def _resized(old: Any, new: Any) -> bool:
    before, after = old.status.container_statuses, new.status.container_statuses
    if before is after:
        return False
    had = {status.name: status.resources for status in before}
    return any(status.name in had and had[status.name] != status.resources for status in after)


WIRING = Wiring(
    "resourcequota-controller",
    reconciles=core.ResourceQuota,
    changed=_of_spec,
    watches_everything=_in_namespace,
)

AGAIN = Result(after=300.0)
"""Each quota is counted anew every five minutes, whatever was seen meanwhile."""


def reconcile(api: Api, cache: Cache, key: str) -> Result:
    """Count what is there, and write what has changed."""
    quota: Any = cache.get(core.ResourceQuota, key)
    if quota is None:
        return DONE
    hard = quota.spec.hard
    used = {name: amount for name, amount in quota.status.used.items() if name in hard}
    for kind in quotas.kinds_of(hard):
        resource = api.named(kind)
        if resource is not None and resource.namespaced:
            used |= quotas.total(quota, kind, api.list(resource, quota.metadata.namespace), api.unix)
    if hard != quota.status.hard or used != quota.status.used:
        status = core.ResourceQuotaStatus(hard=hard, used=FrozenMap(used))
        api.update_status(evolve(quota, status=status))
    return AGAIN
