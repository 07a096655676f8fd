"""The scheduler as a component of the cluster: it follows its cache, and each unit of work is one pod's attempt.

Imitates  kube-scheduler of Kubernetes 1.36
Wakes on  Pod, Node, and what the enabled plugins wait for (volumes, claims, classes, device claims, namespaces)
Writes    bindings, Pod status (PodScheduled, nominatedNodeName), evictions, PersistentVolume, PersistentVolumeClaim,
          events
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import attrs

from ...apiserver.resources import Resource
from ...entropy import Entropy
from ...errors import UsageError
from ...kit import Cache, Client, EventRecorder
from ...kit.indexes import BY_SELECTOR
from ...loop import Loop
from ...objects import evolve
from . import binding, cycle, explain
from .attempts import SCHEDULED, Attempts
from .desk import NAME, Desk, Picture, Ways
from .extenders import Extender
from .following import FOLLOWED
from .framework import Code, Framework, Listers, Status, enter, leave, within
from .placement import CacheListers, ListersBefore, Placement, type_of
from .state import SchedulerState
from .wiring import Wiring

if TYPE_CHECKING:
    from .explain import Explanation, WhatIf


class Standing(NamedTuple):
    """How a scheduler is wired, and what it has worked out. Nobody writes to it."""

    wiring: Wiring
    picture: Picture | None


class Scheduler:
    """Attached to the loop as `kube-scheduler`. `config` is a KubeSchedulerConfiguration (dict, YAML or path).

    With the `state`, the `plugins` and the `extenders` of another scheduler, over a cache with the same contents, it
    goes on as that one would; with its `standing` as well, sooner. Raises UsageError for a configuration that
    kube-scheduler would refuse.
    """

    def __init__(
        self,
        *,
        client: Client,
        cache: Cache,
        recorder: EventRecorder,
        loop: Loop,
        entropy: Entropy,
        ties: str = "random",
        config: Mapping[str, Any] | str | Path | None = None,
        extenders: Sequence[Extender] = (),
        plugins: Iterable[tuple[Any, Iterable[str]]] = (),
        state: SchedulerState | None = None,
        standing: Standing | None = None,
    ) -> None:
        self.state = state or SchedulerState()
        self._ways = Ways(client, cache, recorder, loop, entropy)
        self._desk: Desk | None = None
        self._picture: Picture | None = None
        """A picture that is shared with another scheduler, to be forked at the first look."""
        if standing is not None:
            self.wiring, self._picture = standing.wiring, standing.picture
        else:
            self.wiring = Wiring.of(config, extenders, steady=ties == "heap")
            for plugin, profiles in plugins:
                self.wiring = self.wiring.with_plugin(plugin, profiles)
            for kind in FOLLOWED:
                cache.subscribe(type_of(kind), None, *((BY_SELECTOR,) if kind == "Service" else ()))
        loop.attach(NAME, self)
        cache.watched_by(self)

    def standing(self) -> Standing:
        """What a scheduler around a fork of the state, over a cache with the same contents, need not work out again."""
        if self._desk is not None:
            self._picture, self._desk = self._desk.picture, None
        return Standing(self.wiring, self._picture)

    # -- its life

    @property
    def cache(self) -> Cache:
        """What it has seen."""
        return self._ways.cache

    @property
    def running(self) -> bool:
        """Whether it runs: one that has crashed hears of nothing."""
        return self.cache.state.awake

    def crash(self) -> None:
        """End at once: everything is forgotten but what is stored."""
        self.state = SchedulerState()
        self._desk = self._picture = None
        self.recorder.state.clear()
        self.cache.clear()

    def start(self) -> None:
        """Run again, knowing nothing: list everything, and try every pod that has no node."""
        if not self.running:
            self.cache.fill()

    @property
    def recorder(self) -> EventRecorder:
        """Writes the events of the first profile."""
        return self._ways.recorder

    @property
    def profiles(self) -> Mapping[str, Framework]:
        """The profiles by name."""
        return self.wiring.profiles

    @property
    def attempts(self) -> Attempts:
        """The last attempts, oldest first."""
        return self.state.attempts

    @property
    def desk(self) -> Desk:
        """Where it works. Made at the first look: O(1) in a fork, O(nodes + pods) for a state from elsewhere."""
        return self._desk or self._sit_down(CacheListers(self._ways.cache))

    def _sit_down(self, listers: Listers) -> Desk:
        if self._picture is None:
            picture = Picture.of(self.wiring, self.state, listers)
        else:
            picture = self._picture.fork(self.state)
        self._desk, self._picture = Desk(self.wiring, self.state, self._ways, picture), None
        return self._desk

    def ask(self, asked: Callable[[str, int, int], int] | None) -> None:
        """Have somebody decide which of several equally good nodes a pod gets. Forks do not."""
        self._ways = attrs.evolve(self._ways, asked=asked)
        if self._desk is not None:
            self._desk.ways = self._ways

    # -- questions

    def knows(self, key: str) -> bool:
        """Whether the scheduler has heard of a pod, by "namespace/name"."""
        return self.desk.known(key) is not None

    def explain(self, pod: Any) -> Explanation:
        """Why a pod ("namespace/name" or a Pod) is where it is, or nowhere; node by node.

        For a pod that has been scheduled: its last attempt, as long as that is remembered. Otherwise the pod is
        tried on a copy of the cluster as it is now. Raises UsageError for a pod that the scheduler does not know.
        """
        key = pod if isinstance(pod, str) else f"{pod.metadata.namespace}/{pod.metadata.name}"
        known: Any = self.desk.known(key)
        if known is None:
            raise UsageError(f"the scheduler knows no pod {key!r}")
        if known.spec.node_name:
            last = next((a for a in reversed(self.attempts) if a.pod == key and a.node), None)
            if last is None:
                return explain.Explanation(key, SCHEDULED, known.spec.node_name, "bound without this scheduler", ())
            return explain.Explanation(key, SCHEDULED, last.node, "", explain.answers(last.found))
        if known.spec.scheduler_name not in self.profiles:
            raise UsageError(f"pod {key!r} is left to another scheduler: {known.spec.scheduler_name!r}")
        copy = self.desk.copy()
        with within(copy):
            return explain.explain(self.profiles[known.spec.scheduler_name], copy.snapshot, copy.snapshot.info(known))

    def what_if(self, pods: Iterable[Any]) -> list[WhatIf]:
        """Where these pods (Pod objects) would go if they were created now, one after the other. Changes nothing."""
        default = next(iter(self.profiles))
        found = []
        for index, pod in enumerate(pods):
            changes: dict[str, Any] = {"metadata.uid": f"what-if-{index}"}
            if not pod.metadata.namespace:
                changes["metadata.namespace"] = "default"
            if not pod.spec.scheduler_name:
                changes["spec.scheduler_name"] = default
            elif pod.spec.scheduler_name not in self.profiles:
                raise UsageError(f"there is no scheduler profile {pod.spec.scheduler_name!r}")
            found.append(evolve(pod, changes))
        copy = self.desk.copy()
        with within(copy):
            return explain.what_if(self.profiles, copy.snapshot, found)

    # -- plugins and extenders of one's own

    def register(self, plugin: Any, *, profiles: Iterable[str] | None = None) -> None:
        """Add a plugin of your own: an object, or a class that is called with (args, handle).

        It takes part in every extension point for which it has a method (see `framework.py`), after the plugins that
        are there already; its `weight` (default 1) is that of its score. Forks run the same object, which must keep no
        state of its own between attempts. Raises UsageError without a `name`, for a name that is taken and for a method
        that may only exist once.
        """
        with within(self.desk):
            self._rewire(self.wiring.with_plugin(plugin, tuple(self.profiles) if profiles is None else profiles))

    def add_extender(self, extender: Extender) -> None:
        """Have an extender asked about every pod of every profile; see `extenders.py`. Forks ask the same object."""
        self._rewire(self.wiring.with_extender(extender))

    def _rewire(self, wiring: Wiring) -> None:
        """Go on with other wiring: what was worked out with the one before is forgotten."""
        self.wiring = wiring
        self.state.batches.clear()
        self._desk = self._picture = None

    # -- following the cache

    def changed(self, resource: Resource, old: Any, new: Any) -> None:
        """An object in the cache has changed. What the desk is made of is how the cache was before that."""
        desk = self._desk or self._sit_down(ListersBefore(CacheListers(self._ways.cache), old, new))
        token = enter(desk)
        try:
            FOLLOWED[resource.kind.kind](desk, old, new)
        finally:
            leave(token)

    def changed_anywhere(self, resource: Resource, old: Any, new: Any) -> None:
        """It follows no other kinds."""

    def delivered(self) -> None:
        """It waits for nothing in particular."""

    def failed(self, problem: BaseException) -> bool:
        """A plugin of somebody's own that raises is for its author to see."""
        return True

    # -- units of work

    def run(self, item: tuple[Hashable, ...]) -> None:
        """One unit of work: a scheduling attempt, a step of a pending binding, or a timer of the queue."""
        if not self.running:
            return
        desk = self.desk
        token = enter(desk)
        try:
            self._run(desk, item)
            desk.wake()
        finally:
            leave(token)

    def _run(self, desk: Desk, item: tuple[Hashable, ...]) -> None:
        state, queue, what = self.state, desk.queue, item[0]
        if what == "attempt":
            state.working = False
            queued = queue.pop()
            if queued is not None:
                cycle.attempt(desk, queued)
        elif what == "backoff":
            state.backing_off = False
            queue.flush_backoff()
        elif what == "flush":
            state.flushing = False
            queue.flush_leftover()
        elif what == "release":
            queue.release(str(item[1]))
        elif what == "activate":
            queue.release(str(item[1]))
            queue.activate(str(item[1]))
        elif what == "placement":
            placement = state.placements.get(str(item[1]))
            if placement is not None:
                binding.proceed(desk, placement)

    @property
    def turn(self) -> str:
        """The uid of the pod whose turn it is; empty if there is none."""
        queued = self.desk.queue.next()
        return "" if queued is None else queued.info.uid

    # -- permits

    @property
    def waiting_pods(self) -> Mapping[str, tuple[str, ...]]:
        """Pods that a Permit plugin makes wait: {"namespace/name": names of the plugins}."""
        return {p.queued.info.key: tuple(p.waiting_for) for p in self.state.placements.values() if not p.permitted}

    def allow(self, pod: str, plugin: str) -> None:
        """Give a waiting pod ("namespace/name") the permission of one plugin."""
        for placement in self._waiting(pod):
            if plugin in placement.waiting_for:
                left = attrs.evolve(placement, waiting_for=placement.waiting_for.without(plugin))
                self._replace(left, again=left.permitted)

    def refuse(self, pod: str, plugin: str, reason: str) -> None:
        """Turn a waiting pod away."""
        refusal = Status(Code.UNSCHEDULABLE, reason, plugin=plugin)
        for placement in self._waiting(pod):
            self._replace(attrs.evolve(placement, refused=refusal), again=True)

    def _waiting(self, pod: str) -> list[Placement]:
        return [p for p in self.state.placements.values() if p.queued.info.key == pod and not p.permitted]

    def _replace(self, placement: Placement, *, again: bool) -> None:
        self.state.placements[placement.queued.info.uid] = placement
        if again:
            self._ways.loop.schedule(NAME, ("placement", placement.queued.info.uid))
