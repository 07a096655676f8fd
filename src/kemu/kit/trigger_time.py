"""Since when endpoints are out of date: the earliest of the changes that their controller answers for at once.

What is measured by it is how long a change takes to reach the nodes. It stands in an annotation of what is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs

from ..objects.conditions import find_condition
from ..values.frozen import FrozenMap
from ..values.times import Time


@attrs.frozen
class Triggers:
    """What is remembered of a Service: when it was created, and when each of its pods last became ready or unready."""

    service: Time | None = None
    pods: FrozenMap[str, Time] = FrozenMap()


def last_change(known: Triggers, service: Any, pods: Iterable[Any]) -> tuple[Time | None, Triggers]:
    """Pure: the earliest change that is not known yet, None if there is none, and what is known from now on."""
    times: dict[str, Time] = {}
    for pod in pods:
        condition = find_condition(pod.status.conditions, "Ready")
        if condition is not None and condition.last_transition_time is not None:
            times[pod.metadata.name] = condition.last_transition_time
    created = service.metadata.creation_timestamp
    now_known = Triggers(created, FrozenMap(times))
    if known.service is None:
        return created, now_known
    changed = [at for name, at in times.items() if name not in known.pods or at > known.pods[name]]
    if created > known.service:
        changed.append(created)
    return min(changed, default=None), now_known
