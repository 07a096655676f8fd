"""Scheduler extenders as Python objects, where a real kube-scheduler calls a webhook.

An extender sees the pod after the plugins have filtered and scored: it may refuse nodes, add to their scores, take
over the binding, and narrow down preemption. Every callable is optional and gets typed objects::

    filter(pod, nodes)        -> the nodes that remain, or (nodes, {refused: reason}, {refused for good: reason})
    prioritize(pod, nodes)    -> {node name: 0..10}, times `weight`
    bind(pod, node_name)      bind the pod; raise an ApiError when that fails
    preempt(pod, victims)     {node name: [pods]} -> the same, without the nodes that must not be used
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ...errors import ApiError, KemuError
from .framework import MAX_SCORE, Status, error
from .nodes import NodeInfo
from .preemption import Candidate
from .shapes import PodInfo

MAX_PRIORITY = 10
"""The highest score an extender may give."""


class ExtenderFailed(KemuError):
    """Raised by an extender's callable that cannot answer; an `ignorable` extender is then left out."""


class Extender:
    """One extender. With `resources` it only cares for pods that ask for one of these extended resources."""

    failure = ExtenderFailed

    def __init__(
        self,
        name: str,
        *,
        filter: Callable[[Any, Sequence[Any]], Any] | None = None,
        prioritize: Callable[[Any, Sequence[Any]], Mapping[str, int]] | None = None,
        bind: Callable[[Any, str], None] | None = None,
        preempt: Callable[[Any, Mapping[str, Sequence[Any]]], Mapping[str, Sequence[Any]]] | None = None,
        weight: int = 1,
        ignorable: bool = False,
        resources: Iterable[str] = (),
    ) -> None:
        self.name = name
        self.ignorable = ignorable
        self._filter, self._prioritize, self._bind, self._preempt = filter, prioritize, bind, preempt
        self._weight = weight
        self._resources = frozenset(resources)

    @property
    def filters(self) -> bool:
        """Whether it refuses nodes."""
        return self._filter is not None

    @property
    def prioritizes(self) -> bool:
        """Whether it scores nodes."""
        return self._prioritize is not None

    @property
    def binds(self) -> bool:
        """Whether it binds pods itself."""
        return self._bind is not None

    @property
    def preempts(self) -> bool:
        """Whether it takes part in preemption."""
        return self._preempt is not None

    def interested(self, pod: PodInfo) -> bool:
        """Whether it is asked about a pod."""
        return not self._resources or any(name in self._resources for name in pod.shape.requests.scalars)

    def filter(
        self, pod: PodInfo, nodes: Sequence[NodeInfo]
    ) -> tuple[list[NodeInfo], Mapping[str, str], Mapping[str, str]]:
        """(nodes that remain, refused, refused for good). Raises ExtenderFailed."""
        assert self._filter is not None
        answer = self._filter(pod.pod, [node.node for node in nodes])
        kept, failed, hopeless = answer if isinstance(answer, tuple) and len(answer) == 3 else (answer, {}, {})
        names = {node if isinstance(node, str) else node.metadata.name for node in kept}
        return [node for node in nodes if node.name in names], failed, hopeless

    def scores(self, pod: PodInfo, nodes: Sequence[NodeInfo]) -> dict[str, int]:
        """{node: weighted score}; nothing when it fails, as upstream."""
        assert self._prioritize is not None
        try:
            given = self._prioritize(pod.pod, [node.node for node in nodes])
        except ExtenderFailed:
            return {}
        return {name: score * self._weight * (MAX_SCORE // MAX_PRIORITY) for name, score in given.items()}

    def bind(self, pod: PodInfo, node_name: str) -> Status | None:
        """Bind the pod."""
        assert self._bind is not None
        try:
            self._bind(pod.pod, node_name)
        except ApiError as problem:
            return error(problem.message)
        except ExtenderFailed as problem:
            return error(str(problem))
        return None

    def preempt(self, pod: PodInfo, candidates: Sequence[Candidate]) -> list[Candidate]:
        """The candidates that remain. Raises ExtenderFailed."""
        assert self._preempt is not None
        kept = self._preempt(pod.pod, {c.name: [v.pod for v in c.victims] for c in candidates})
        found: list[Candidate] = []
        for candidate in candidates:
            uids = {victim.metadata.uid for victim in kept.get(candidate.name, ())}
            victims = [victim for victim in candidate.victims if victim.uid in uids]
            if victims:
                found.append(Candidate(candidate.name, victims, candidate.violations))
        return found
