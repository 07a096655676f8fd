"""What plugins declare: what their answers depend on, and how placed pods change what they count.

A plugin says in `depends` what its verdict (`filter`) and its score follow from beside the pod's shape: a `Depends`,
or a method of the shape that gives one. A plugin that says nothing may look at anything, so it is asked about every
node every time. What is declared is kept and brought up to date by `ledger.py`.

A plugin that counts placed pods at topology values (`Depends.TOPOLOGY`) has a method `tally(shape, filters, scores)`,
which makes its `Tally` for pods of a shape. `filters` and `scores` say in which of the two the profile has it.

Whoever declares something promises that

* of the pod, nothing counts but its shape (`shapes.py`): neither its name nor its annotations;
* `pre_filter` says nothing but SKIP or success, or the pods of the shape are left to be worked out node by node;
* `pre_score` looks at no nodes, and `normalize` at nothing but the scores that it is given.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Any, NamedTuple, Self

if TYPE_CHECKING:
    from .census import Census
    from .framework import Status
    from .nodes import NodeInfo, Snapshot
    from .shapes import Shape


class Depends(IntEnum):
    """What an answer follows from beside the pod's shape; each includes those before it."""

    POD = 0
    """Nothing: it is the same for all nodes."""
    NODE = 1
    """The Node object, and which images are on how many nodes."""
    NODE_PODS = 2
    """The pods on that node."""
    TOPOLOGY = 3
    """What a tally has counted."""
    ANYTHING = 4


def dependence(plugin: Any, shape: Shape) -> Depends:
    """What a plugin's answers for pods of a shape depend on."""
    told = getattr(plugin, "depends", Depends.ANYTHING)
    found: Depends = told(shape) if callable(told) else told
    return found


class Place(NamedTuple):
    """What a tally is shown of nodes that are all the same to it."""

    counted: Mapping[str, Any]
    """By topology key: what `Tally.at` said of their value. None if they lack the key."""
    alone: Any
    """What `Tally.on` said of each of them."""


class Tally:
    """What one plugin counts for pods of one shape. All that is not overridden stands for a plugin that counts nothing.

    Nodes for which `at` says the same of all their values, and `on` of themselves, get the same verdict and score.
    """

    signature: Hashable = ()
    """What it was made from beside the shape, such as namespaces. The counts are valid as long as it is the same."""

    @property
    def keys(self) -> Iterable[str]:
        """The topology keys in use. A key that is used for the first time later makes all be counted again."""
        return ()

    @property
    def counts(self) -> bool:
        """Whether anything counts, so that a node with other labels or taints makes all be counted again."""
        return bool(tuple(self.keys))

    def fork(self) -> Self:
        """An independent tally with the same counts."""
        return self

    # -- counting

    def meant(self, census: Census) -> Iterable[Shape]:
        """The shapes on nodes that may count: all, if it is not known better."""
        return census.shapes()

    def begin(self, snapshot: Snapshot) -> None:
        """Count what is there."""
        for other, node, (staying, leaving) in snapshot.crowds(self.meant(snapshot.census)):
            self.add(node, other, staying, leaving)

    def add(self, node: NodeInfo, other: Shape, staying: int, leaving: int) -> Iterable[str]:
        """So many pods of a shape came to a node (left it, if negative), some of which are being deleted.

        Gives the topology keys at whose values something has changed.
        """
        return ()

    def alike(self, one: Shape, other: Shape) -> bool:
        """Whether it is all the same for the counts if pods are of one shape or of the other."""
        return one is other

    def concerns(self, other: Shape) -> bool:
        """Whether pods of a shape count for the verdict."""
        return False

    # -- answering

    def at(self, key: str, value: str) -> Hashable:
        """What is counted at a topology value, as far as it matters. It is asked about keys of other tallies, too."""
        return None

    def on(self, node: NodeInfo) -> Hashable:
        """What else tells this node from others."""
        return None

    def status(self, place: Place) -> Status | None:
        """The verdict, as `filter` would give it."""
        return None

    def scores(self, places: Sequence[tuple[Place, int]]) -> Sequence[int] | None:
        """Normalised scores of all feasible nodes, by place and the number of nodes there; None gives no score."""
        return None

    def prepared(self) -> Any | None:
        """What `pre_filter` would leave in the state under the plugin's name, None if it would skip such pods.

        Whoever changes it changes a copy: it needs a method `clone`.
        """
        return None
