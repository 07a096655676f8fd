"""The scheduling framework: statuses, plugins and the extension points in running order.

A plugin is any object with a `name` and some of these methods; a profile runs them in this order::

    pre_enqueue(pod)                      may this pod enter the queue?           -> Status | None
    order(queued)                         by what the active queue is sorted      -> a value that can be compared
    pre_filter(state, pod)                look at the pod once                    -> Status | frozenset of nodes | None
    filter(state, pod, node)              may it run here?                        -> Status | None
    post_filter(state, pod, verdicts)     nothing fits: what now?                 -> PostFilterResult
    pre_score(state, pod, nodes)          look at the feasible nodes once         -> Status | None
    score(state, pod, node)               how good is this node?                  -> int
    normalize(state, pod, scores)         bring {node: score} into 0..100, in place
    reserve / unreserve(state, pod, node) claim resources for the chosen node     -> Status | None
    permit(state, pod, node)              bind now, later (WAIT) or not at all    -> (Status | None, seconds)
    pre_bind(state, pod, node)            work to be done before the binding      -> Status | None
    bind(state, pod, node)                bind; SKIP leaves it to the next        -> Status | None
    post_bind(state, pod, node)           the pod is bound

`None` means success. `pod` is a `PodInfo`, `node` a `NodeInfo`; `reserve` and what follows get the node's name.
A plugin with `pre_filter` may also have `add_pod` and `remove_pod(state, pod, other, node)`, which keep its state
right while other pods are put on a node or taken off it for trial. `events()` names what may help a pod it rejected,
`depends` what its verdict and score follow from (`tallies.py`), `sign(pod)` what makes pods alike (`batching.py`).

A plugin is wiring: all forks of a cluster run the same object, so it keeps nothing in itself from one call to the next.
What belongs to one attempt goes into `state`, what has to last longer into objects of the cluster. Of the cluster in
which it runs a plugin sees what its `Handle` shows. What it leaves in `state` for the binding is part of the
scheduler's state while the pod waits: frozen values only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from enum import IntEnum
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from ...errors import UsageError
from .events import EVERYTHING, Registration
from .tallies import Depends

if TYPE_CHECKING:
    from .nodes import NodeInfo, Snapshot
    from .shapes import PodInfo, Shape

Key = TypeVar("Key")

MAX_SCORE = 100

BINDING = ("reserve", "unreserve", "permit", "has_work", "pre_bind", "bind", "post_bind")
"""What a plugin may have to do once the node is decided."""

POINTS = (
    "pre_enqueue",
    "order",
    "pre_filter",
    "filter",
    "post_filter",
    "pre_score",
    "score",
    "reserve",
    "permit",
    "pre_bind",
    "bind",
    "post_bind",
)


class Code(IntEnum):
    """How a plugin decided."""

    SUCCESS = 0
    ERROR = 1
    UNSCHEDULABLE = 2
    UNRESOLVABLE = 3
    WAIT = 4
    SKIP = 5
    PENDING = 6


@attrs.frozen(init=False, repr=False)
class Status:
    """A decision with its reasons, and the plugin that took it."""

    code: Code
    reasons: tuple[str, ...]
    plugin: str

    def __init__(self, code: Code, *reasons: str, plugin: str = "") -> None:
        self.__attrs_init__(code, reasons, plugin)

    @property
    def rejected(self) -> bool:
        """Whether the pod was turned away (as opposed to an error)."""
        return self.code in (Code.UNSCHEDULABLE, Code.UNRESOLVABLE, Code.PENDING)

    @property
    def message(self) -> str:
        """The reasons as one text."""
        return ", ".join(self.reasons)

    def __repr__(self) -> str:
        return f"Status({self.code.name}, {self.message!r}, plugin={self.plugin!r})"


SKIP = Status(Code.SKIP)


def answered(plugin: Any, point: str, answer: Any) -> Status:
    """What a plugin answered, if that is a Status. Raises UsageError for anything else but None, which is success."""
    if answer.__class__ is Status:
        status: Status = answer
        return status
    raise UsageError(
        f"{point} of the scheduler plugin {plugin.name!r} returned {answer!r}: return None for success, or a Status "
        f'such as unschedulable("why not")'
    )


def unschedulable(*reasons: str) -> Status:
    """The node or pod is turned away; taking pods off the node might help."""
    return Status(Code.UNSCHEDULABLE, *reasons)


def unresolvable(*reasons: str) -> Status:
    """The node or pod is turned away; no preemption can help."""
    return Status(Code.UNRESOLVABLE, *reasons)


def error(*reasons: str) -> Status:
    """Something is broken; the pod is tried again after a backoff."""
    return Status(Code.ERROR, *reasons)


class PostFilterResult:
    """What a PostFilter plugin made of it: a status, and the node it nominates (None: leaves the nomination alone).

    `refused` says that the API server did not do what was to make room: the pod is tried again soon.
    """

    __slots__ = ("nominated", "refused", "status")

    def __init__(self, status: Status | None, nominated: str | None = None, *, refused: bool = False) -> None:
        self.status = status
        self.nominated = nominated
        self.refused = refused


class CycleState(dict[str, Any]):
    """What plugins remember within one attempt: {key: state}. States with a `clone` are copied for trials."""

    __slots__ = ("skip_filter", "skip_score")

    def __init__(self) -> None:
        super().__init__()
        self.skip_filter: dict[str, None] = {}
        self.skip_score: dict[str, None] = {}

    def clone(self) -> CycleState:
        """A copy in which pods can be added and removed for trial."""
        twin = CycleState()
        for key, value in self.items():
            twin[key] = value.clone() if hasattr(value, "clone") else value
        twin.skip_filter, twin.skip_score = self.skip_filter, self.skip_score
        return twin

    def decided(self, framework: Framework, node_name: str) -> CycleState:
        """What the binding may still ask for, now that the node is decided.

        What a plugin without a part in the binding remembered is let go; what has a method `decided` says itself what
        remains of it.
        """
        twin, passed = CycleState(), framework.deciding
        for key, value in self.items():
            if key not in passed:
                twin[key] = value.decided(node_name) if hasattr(value, "decided") else value
        return twin


class Listers:
    """Read access to the objects that plugins look up: `get(kind, "namespace/name")` and `list(kind)`.

    This one holds nothing; the scheduler reads from its cache, a test from a dict.
    """

    def get(self, kind: str, key: str) -> Any | None:
        """The object of that kind and key, or None."""
        return None

    def list(self, kind: str, namespace: str | None = None) -> Sequence[Any]:
        """All objects of that kind, in the order of their keys."""
        return ()

    def selecting(self, kind: str, pod: Any) -> Sequence[Any]:
        """The objects of that kind in a pod's namespace whose selector, a map, matches the pod."""
        labels = pod.metadata.labels
        return [
            each
            for each in self.list(kind, pod.metadata.namespace)
            if each.spec.selector and all(labels.get(key) == value for key, value in each.spec.selector.items())
        ]


