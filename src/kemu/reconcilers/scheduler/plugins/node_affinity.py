"""NodeAffinity: node selectors and node affinity of pods, and affinity that the profile adds to every pod."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

from ....objects import core
from ....objects.codec import decode
from ....objects.node_selectors import NodeMatcher, PreferredNodes
from ..events import NODE, Action, Registration
from ..framework import SKIP, CycleState, Handle, Plugin, Status, default_normalize, unresolvable
from ..nodes import NodeInfo
from ..shapes import PodInfo
from ..tallies import Depends

REASON_POD = "node(s) didn't match Pod's node affinity/selector"
REASON_ENFORCED = "node(s) didn't match scheduler-enforced node affinity"
REASON_CONFLICT = "pod affinity terms conflict"


def _sorted_term(term: Any) -> tuple[Any, ...]:
    return tuple(
        tuple(sorted((r.key, r.operator, tuple(sorted(r.values))) for r in requirements))
        for requirements in (term.match_expressions, term.match_fields)
    )


class NodeAffinity(Plugin):
    """Matches labels and names of nodes."""

    name = "NodeAffinity"
    depends = Depends.NODE

    def __init__(self, args: Mapping[str, Any], handle: Handle) -> None:
        super().__init__(args, handle)
        added = decode(core.NodeAffinity, args["addedAffinity"]) if args.get("addedAffinity") else None
        required = added.required_during_scheduling_ignored_during_execution if added else None
        preferred = added.preferred_during_scheduling_ignored_during_execution if added else ()
        self.added_required = None if required is None else NodeMatcher(required)
        self.added_preferred = PreferredNodes(preferred) if preferred else None

    def sign(self, pod: PodInfo) -> Hashable:
        """Node selector and node affinity, in whatever order their terms are written."""
        spec = pod.pod.spec
        selector = tuple(sorted(spec.node_selector.items()))
        affinity = None if spec.affinity is None else spec.affinity.node_affinity
        if affinity is None:
            return selector, None
        required = affinity.required_during_scheduling_ignored_during_execution
        preferred = affinity.preferred_during_scheduling_ignored_during_execution
        terms = () if required is None else tuple(sorted(_sorted_term(term) for term in required.node_selector_terms))
        return selector, terms, tuple(sorted((t.weight, _sorted_term(t.preference)) for t in preferred))

    def pre_filter(self, state: CycleState, pod: PodInfo) -> Status | frozenset[str] | None:
        """Skip pods without node affinity; find the nodes when every term names some by `metadata.name`."""
        affinity = pod.pod.spec.affinity
        required = None
        if affinity is not None and affinity.node_affinity is not None:
            required = affinity.node_affinity.required_during_scheduling_ignored_during_execution
        if required is None and self.added_required is None and not pod.pod.spec.node_selector:
            return SKIP
        if required is None or not required.node_selector_terms:
            return None
        names: dict[str, None] = {}
        for term in required.node_selector_terms:
            here: frozenset[str] | None = None
            for field in term.match_fields:
                if field.key == "metadata.name" and field.operator == "In":
                    values = frozenset(field.values)
                    here = values if here is None else here & values
            if here is None:
                return None
            names.update(dict.fromkeys(sorted(here)))
        return frozenset(names) if names else unresolvable(REASON_CONFLICT)

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        """Refuse a node that the profile or the pod does not select."""
        if self.added_required is not None and not self.added_required.matches(node.name, node.labels):
            return unresolvable(REASON_ENFORCED)
        if not pod.shape.required_nodes.matches(node.name, node.labels):
            return unresolvable(REASON_POD)
        return None

    def pre_score(self, state: CycleState, pod: PodInfo, nodes: Sequence[NodeInfo]) -> Status | None:
        """Skip when nobody prefers anything."""
        if pod.shape.preferred_nodes is None and self.added_preferred is None:
            return SKIP
        return None

    def score(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> int:
        """The weights of the preferences that the node meets."""
        total = 0
        if self.added_preferred is not None:
            total += self.added_preferred.score(node.name, node.labels)
        if pod.shape.preferred_nodes is not None:
            total += pod.shape.preferred_nodes.score(node.name, node.labels)
        return total

    def normalize(self, state: CycleState, pod: PodInfo, scores: dict[str, int]) -> None:
        """The best node gets 100."""
        default_normalize(scores)

    def events(self) -> Iterable[Registration]:
        """A node appeared or changed labels."""
        return (Registration(NODE, Action.ADD | Action.NODE_LABEL, "after_node"),)

    def after_node(self, pod: PodInfo, old: Any, new: Any) -> bool:
        """The node is selected now and was not before."""
        name, labels = new.metadata.name, new.metadata.labels
        if self.added_required is not None and not self.added_required.matches(name, labels):
            return False
        required = pod.shape.required_nodes
        if not required.matches(name, labels):
            return False
        return old is None or not required.matches(name, old.metadata.labels)
