"""What a scheduler remembers: one record of frozen values and maps that fork.

A scheduler that is built around a copy of it, over a cache with the same contents, goes on exactly as this one would.
Everything else follows from the two and is made when it is needed (`desk.py`).
"""

from __future__ import annotations

import attrs

from ...values.fork_map import ForkMap
from ...values.state import State
from .algorithm import Search
from .attempts import Attempts
from .batching import Batch
from .nodes import NodesState
from .nominations import Nomination
from .placement import Placement
from .queued import QueueState
from .volumes import Assumed


@attrs.define(eq=False)
class SchedulerState(State):
    """See the module."""

    queue: QueueState = attrs.field(factory=QueueState)
    nodes: NodesState = attrs.field(factory=NodesState)
    nominated: ForkMap[str, Nomination] = attrs.field(factory=ForkMap)
    """By uid: pods that are expected on a node."""
    placements: ForkMap[str, Placement] = attrs.field(factory=ForkMap)
    """By uid: pods that have their node and wait for a permission or for their volumes."""
    volumes: Assumed = attrs.field(factory=ForkMap)
    """Volumes and claims as the scheduler counts on them."""
    batches: ForkMap[str, Batch] = attrs.field(factory=ForkMap)
    """By profile: the nodes that the last attempt left over."""
    attempts: Attempts = attrs.field(factory=Attempts)
    search: Search = attrs.field(factory=Search)
    drawing: tuple[str, int, int] = ("", 0, 0)
    """Whose attempt chance is drawn for, the number of that attempt, and how many draws it has had."""
    working: bool = False
    """Whether an attempt is on the loop."""
    backing_off: bool = False
    """Whether the end of a backoff is on the loop."""
    flushing: bool = False
    """Whether the next look at pods that have waited for long is on the loop."""