def _nobody(name: str) -> Sequence[PodInfo]:
    return ()


class Surroundings:
    """The cluster in which plugins run. Everything here can be asked for through a `Handle`.

    This one has nodes and objects, and nothing else; the scheduler's is its `Desk`.
    """

    def __init__(self, snapshot: Snapshot, listers: Listers) -> None:
        self.snapshot = snapshot
        self.listers = listers
        self.profiles: Mapping[str, Framework] = {}
        self.extenders: Sequence[Any] = ()
        self.writer: Any = None
        self.scratch: dict[str, Any] = {}
        """What a plugin has worked out of the cluster as it is, by its name; it may be gone at the next call."""
        self.nominated: Callable[[str], Sequence[PodInfo]] = _nobody
        """The pods nominated to a node."""

    def below(self, limit: int) -> int:
        """A number drawn for the attempt under way."""
        return 0

    def now(self) -> float:
        """Seconds since 1970."""
        return 0.0

    def turn_back(self, uid: str, plugin: str) -> bool:
        """Take the place from a pod that is not bound yet; False when there is no such pod."""
        return False


_HERE: ContextVar[Surroundings] = ContextVar("where plugins run")


enter, leave = _HERE.set, _HERE.reset
"""From now on plugins run in this cluster; and with the token that this gave, where they ran before."""


