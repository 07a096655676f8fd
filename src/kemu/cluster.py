"""The cluster: everything put together, and the face that a user holds.

`Cluster` builds the layers, wires them to one loop, and drives that loop. It owns no rules of Kubernetes itself; a
method here finds the layer that does and calls it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import attrs

from . import bootstrap, errors
from .apiserver import patching, rbac
from .apiserver.changes import Change
from .apiserver.request import (
    ADMINISTRATOR,
    GET,
    WRITE,
    DeleteOptions,
    ListOptions,
    LogOptions,
    Patch,
    Request,
    User,
    WriteOptions,
)
from .apiserver.resources import Resource
from .apiserver.rest import Response, Rest
from .apiserver.rest.bodies import strictly_decoded
from .apiserver.server import ApiServer, Wrapper
from .clock import Clock
from .entropy import Entropy
from .history import Digest, PastView, changes
from .kit import Cache, Client, Controller, EventRecorder, Result, Wiring
from .kit.controller import Api
from .loop import Loop, Work
from .manifests import Manifest, read_manifests
from .names import find_resource, locate
from .network import Network
from .objects import core, meta, policy
from .reconcilers import Spec, chosen, kubelet
from .reconcilers.scheduler import Scheduler
from .runtime_fake import FakeRuntime
from .store import Store
from .values.durations import format_duration, parse_duration
from .values.selectors import parse_field_selector, parse_label_selector
from .waiting import Pending, condition_of

Duration = float | int | str | timedelta

SCHEDULER = User("system:kube-scheduler", trusted=True)
MANAGER = "kube-controller-manager"
"""Who owns the fields that the built-in controllers write."""

STEPS_AT_ONE_MOMENT = 2_000_000
"""More units of work than this at one moment of virtual time are taken for a loop that never ends."""


@attrs.frozen
class Step:
    """One unit of work: when, who did it, on what, and what was written to the store."""

    time: float
    who: str
    what: tuple[Any, ...]
    wrote: tuple[Change, ...]

    def __str__(self) -> str:
        written = ", ".join(f"{change.type} {change.kind}/{change.name}" for change in self.wrote) or "nothing"
        return f"{self.time:.3f}s {self.who} {' '.join(map(str, self.what))}: wrote {written}"


class Cluster:
    """A Kubernetes cluster in this process, ready on return.

    `nodes` is how many nodes with a kubelet it starts with (`node-0` and so on), `seed` decides every choice that a
    real cluster leaves to chance. `controllers` has the grammar of kube-controller-manager's `--controllers`;
    `scheduler=False` leaves pods unscheduled; `scheduler_config` is a KubeSchedulerConfiguration (dict, YAML or path);
    `ties` says which of several equally good nodes gets a pod: one drawn from the seed (`"random"`), or the one that
    the heap of an undisturbed real scheduler has on top (`"heap"`); `control_plane` adds that many control-plane
    nodes as kubeadm leaves them; `tokens` maps bearer tokens to (user, groups); `shuffle=True` runs work that is due
    at the same moment in an order drawn from the seed.

    Nothing here uses real time, threads or the network; the same seed and the same calls give the same history.
    """

    def __init__(
        self,
        nodes: int = 1,
        seed: int = 0,
        *,
        controllers: str = "*",
        scheduler: bool = True,
        scheduler_config: Any = None,
        control_plane: int = 0,
        ties: str = "random",
        tokens: Mapping[str, Sequence[Any]] | None = None,
        shuffle: bool = False,
    ) -> None:
        if not isinstance(nodes, int) or nodes < 0:
            raise errors.UsageError(f"nodes must be a whole number of at least 0, got {nodes!r}")
        if ties not in ("random", "heap"):
            raise errors.UsageError(f'ties must be "random" or "heap", got {ties!r}')
        self.seed = seed
        self._ties = ties
        self.clock = Clock()
        self.entropy = Entropy(seed)
        self.loop = Loop(self.clock, self.entropy, shuffle=shuffle)
        self.store = Store(self.clock)
        self.api = ApiServer(self.store, self.clock, self.entropy)
        self._tokens = rbac.users(tokens or {})
        self._controllers = controllers
        self._added: tuple[Spec, ...] = ()
        self._digest = Digest()
        self._nodes_made = 0
        caches = {
            name: Cache(f"cache/{name}", self.api, self.loop)
            for name in ("controller-manager", "scheduler", "kubelet", "kube-proxy")
        }
        self.network = Network(caches["kube-proxy"], self.clock, self.entropy)
        self.runtime = FakeRuntime(self.loop, self.network)
        self._assemble(caches, chosen(controllers), None)
        self.scheduler: Any = self._make_scheduler(caches["scheduler"], scheduler_config) if scheduler else None
        bootstrap.create(self.admin)
        for number in range(control_plane):
            self.add_node(
                "control-plane" if control_plane == 1 else f"control-plane-{number}",
                labels=bootstrap.CONTROL_PLANE_LABELS,
                taints=bootstrap.CONTROL_PLANE_TAINTS,
            )
        for _ in range(nodes):
            self.add_node()
        self.settle()
        self.first_revision = self.store.revision
        """The revision at which the cluster was ready for its user."""

    # Putting together

    def _assemble(self, caches: dict[str, Cache], specs: Iterable[Spec], parent: Cluster | None) -> None:
        self._caches = caches
        self.admin = Client(self.api, "user", user=ADMINISTRATOR, manager="kemu")
        self.rest = Rest(self.api, self, self._tokens)
        self.api.notify = self._notify
        self.api.connect["pods", "log"] = self._logs
        self._reconcilers: dict[str, Controller] = {}
        for spec in specs:
            self._reconcilers[spec.wiring.name] = self._controller(spec, parent)
        deps: dict[str, Any] = {
            "server": self.api,
            "cache": caches["kubelet"],
            "runtime": self.runtime,
            "network": self.network,
            "loop": self.loop,
        }
        self._kubelets: kubelet.Kubelets = kubelet.Kubelets(**deps) if parent is None else parent._kubelets.fork(**deps)

    def _controller(self, spec: Spec, parent: Cluster | None) -> Controller:
        """A controller at work: new, or as it is in the cluster that is being forked."""
        name = spec.wiring.name
        built_in = spec not in self._added
        api = Api(self.api, name, spec.component, manager=MANAGER if built_in else "")
        cache = self._caches.get(name) or self._caches["controller-manager"]
        if parent is None:
            return Controller(spec.wiring, spec.reconcile, api, cache, self.loop)
        return parent._reconcilers[name].fork(api, cache, self.loop)

    def _make_scheduler(self, cache: Cache, config: Any) -> Any:
        client = Client(self.api, "kube-scheduler", user=SCHEDULER)
        recorder = EventRecorder(client, "default-scheduler")
        return Scheduler(
            client=client,
            cache=cache,
            recorder=recorder,
            loop=self.loop,
            entropy=self.entropy,
            ties=self._ties,
            config=config,
        )

    def _notify(self, change: Change) -> None:
        for cache in self._caches.values():
            cache.notice(change)

    def fork(self) -> Cluster:
        """An independent future from here: same time, same state, same seed, and no way back into this one.

        History and objects are shared; what is copied are tables of pointers, so a fork of a cluster with a thousand
        pods takes milliseconds.
        """
        twin = Cluster.__new__(Cluster)
        twin.seed = self.seed
        twin._ties = self._ties
        twin.first_revision = self.first_revision
        twin.clock = self.clock.fork()
        twin.entropy = self.entropy
        twin.loop = self.loop.fork(twin.clock, twin.entropy)
        twin.store = self.store.fork(twin.clock)
        twin.api = self.api.fork(twin.store, twin.clock, twin.entropy)
        twin._tokens = dict(self._tokens)
        twin._controllers = self._controllers
        twin._added = self._added
        twin._digest = self._digest.fork()
        twin._nodes_made = self._nodes_made
        caches = {name: cache.fork(twin.api, twin.loop) for name, cache in self._caches.items()}
        twin.network = self.network.fork(caches["kube-proxy"], twin.clock, twin.entropy)
        twin.runtime = self.runtime.fork(twin.loop, twin.network)
        twin._assemble(caches, (*chosen(self._controllers), *self._added), self)
        twin.scheduler = None
        if self.scheduler is not None:
            client = Client(twin.api, "kube-scheduler", user=SCHEDULER)
            twin.scheduler = self.scheduler.fork(
                client=client,
                cache=caches["scheduler"],
                recorder=self.scheduler.recorder.fork(client),
                loop=twin.loop,
                entropy=twin.entropy,
            )
        return twin

    # Time

    @property
    def now(self) -> float:
        """Virtual seconds since the cluster started."""
        return self.clock.now

    def step(self) -> Step | None:
        """Do exactly one unit of work, the next one on the loop, and say what it was; None if nothing is left to do.

        If nothing is due now, the clock jumps to when the next work is due.
        """
        before = self.store.revision
        work = self._run_one(float("inf"))
        if work is None:
            return None
        wrote = tuple(changes(self.api, None, None, before + 1)) if self.store.revision > before else ()
        return Step(self.now, work.target, work.item, wrote)

    def _run_one(self, until: float) -> Work | None:
        work = self.loop.pop(until)
        if work is not None:
            self.loop.run(work)
        return work

    def settle(self) -> None:
        """Do all work that is due now, and what follows from it, without letting time pass.

        Raises NotReached if the work never ends.
        """
        self._run_to(self.now)

    def advance(self, duration: Duration) -> None:
        """Let virtual time pass: seconds, a timedelta or a Go duration such as "1m30s". Does everything due on the way.

        Raises UsageError for a negative duration.
        """
        seconds = _seconds(duration)
        until = self.now + seconds
        self._run_to(until)
        self.clock.jump(until)

    def _run_to(self, until: float) -> None:
        moment, count = self.now, 0
        while self._run_one(until) is not None:
            if self.now != moment:
                moment, count = self.now, 0
            count += 1
            if count > STEPS_AT_ONE_MOMENT:
                raise errors.NotReached(f"work never ends at {moment}s; {self._who_has_work()}")

    def run_until(self, condition: Callable[[Cluster], Any], timeout: Duration = "10m") -> Any:
        """Work and let time pass until `condition(cluster)` is true; returns what it returned.

        Raises NotReached after `timeout` of virtual time, saying who still has work.
        """
        deadline = self.now + _seconds(timeout)
        found: list[Any] = []

        def ready() -> bool:
            value = condition(self)
            if value:
                found.append(value)
            return bool(value)

        if self.wait_until(ready, deadline):
            return found[-1]
        name = getattr(condition, "__name__", "the condition")
        name = "the condition" if name == "<lambda>" else name
        raise errors.NotReached(
            f"{name} was not reached within {format_duration(_seconds(timeout))} "
            f"(now {self.now:g}s, seed {self.seed}); "
            f"{self._who_has_work()}"
        )

    def wait_until(self, ready: Callable[[], bool], deadline: float) -> bool:
        """Work and let time pass until `ready()` or until `deadline` (seconds since the start); whether it is ready."""
        if ready():
            return True
        seen = (self.store.revision, self.now)
        while self._run_one(deadline) is not None:
            at = (self.store.revision, self.now)
            if at != seen:
                seen = at
                if ready():
                    return True
        self.clock.jump(deadline)
        return ready()

    def wait(
        self,
        what: str,
        condition: str,
        *,
        timeout: Duration = "30s",
        namespace: str = "default",
        label_selector: str = "",
    ) -> None:
        """`kubectl wait` in virtual time: `wait("deployment/web", "condition=Available", timeout="2m")`.

        `condition` is `condition=NAME[=VALUE]`, `jsonpath={...}=VALUE`, `create` or `delete`. Raises NotReached after
        `timeout`, NotFound if there is nothing to wait for.
        """
        resource, name = locate(self.api.resources, what)
        check = condition_of(condition)
        where = namespace if resource.namespaced else None
        deadline = self.now + _seconds(timeout)

        def targets() -> tuple[Any, ...]:
            if name:
                found = self.admin.find(resource, name, where)
                return (found,) if found is not None else ()
            return self.admin.list(resource, where, label_selector=label_selector)

        waited = targets()
        if not waited and not check.absent_ok:
            self.admin.get(resource, name or "", where)
        if self.wait_until(lambda: check.met(targets()), deadline):
            return
        shown = f"{resource.kind.singular}/{name}" if name else resource.kind.plural
        raise errors.NotReached(
            f"timed out waiting for {check} on {shown} after {format_duration(_seconds(timeout))} "
            f"(now {self.now:g}s, seed {self.seed}); {Pending(self).about(targets())}; {self._who_has_work()}"
        )

    def _who_has_work(self) -> str:
        return Pending(self).summary()

    # Objects

    def apply(
        self, manifest: Manifest, *, namespace: str = "default", manager: str = "kemu", force: bool = False
    ) -> Any:
        """Server-side apply of a path, a folder, YAML text, a dict, a typed object, or a list of these.

        Returns the stored object, or a list of them if several were given. All or nothing: if one is refused, none is
        stored. Raises ManifestError for what cannot be read, ApiError for what the API server refuses.
        """
        documents, single = read_manifests(manifest)
        if len(documents) > 1:
            self.fork()._apply_all(documents, namespace, manager, force)
        stored = self._apply_all(documents, namespace, manager, force)
        return stored[0] if single else stored

    def _apply_all(
        self, documents: Sequence[Mapping[str, Any]], namespace: str, manager: str, force: bool
    ) -> list[Any]:
        stored = []
        for document in documents:
            resource, name, where = self._target(document, namespace)
            patch = Patch("apply", document)
            options = WriteOptions(force=force)
            request = Request("patch", resource, where, name, patch=patch, manager=manager, options=options)
            stored.append(self._made(request))
        return stored

    def _do(self, verb: str, resource: Resource, namespace: str | None, name: str = "", **more: Any) -> Any:
        """One request of the hand, who is the administrator."""
        return self.api.do(Request(verb, resource, namespace, name, **more)).obj

    def wrap(self, wrapper: Wrapper) -> Callable[[], None]:
        """Lay `wrapper(request, next)` around the API server's door, for everybody's requests; returns what undoes it.

        It may look, raise an ApiError, answer by itself, or call `next` with this or another request: see
        `kemu.apiserver.request`. Forks inherit it.
        """
        return self.api.wrap(wrapper)

    def _made(self, request: Request) -> Any:
        """What comes of a request that may make an object.

        A new namespace gets its service account before its first pod, for which a real server waits as well.
        """
        try:
            return self.api.do(request).obj
        except errors.Forbidden:
            account = (core.ServiceAccount, "default", request.namespace)
            if request.resource.key != "pods" or self.admin.find(*account) is not None:
                raise
            self.settle()
            return self.api.do(request).obj

    def _target(self, document: Mapping[str, Any], namespace: str) -> tuple[Resource, str, str | None]:
        resource = find_resource(self.api.resources, document.get("apiVersion", ""), document.get("kind", ""))
        metadata = document.get("metadata") or {}
        name = metadata.get("name") or ""
        if not name:
            raise errors.ManifestError(
                f"{document.get('kind')} has no metadata.name: apply needs one; use create with generateName"
            )
        return resource, name, (metadata.get("namespace") or namespace) if resource.namespaced else None

    def create(self, manifest: Manifest, *, namespace: str = "default") -> Any:
        """Create what a manifest describes, as POST does. Raises AlreadyExists; see `apply` for the rest."""
        documents, single = read_manifests(manifest)
        stored = []
        for document in documents:
            resource = find_resource(self.api.resources, document.get("apiVersion", ""), document.get("kind", ""))
            obj = strictly_decoded(resource, document)
            where = (obj.metadata.namespace or namespace) if resource.namespaced else None
            stored.append(self._made(Request("create", resource, where, obj.metadata.name or "", obj=obj)))
        return stored[0] if single else stored

    def replace(self, obj: Any, *, namespace: str = "default") -> Any:
        """Replace an object (typed, dict or YAML), as PUT does. Raises Conflict if it has changed since it was read."""
        documents, _ = read_manifests(obj)
        resource, name, where = self._target(documents[0], namespace)
        new = strictly_decoded(resource, documents[0])
        return self._do("update", resource, where, name, obj=new)

    def get(self, kind: Any, name: str = "", *, namespace: str = "default") -> Any:
        """One object, typed: `get("pod", "web-0")`, `get("pod/web-0")` or `get(Pod, "web-0")`. Raises NotFound."""
        resource, found = locate(self.api.resources, kind)
        return self._do("get", resource, namespace if resource.namespaced else None, name or found, options=GET)

    def list(
        self, kind: Any, *, namespace: str | None = None, label_selector: str = "", field_selector: str = ""
    ) -> tuple[Any, ...]:
        """Objects of a kind, in all namespaces or in one, in order of namespace and name."""
        resource, _ = locate(self.api.resources, kind)
        options = ListOptions(
            labels=_selector(parse_label_selector, label_selector),
            fields=_selector(parse_field_selector, field_selector),
        )
        found: tuple[Any, ...] = self._do("list", resource, namespace, options=options).items
        return found

    def patch(
        self,
        kind: Any,
        name: str,
        document: Any,
        *,
        namespace: str = "default",
        type: str = "strategic",
        subresource: str = "",
    ) -> Any:
        """Patch an object with plain JSON: `strategic` (default), `merge` or `json`.

        Raises NotFound, Invalid, and UnsupportedMediaType for a strategic patch of a custom kind.
        """
        resource, found = locate(self.api.resources, kind)
        where = namespace if resource.namespaced else None
        patch = patching.given(type, document)
        return self._do("patch", resource, where, name or found, patch=patch, subresource=subresource)

    def delete(
        self,
        kind: Any,
        name: str = "",
        *,
        namespace: str = "default",
        grace_seconds: int | None = None,
        propagation: str | None = "Background",
    ) -> None:
        """Delete an object, as `kubectl delete` does. Raises NotFound."""
        resource, found = locate(self.api.resources, kind)
        where = namespace if resource.namespaced else None
        options = DeleteOptions(grace_seconds=grace_seconds, propagation=propagation)
        self._do("delete", resource, where, name or found, options=options)

    def scale(self, what: str, replicas: int, *, namespace: str = "default") -> Any:
        """Set the replicas of a workload: `scale("deployment/web", 5)`. Raises NotFound, Invalid."""
        resource, name = locate(self.api.resources, what)
        if resource.policy.scale is None:
            raise errors.UsageError(f"{resource.kind.plural} cannot be scaled: they have no scale subresource")
        patch = Patch("merge", {"spec": {"replicas": replicas}})
        where = namespace if resource.namespaced else None
        return self._do("patch", resource, where, name, subresource="scale", patch=patch)

    def evict(self, name: str, *, namespace: str = "default", grace_seconds: int | None = None) -> None:
        """Evict a pod through the eviction API. Raises TooManyRequests if its disruption budget does not allow it."""
        eviction = policy.Eviction(
            metadata=meta.ObjectMeta(name=name, namespace=namespace),
            delete_options={"gracePeriodSeconds": grace_seconds},
        )
        resource = self.api.resources.of(core.Pod)
        self._do("create", resource, namespace, name, subresource="eviction", obj=eviction, options=WRITE)

    def cordon(self, node: str, *, undo: bool = False) -> Any:
        """Keep new pods off a node, or with `undo` let them on again."""
        return self.patch("node", node, {"spec": {"unschedulable": None if undo else True}}, type="merge")

    def drain(self, node: str, *, timeout: Duration = "10m") -> None:
        """Cordon a node and evict its pods but those of DaemonSets, letting time pass while budgets hold them up.

        Raises NotReached if a budget still refuses after `timeout`.
        """
        self.cordon(node)

        def left() -> list[Any]:
            pods = self.list("pods", field_selector=f"spec.nodeName={node}")
            return [pod for pod in pods if not any(ref.kind == "DaemonSet" for ref in pod.metadata.owner_references)]

        def drained(_: Cluster) -> bool:
            for pod in left():
                if pod.metadata.deletion_timestamp is None:
                    try:
                        self.evict(pod.metadata.name, namespace=pod.metadata.namespace)
                    except errors.TooManyRequests:
                        continue
            return not left()

        self.run_until(drained, timeout)

    # Looking

    def logs(self, pod: str, *, namespace: str = "default", container: str = "", previous: bool = False) -> str:
        """What a container has written, as `kubectl logs` prints it. Raises NotFound, BadRequest."""
        options = LogOptions(container=container, previous=previous)
        resource = self.api.resources.of(core.Pod)
        name = pod.removeprefix("pod/")
        return b"".join(self._do("get", resource, namespace, name, subresource="log", options=options)).decode()

    def _logs(self, request: Request) -> Iterator[bytes]:
        """What the kubelet behind the log subresource answers."""
        pod = self.admin.get(kubelet.POD, request.name, request.namespace)
        return self._kubelets.logs(pod, request.options)

    def exec(self, pod: str, command: Sequence[str], *, namespace: str = "default", container: str = "") -> Any:
        """Run a command in a container: a result with `.exit_code` and `.output`; takes no virtual time."""
        found = self.admin.get(kubelet.POD, pod.removeprefix("pod/"), namespace)
        return self._kubelets.exec(found, container, tuple(command))

    def events(self, what: str = "", *, namespace: str | None = None) -> tuple[Any, ...]:
        """The core/v1 events, oldest first; of one object with `events("pod/web-0")`."""
        found = self.list("events", namespace=namespace)
        if what:
            resource, name = locate(self.api.resources, what)
            kind = resource.kind.kind
            found = tuple(e for e in found if e.involved_object.kind == kind and e.involved_object.name == name)
        return tuple(sorted(found, key=lambda event: int(event.metadata.resource_version or 0)))

    def describe(self, what: str, *, namespace: str = "default") -> str:
        """What is known of an object, for a person to read."""
        from .describe import describe

        return describe(self, what, namespace)

    def explain(self, what: str, *, namespace: str = "default") -> Any:
        """Why an object is in the state it is in; `str()` of the answer is text for a person."""
        from .describe import explain

        return explain(self, what, namespace)

    def table(self, kind: Any, *, namespace: str | None = "default", wide: bool = False) -> str:
        """The table that `kubectl get` prints."""
        from .apiserver.tables import rendered

        resource, _ = locate(self.api.resources, kind)
        objects = self.list(kind, namespace=namespace)
        return rendered(resource, objects, self.clock.unix, wide=wide, namespaces=namespace is None)

    def request(self, method: str, path: str, headers: Mapping[str, Any] | None = None, body: Any = None) -> Response:
        """The REST API in process. Never raises for what a client gets wrong; that is a status and a Status body."""
        return self.rest.request(method, path, headers, body)

    # History

    def at(self, revision: int) -> PastView:
        """A read-only view of the cluster as it was at a revision. Raises UsageError for one that never was."""
        if not 0 < revision <= self.store.revision:
            raise errors.UsageError(f"revision {revision} never was: there are revisions 1 to {self.store.revision}")
        return PastView(self.api, revision)

    def history(self, kind: Any = None, *, namespace: str | None = None, since: int = 0) -> tuple[Change, ...]:
        """Every change of a kind (or of all) since a revision, oldest first."""
        resource = locate(self.api.resources, kind)[0] if kind is not None else None
        return tuple(changes(self.api, resource, namespace, since))

    def digest(self) -> str:
        """A hash of the whole history: equal for equal seed and equal calls, in any process."""
        return self._digest.of(self.api)

    def timeline(self, *, namespace: str | None = None) -> Any:
        """What happened, when: text with `str()`, a picture with `.to_svg()` or `.to_html()`."""
        from .timeline import Timeline

        return Timeline.of(self, namespace)

    # Controllers of one's own

    def add_controller(
        self, wiring: Wiring, reconcile: Callable[[Api, Cache, str], Result], *, component: str = ""
    ) -> None:
        """Run a controller in this cluster and in its forks, as a process of its own with a cache of its own.

        It is woken for everything that exists already. `component` names it in events (default: the wiring's name).
        Raises UsageError if the name is taken.
        """
        if wiring.name in self._reconcilers:
            raise errors.UsageError(f"there is a controller {wiring.name!r} already: give the wiring another name")
        spec = Spec(wiring, reconcile, component or wiring.name)
        self._added = (*self._added, spec)
        cache = self._caches[wiring.name] = Cache(f"cache/{wiring.name}", self.api, self.loop)
        self._reconcilers[wiring.name] = self._controller(spec, None)
        cache.fill()

    # Nodes

    def add_node(
        self,
        name: str = "",
        *,
        cpu: str = "4",
        memory: str = "16Gi",
        pods: int = 110,
        labels: Mapping[str, str] | None = None,
        taints: Sequence[Any] = (),
        **more: Any,
    ) -> kubelet.NodeHandle:
        """Add a node with a kubelet, and register it. Amounts are Kubernetes quantities. Raises AlreadyExists."""
        if not name:
            name = f"node-{self._nodes_made}"
            self._nodes_made += 1
        return self._kubelets.add_node(
            name, cpu=cpu, memory=memory, pods=pods, labels=labels or {}, taints=taints, **more
        )

    def node(self, name: str) -> kubelet.NodeHandle:
        """A handle on a node that has a kubelet, for what happens to machines. Raises UsageError if it has none."""
        return self._kubelets.handle(name)


def _seconds(duration: Duration) -> float:
    try:
        seconds = parse_duration(duration)
    except (ValueError, TypeError) as problem:
        raise errors.UsageError(
            f"{duration!r} is no duration ({problem}); use seconds or text such as '1m30s'"
        ) from None
    if seconds < 0:
        raise errors.UsageError(f"time does not go back: {duration!r} is negative; fork before you go on instead")
    return seconds


def _selector(parse: Callable[[str], Any], text: str) -> Any:
    if not text:
        return None
    try:
        return parse(text)
    except ValueError as problem:
        raise errors.BadRequest(str(problem)) from None
