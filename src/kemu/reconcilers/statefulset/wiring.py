"""What wakes the StatefulSet controller, and what it keeps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...kit import Cache, Wiring, key_of
from ...kit.indexes import BY_SELECTOR, selecting
from ...objects import apps, core
from ...objects.references import controller_of

COMPONENT = "statefulset-controller"


def _could_adopt(cache: Cache, old: Any, new: Any) -> Iterator[str]:
    """The StatefulSets that a pod without an owner matches, if its labels or its owner are others by now."""
    if new is None or new.metadata.deletion_timestamp is not None or controller_of(new) is not None:
        return
    if old is None or controller_of(old) is not None or old.metadata.labels != new.metadata.labels:
        yield from map(key_of, selecting(cache, apps.StatefulSet, new))


WIRING = Wiring(
    "statefulset-controller",
    reconciles=apps.StatefulSet,
    owns=(core.Pod,),
    watches=((core.Pod, _could_adopt),),
    reads=(core.PersistentVolumeClaim, apps.ControllerRevision),
    indexes=((apps.StatefulSet, BY_SELECTOR),),
)