@contextmanager
def within(surroundings: Surroundings) -> Iterator[None]:
    """Plugins run in this cluster meanwhile."""
    token = enter(surroundings)
    try:
        yield
    finally:
        leave(token)


class Handle:
    """What a plugin can reach: nodes, other objects, nominated pods, the profile it runs in.

    One handle serves the plugins of a profile in all forks. It shows the cluster in which they run at the moment, so
    ask it when something is needed, and keep nothing of what it gave.
    """

    __slots__ = ("_profile",)

    def __init__(self, profile: str = "") -> None:
        self._profile = profile

    @property
    def snapshot(self) -> Snapshot:
        """The nodes with the pods on them."""
        return _HERE.get().snapshot

    @property
    def listers(self) -> Listers:
        """Other objects, as the scheduler's cache has them."""
        return _HERE.get().listers

    @property
    def framework(self) -> Framework:
        """The plugins of this profile."""
        return _HERE.get().profiles[self._profile]

    @property
    def extenders(self) -> Sequence[Any]:
        """The extenders."""
        return _HERE.get().extenders

    @property
    def writer(self) -> Any:
        """Everything that can be written."""
        return _HERE.get().writer

    @property
    def scratch(self) -> dict[str, Any]:
        """See `Surroundings`."""
        return _HERE.get().scratch

    @property
    def nominated(self) -> Callable[[str], Sequence[PodInfo]]:
        """The pods nominated to a node."""
        return _HERE.get().nominated

    def below(self, limit: int) -> int:
        """A number drawn for the attempt under way."""
        return _HERE.get().below(limit)

    def now(self) -> float:
        """Seconds since 1970."""
        return _HERE.get().now()

    def turn_back(self, uid: str, plugin: str) -> bool:
        """Take the place from a pod that is not bound yet; False when there is no such pod."""
        return _HERE.get().turn_back(uid, plugin)


class Plugin:
    """A convenient base for plugins; any object with a `name` will do. `args` are the plugin's arguments."""

    name = ""
    poll_seconds = 1.0
    """How long after `pre_bind` said WAIT it is asked again."""
    cancelled = "context canceled"
    """The message when a pod is preempted while `pre_bind` waits."""
    depends: Depends | Callable[[Shape], Depends] = Depends.ANYTHING
    """What `filter` and `score` follow from beside the pod's shape; it may be a method of the shape."""

    def __init__(self, args: Mapping[str, Any], handle: Handle) -> None:
        self.args = args
        self.handle = handle

    def events(self) -> Iterable[Registration]:
        """The events that may help a pod this plugin rejected."""
        return EVERYTHING


def implements(plugin: Any, point: str) -> bool:
    """Whether a plugin takes part in an extension point."""
    return callable(getattr(plugin, point, None))


def passing(plugins: Iterable[Any]) -> frozenset[str]:
    """Under what names plugins that help to decide, and have no part in the binding, remember something."""
    names = [plugin.name for plugin in plugins if not any(implements(plugin, point) for point in BINDING)]
    return frozenset((*names, *(f"{name}/score" for name in names)))


