"""DynamicResources: pods that claim devices. See `devices.py` for the allocation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..framework import SKIP, CycleState, Plugin, PostFilterResult, Status, error, unschedulable
from ..shapes import PodInfo


class DynamicResources(Plugin):
    """Allocates devices to resource claims."""

    name = "DynamicResources"

    def pre_filter(self, state: CycleState, pod: PodInfo) -> Status | None:
        """Skip pods without claims."""
        state[self.name] = None
        return SKIP

    def post_filter(self, state: CycleState, pod: PodInfo, verdicts: Any) -> PostFilterResult:
        """Give back allocations that help nobody."""
        if self.name not in state:
            return PostFilterResult(error("not found"))
        return PostFilterResult(unschedulable("no new claims to deallocate"))

    def pre_score(self, state: CycleState, pod: PodInfo, nodes: object) -> Status | None:
        """Skip pods without claims."""
        return SKIP

    def score(self, state: CycleState, pod: PodInfo, node: object) -> int:
        """Nothing to prefer."""
        return 0

    def events(self) -> Iterable[Any]:
        """Nothing yet."""
        return ()
