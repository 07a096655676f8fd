"""How long a DaemonSet leaves a failed pod alone, so that it does not fight with a kubelet that rejects its pods."""

from __future__ import annotations

from typing import Any

import attrs

from ...values.frozen import FrozenMap

FIRST = 1.0
"""Seconds of the first back-off of a node; they double with each pod that fails there."""

MOST = 900.0


@attrs.frozen
class BackOff:
    """What is remembered of a DaemonSet: by node, the back-off and when a failed pod was last deleted there.

    It counts for one DaemonSet, and for as long as that wants the same.
    """

    of: tuple[str, int] = ("", 0)
    nodes: FrozenMap[str, tuple[float, float]] = FrozenMap()

    def current(self, daemon_set: Any) -> BackOff:
        """The back-off as it counts for a DaemonSet as it is now."""
        of = (daemon_set.metadata.uid, daemon_set.status.observed_generation or 0)
        return self if of == self.of else BackOff(of)

    def held(self, node: str, unix: float) -> float:
        """Seconds of the back-off that holds a node now, or 0."""
        delay, since = self.nodes.get(node, (0.0, 0.0))
        return delay if unix - since < delay else 0.0

    def after(self, node: str, unix: float) -> BackOff:
        """The back-off after a failed pod is deleted on a node; one that failed long ago does not count."""
        recent = {name: entry for name, entry in self.nodes.items() if unix - entry[1] <= 2 * MOST}
        delay = min(recent[node][0] * 2, MOST) if node in recent else FIRST
        return attrs.evolve(self, nodes=FrozenMap({**recent, node: (delay, unix)}))