class Framework:
    """The plugins of one profile, at their extension points. Wiring: it does not change, and forks share it."""

    def __init__(
        self,
        name: str,
        plugins: Mapping[str, Sequence[Any]],
        weights: Mapping[str, int],
        handle: Handle,
        *,
        percentage: int | None = None,
        deciding: frozenset[str] = frozenset(),
    ) -> None:
        self.name = name
        self.plugins = {point: tuple(plugins.get(point, ())) for point in POINTS}
        self.weights = dict(weights)
        self.handle = handle
        self.percentage = percentage
        self.deciding = deciding
        """See `passing`."""

    def extended(self, plugin: Any) -> Framework:
        """A framework with one plugin more, behind those that are there already; it binds before them.

        `plugin` is an object, or a class that is called with (args, handle). Raises UsageError as `Scheduler.register`.
        """
        made = plugin({}, self.handle) if isinstance(plugin, type) else plugin
        if not getattr(made, "name", ""):
            raise UsageError(f"a scheduler plugin needs a name: give {made!r} an attribute `name`")
        if any(p.name == made.name for p in self.all_plugins()):
            raise UsageError(f"the profile {self.name!r} has a plugin {made.name!r} already")
        plugins = dict(self.plugins)
        for point in POINTS:
            if implements(made, point):
                if point == "order":
                    raise UsageError("the order of the queue comes from the profile; a plugin cannot add another")
                before = plugins[point]
                plugins[point] = (made, *before) if point == "bind" else (*before, made)
        weights = {**self.weights, made.name: int(getattr(made, "weight", 1))}
        deciding = self.deciding | passing((made,))
        return Framework(self.name, plugins, weights, self.handle, percentage=self.percentage, deciding=deciding)

    @property
    def scoring(self) -> bool:
        """Whether any plugin scores nodes."""
        return bool(self.plugins["score"])

    def all_plugins(self) -> list[Any]:
        """Every plugin of the profile once."""
        found: dict[str, Any] = {}
        for plugins in self.plugins.values():
            for plugin in plugins:
                found.setdefault(plugin.name, plugin)
        return list(found.values())

    # -- filtering

    def pre_filter(self, state: CycleState, pod: PodInfo) -> tuple[frozenset[str] | None, Status | None, list[str]]:
        """Run PreFilter: (nodes worth trying or None for all, rejection or None, plugins that limited the nodes)."""
        limit: frozenset[str] | None = None
        limiting: list[str] = []
        rejection: Status | None = None
        for plugin in self.plugins["pre_filter"]:
            found = plugin.pre_filter(state, pod)
            if found is None:
                continue
            if not isinstance(found, frozenset):
                found = answered(plugin, "pre_filter", found)
                if found.code is Code.SKIP:
                    state.skip_filter[plugin.name] = None
                    continue
                if found.code is Code.SUCCESS:
                    continue
                if not found.rejected:
                    text = f'running PreFilter plugin "{plugin.name}": {found.message}'
                    return None, Status(Code.ERROR, text, plugin=plugin.name), []
                named = Status(found.code, *found.reasons, plugin=plugin.name)
                if found.code is Code.UNRESOLVABLE:
                    return None, named, []
                rejection = named
                continue
            limiting.append(plugin.name)
            limit = found if limit is None else limit & found
            if not limit:
                names = sorted(limiting)
                text = f"node(s) didn't satisfy plugin {names[0]}"
                if len(names) > 1:
                    text = f"node(s) didn't satisfy plugin(s) [{' '.join(names)}] simultaneously"
                return limit, unresolvable(text), names
        return limit, rejection, sorted(limiting)

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        """Run Filter on one node up to the first rejection."""
        skip = state.skip_filter
        for plugin in self.plugins["filter"]:
            if plugin.name not in skip:
                status = verdict(plugin, state, pod, node)
                if status is not None:
                    return status
        return None

    def nominated(self, pod: PodInfo, node_name: str) -> list[PodInfo]:
        """The pods of equal or higher priority that are nominated to a node."""
        others = self.handle.nominated(node_name)
        return [other for other in others if other.priority >= pod.priority and other.uid != pod.uid]

    def filter_with_nominated(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        """Run Filter, first with the pods of equal or higher priority that are nominated to the node, then without."""
        others = self.nominated(pod, node.name)
        if others:
            trial, trial_state = node.copy(), state.clone()
            for other in others:
                trial.add(other)
                self.add_pod(trial_state, pod, other, trial)
            status = self.filter(trial_state, pod, trial)
            if status is not None:
                return status
        return self.filter(state, pod, node)

    def add_pod(self, state: CycleState, pod: PodInfo, other: PodInfo, node: NodeInfo) -> None:
        """Tell the PreFilter plugins that `other` was put on `node` for trial."""
        for plugin in self.plugins["pre_filter"]:
            if plugin.name not in state.skip_filter and implements(plugin, "add_pod"):
                plugin.add_pod(state, pod, other, node)

    def remove_pod(self, state: CycleState, pod: PodInfo, other: PodInfo, node: NodeInfo) -> None:
        """Tell the PreFilter plugins that `other` was taken off `node` for trial."""
        for plugin in self.plugins["pre_filter"]:
            if plugin.name not in state.skip_filter and implements(plugin, "remove_pod"):
                plugin.remove_pod(state, pod, other, node)

    def post_filter(self, state: CycleState, pod: PodInfo, verdicts: Any) -> PostFilterResult:
        """Run PostFilter until a plugin succeeds; the reasons of those that did not are collected."""
        nominated: str | None = None
        reasons: list[str] = []
        for plugin in self.plugins["post_filter"]:
            result: PostFilterResult = plugin.post_filter(state, pod, verdicts)
            status = result.status
            if status is None or status.code is Code.SUCCESS:
                return result
            if status.code is Code.UNRESOLVABLE:
                return result
            if not status.rejected:
                return PostFilterResult(Status(Code.ERROR, *status.reasons, plugin=plugin.name))
            if result.nominated is not None:
                nominated = result.nominated
            reasons.extend(status.reasons)
        return PostFilterResult(Status(Code.UNSCHEDULABLE, *reasons), nominated)

    # -- scoring

    def pre_score(self, state: CycleState, pod: PodInfo, nodes: Sequence[NodeInfo]) -> Status | None:
        """Run PreScore; plugins that skip do not score."""
        for plugin in self.plugins["pre_score"]:
            status = plugin.pre_score(state, pod, nodes)
            if status is None or answered(plugin, "pre_score", status).code is Code.SUCCESS:
                continue
            if status.code is Code.SKIP:
                state.skip_score[plugin.name] = None
                continue
            return error(f'running PreScore plugin "{plugin.name}": {status.message}')
        return None

    def score(self, state: CycleState, pod: PodInfo, nodes: Sequence[NodeInfo]) -> dict[str, dict[str, int]]:
        """Run Score and normalisation: {plugin: {node: weighted score}}, each for all the nodes in their order.

        Raises ValueError for a score off limits.
        """
        table: dict[str, dict[str, int]] = {}
        for plugin in self.plugins["score"]:
            if plugin.name in state.skip_score:
                continue
            scores = {node.name: plugin.score(state, pod, node) for node in nodes}
            table[plugin.name] = self.weighted(plugin, state, pod, scores)
        return table

    def weighted(self, plugin: Any, state: CycleState, pod: PodInfo, scores: dict[Key, int]) -> dict[Key, int]:
        """Normalise and weigh scores, in place. Raises ValueError or UsageError for what is no score."""
        if implements(plugin, "normalize"):
            plugin.normalize(state, pod, scores)
        weight = self.weights[plugin.name]
        for key, score in scores.items():
            if score.__class__ is not int:
                raise UsageError(f"the scheduler plugin {plugin.name!r} scored {key} with {score!r}, no whole number")
            if not 0 <= score <= MAX_SCORE:
                raise ValueError(
                    f'plugin "{plugin.name}" returns an invalid score {score}, '
                    f"it should in the range of [0, {MAX_SCORE}] after normalizing"
                )
            scores[key] = score * weight
        return scores


def verdict(plugin: Any, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
    """What a plugin's `filter` has against a node, under the plugin's name. None if it has nothing."""
    status: Status | None = plugin.filter(state, pod, node)
    if status is None or answered(plugin, "filter", status).code is Code.SUCCESS:
        return None
    if not status.rejected:
        return Status(Code.ERROR, f'running "{plugin.name}" filter plugin: {status.message}', plugin=plugin.name)
    return Status(status.code, *status.reasons, plugin=plugin.name)


def default_normalize(scores: dict[str, int], *, reverse: bool = False) -> None:
    """Scale scores so that the highest becomes 100 (with `reverse`: 0), in place."""
    highest = max(scores.values(), default=0)
    if highest <= 0:
        if reverse:
            for name in scores:
                scores[name] = MAX_SCORE
        return
    for name, score in scores.items():
        scaled = MAX_SCORE * score // highest
        scores[name] = MAX_SCORE - scaled if reverse else scaled
