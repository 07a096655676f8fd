"""ImageLocality: prefer nodes that have the pod's images, the more so the larger and the more widespread they are."""

from __future__ import annotations

from collections.abc import Hashable

from ..framework import MAX_SCORE, CycleState, Plugin
from ..nodes import NodeInfo
from ..shapes import PodInfo
from ..tallies import Depends

_MIB = 1024 * 1024
_MIN = 23 * _MIB
_MAX_PER_CONTAINER = 1000 * _MIB


class ImageLocality(Plugin):
    """Scores images that are already there."""

    name = "ImageLocality"
    depends = Depends.NODE

    def sign(self, pod: PodInfo) -> Hashable:
        """The images."""
        return tuple(sorted(set(pod.shape.images)))

    def score(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> int:
        """0 to 100 by the summed sizes of the images present, each scaled by the share of nodes that have it.

        An image on few nodes counts little, so that pods do not pile up where an image happens to be.
        """
        if not node.images:
            return 0
        snapshot = self.handle.snapshot
        present, total_nodes = frozenset(node.images), len(snapshot)
        total = 0
        for image in pod.shape.images:
            if image in present:
                found = snapshot.image(image)
                if found is not None:
                    size, count = found
                    total += int(float(size) * (count / total_nodes))
        spec = pod.pod.spec
        limit = _MAX_PER_CONTAINER * (len(spec.init_containers) + len(spec.containers))
        total = min(max(total, _MIN), limit)
        return MAX_SCORE * (total - _MIN) // (limit - _MIN)
