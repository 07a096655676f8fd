"""The cluster: the face that a user holds.

`assembly.py` puts the parts together, `driver.py` moves them. A method here finds the part that knows and calls it; it
owns no rules of Kubernetes itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import attrs

from . import bootstrap, errors
from .apiserver import patching
from .apiserver.changes import Change
from .apiserver.rbac import user_of, users
from .apiserver.request import (
    GET,
    WRITE,
    DeleteOptions,
    ListOptions,
    Patch,
    Request,
    User,
    WriteOptions,
)
from .apiserver.resources import Resource
from .apiserver.rest import Response
from .apiserver.rest.bodies import strictly_decoded
from .apiserver.server import Wrapper
from .assembly import Assembly, Plan, Record
from .driver import Pace, pace_of
from .fingerprints import state_hash
from .handles import Images, KubeletHandle, Metrics, ProcessHandle, SchedulerHandle, Storage
from .history import PastView, changes
from .kit import Result, Wiring
from .manifests import Manifest, read_manifests
from .names import find_resource, locate
from .objects import core, meta, policy
from .reconcilers import kubelet
from .talking import Talking
from .turns import by_turns
from .values.durations import Duration, format_duration, seconds_of
from .values.ranges import ranges_of
from .values.selectors import parse_field_selector, parse_label_selector
from .waiting import about, condition_of, pending
from .wellknown import POD_RANGE, SERVICE_RANGE

Reconcile = Callable[..., Result | None]


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


@by_turns("create", "replace", "get", "list", "patch", "delete", "scale", "evict", "turn")
class Cluster(Talking):
    """A Kubernetes cluster in this process, ready on return.

    `nodes` is how many nodes with a kubelet it starts with (`node-0` and so on), `seed` decides every choice that a
    real cluster leaves to chance. `controllers` has the grammar of kube-controller-manager's `--controllers`;
    `scheduler=False` leaves pods unscheduled; `scheduler_config` is a KubeSchedulerConfiguration (dict, YAML or path);
    `ties` says which of several equally good nodes gets a pod: one drawn from the seed (`"random"`), or the one that
    the heap of an undisturbed real scheduler has on top (`"heap"`); `control_plane` adds that many control-plane
    nodes as kubeadm leaves them; `tokens` maps bearer tokens to (user, groups); `shuffle=True` runs work that is due
    at the same moment in an order drawn from the seed; `strict` lets an exception of a controller that is no answer of
    the API reach the test, where a real process would restart. `compaction` is how often history is forgotten, but for
    what is younger than that ("5m", as a real cluster does); by default all of it is kept. `service_cidr` is the range
    of cluster IPs: the Service `kubernetes` has the first address, the cluster's DNS the tenth. Every node has a /24 of
    `pod_cidr` for its pods. `clock` says how virtual time passes while somebody waits: it jumps to what is due next
    (`"auto"`), or follows the clock on the wall (`"real"`), or so many times faster (`10`). Raises UsageError for what
    no cluster can be made of.

    Nothing that is simulated uses real time, threads or the network; the same seed and the same calls give the same
    history. Of several threads one at a time holds the cluster, for one call; the others wait their turn.
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
        strict: bool = True,
        compaction: Duration | None = None,
        service_cidr: str = SERVICE_RANGE,
        pod_cidr: str = POD_RANGE,
        clock: float | str | Pace = "auto",
    ) -> None:
        if not isinstance(nodes, int) or nodes < 0:
            raise errors.UsageError(f"nodes must be a whole number of at least 0, got {nodes!r}")
        plan = Plan(
            seed,
            controllers,
            scheduler,
            scheduler_config,
            ties,
            users(tokens or {}),
            shuffle=shuffle,
            strict=strict,
            compaction=None if compaction is None else seconds_of(compaction),
            ranges=ranges_of(service_cidr, pod_cidr),
            pace=pace_of(clock),
        )
        self._hold(Assembly(plan))
        bootstrap.create(self.admin, plan.ranges)
        for number in range(control_plane):
            self.add_node(
                "control-plane" if control_plane == 1 else f"control-plane-{number}",
                labels=bootstrap.CONTROL_PLANE_LABELS,
                taints=bootstrap.CONTROL_PLANE_TAINTS,
            )
        for _ in range(nodes):
            self.add_node()
        self.settle()
        self._driver.follow()
        self.first_revision = self.store.revision
        """The revision at which the cluster was ready for its user."""

    def _hold(self, parts: Assembly) -> None:
        """Take the parts in hand."""
        self.parts = parts
        self.seed = parts.plan.seed
        self.clock = parts.clock
        self.entropy = parts.entropy
        self.loop = parts.loop
        self.store = parts.store
        self.api = parts.api
        self.admin = parts.admin
        self.rest = parts.rest
        self.network = parts.network
        self.runtime = parts.runtime
        self.images = Images(parts.runtime)
        self.metrics = Metrics(parts.api)
        self.storage = Storage(self.process, parts.admin)
        self.scheduler: Any = parts.scheduler
        self._driver = parts.driver
        self._turns = parts.driver.turns

    def fork(self) -> Cluster:
        """An independent future from here: same time, same state, same seed, and no way back into this one.

        History and objects are shared; what is copied are tables of pointers, so a fork of a cluster with a thousand
        pods takes milliseconds.
        """
        twin = Cluster.__new__(Cluster)
        twin._hold(self.parts.fork())
        twin.first_revision = self.first_revision
        return twin

    def __reduce__(self) -> tuple[Any, ...]:
        """A cluster is pickled as what it remembers; unpickled, it goes on exactly as this one would.

        Functions that were given to it (reconcile functions, wrappers, behaviours) are pickled by their names.
        """
        record = self.parts.record()
        for what, function in record.named():
            name = getattr(function, "__qualname__", "")
            if "<" in name:
                raise errors.UsageError(
                    f"{what} {name} has no name that a pickle could find it by: define it at the top of a module"
                )
        return (_restored, (self.parts.plan, record, self.first_revision))

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
        work = self._driver.step()
        if work is None:
            return None
        wrote = tuple(changes(self.api, None, None, before + 1)) if self.store.revision > before else ()
        who, what = self.loop.described(work)
        return Step(self.now, who, what, wrote)

    def settle(self) -> None:
        """Do all work that is due now, and what follows from it, without letting time pass.

        Raises NotReached if the work never ends.
        """
        self._driver.run_to(self.now)

    def advance(self, duration: Duration) -> None:
        """Let virtual time pass: seconds, a timedelta or a Go duration such as "1m30s". Does everything due on the way.

        Raises UsageError for what is no finite time ahead.
        """
        self._driver.run_to(self.now + seconds_of(duration))

    def sleep(self, duration: Duration) -> None:
        """Wait as a client does that will look again later: time passes as in `advance`, and other threads have their
        turns meanwhile. Raises NeverEnds for one who only sleeps while nothing can happen any more."""
        self.wait_until(lambda: False, self.now + seconds_of(duration))

    def turn(self) -> AbstractContextManager[None]:
        """Hold the cluster for several calls: no other thread gets a turn in between, even while this one waits."""
        return self._turns.kept()

    def run_until(self, condition: Callable[[Cluster], Any], timeout: Duration = "10m") -> Any:
        """Work and let time pass until `condition(cluster)` is true; returns what it returned.

        Raises NotReached after `timeout` of virtual time, saying who still has work.
        """
        deadline = self.now + seconds_of(timeout)
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
            f"{name} was not reached within {format_duration(seconds_of(timeout))} "
            f"(now {self.now:g}s, seed {self.seed}); "
            f"{pending(self.parts)}"
        )

    def wait_until(self, ready: Callable[[], bool], deadline: float) -> bool:
        """Work and let time pass until `ready()` or until `deadline` (seconds since the start); whether it is ready."""
        return self._driver.wait_until(ready, deadline)

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
        deadline = self.now + seconds_of(timeout)
        self.settle()

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
            f"timed out waiting for {check} on {shown} after {format_duration(seconds_of(timeout))} "
            f"(now {self.now:g}s, seed {self.seed}); {about(targets())}; {pending(self.parts)}"
        )

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
        with self._turns:
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
        with self._turns:
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
        return self.parts.digest.of(self.api)

    def state_hash(self) -> str:
        """A hash of the present: equal for two ways into the same state, revision numbers aside.

        O(changes since the last call, and what the components remember).
        """
        return state_hash(self.parts)

    def timeline(self, *, namespace: str | None = None) -> Any:
        """What happened, when: text with `str()`, a picture with `.to_svg()` or `.to_html()`."""
        from .timeline import Timeline

        return Timeline.of(self, namespace)

    # Controllers of one's own

    def process(
        self, name: str, user: User | str | None = None, replicas: int = 1, *, strict: bool | None = None
    ) -> Any:
        """The process of a name, which is started if there is none: a user's operator, or a built-in one
        (`kube-controller-manager`, `kube-scheduler`, `kubelet/node-0`).

        A process has informers, a memory, an identity and a life of its own. `user` is who it is for the API server (a
        service account as `system:serviceaccount:NAMESPACE:NAME`; by default one of kemu's own, which may do
        everything). Of several `replicas` one leads, by a Lease in kube-system. `strict` says whether an exception
        that is no answer of the API reaches the test (as the cluster says, by default), or only restarts the process.

        Raises UsageError for a process that runs already with other arguments.
        """
        if name == "kube-scheduler" and self.scheduler is not None:
            return SchedulerHandle(self.scheduler)
        kind, _, node = name.partition("/")
        if kind == "kubelet":
            self.node(node)
            return KubeletHandle(self.parts.kubelets, node)
        found = self.parts.replicas(name) or tuple(each for each in (self.parts.processes.get(name),) if each)
        if found:
            if user is not None or replicas not in (1, len(found)):
                raise errors.UsageError(f"there is a process {name!r} already: name another one, or only its name")
            return ProcessHandle(name, found)
        if not isinstance(replicas, int) or replicas < 1:
            raise errors.UsageError(f"replicas must be a whole number of at least 1, got {replicas!r}")
        who = user_of(user) if isinstance(user, str) else user
        return ProcessHandle(name, self.parts.new_processes(name, who, replicas, strict))

    def add_controller(self, wiring: Wiring, reconcile: Reconcile, *, component: str = "") -> ProcessHandle:
        """Run a controller in this cluster and in its forks, as a process of its own: see `process`.

        Raises UsageError if the name is taken.
        """
        taken = any(wiring.name in process.program.specs for process in self.parts.processes.values())
        if taken or wiring.name in self.parts.processes:
            raise errors.UsageError(f"there is a controller {wiring.name!r} already: give the wiring another name")
        handle: ProcessHandle = self.process(wiring.name)
        return handle.add(wiring, reconcile, component=component)

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
        return self.parts.add_node(name, cpu=cpu, memory=memory, pods=pods, labels=labels or {}, taints=taints, **more)

    def node(self, name: str) -> kubelet.NodeHandle:
        """A handle on a node that has a kubelet, for what happens to machines. Raises UsageError if it has none."""
        return self.parts.kubelets.handle(name)


def _restored(plan: Plan, record: Record, first_revision: int) -> Cluster:
    cluster = Cluster.__new__(Cluster)
    cluster._hold(Assembly.restored(plan, record))
    cluster.first_revision = first_revision
    return cluster


def _selector(parse: Callable[[str], Any], text: str) -> Any:
    if not text:
        return None
    try:
        return parse(text)
    except ValueError as problem:
        raise errors.BadRequest(str(problem)) from None
