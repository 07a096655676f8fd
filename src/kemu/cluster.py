"""The cluster: the face that a user holds.

`assembly.py` puts the parts together, `driver.py` moves them. A method here finds the part that knows and calls it; it
owns no rules of Kubernetes itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar, overload

import attrs

from . import bootstrap, errors
from .apiserver.changes import Change
from .apiserver.rbac import user_of
from .apiserver.request import WRITE, Request, User
from .apiserver.resources import Convert
from .apiserver.server import Wrapper
from .apiserver.tokens import users
from .assembly import MANAGER, Assembly
from .claims import Claim
from .clock import epoch_of
from .driver import Pace, pace_of
from .handles import (
    Admission,
    Cloud,
    ContainerHandle,
    Images,
    KubeletHandle,
    Metrics,
    ProcessHandle,
    SchedulerHandle,
    Storage,
)
from .history import changes
from .kept import Keeping
from .kit import Result, Wiring
from .kit.reconciler import Reconciler, wiring_of
from .looking import Looking
from .names import Labels, one_of, some
from .notices import Notices
from .objects import core, meta, policy
from .reconcilers import kubelet, silent
from .record import Plan, Record
from .talking import Talking
from .turns import by_turns
from .values.durations import Duration, format_duration, seconds_of
from .values.ranges import ranges_of
from .verbs import Kept, Someone, T, Verbs
from .waiting import about, condition_of, idle, pending, untold
from .wellknown import POD_RANGE, SERVICE_RANGE

if TYPE_CHECKING:
    from .server.serving import Server
    from .timeline import Timeline

Reconcile = Callable[..., Result | None]
F = TypeVar("F", bound=Callable[..., Any])


@attrs.frozen(repr=False)
class Step:
    """One unit of work: when, who did it, on what, and what was written to the store."""

    time: float
    who: str
    what: tuple[Any, ...]
    wrote: tuple[Change, ...]

    def __str__(self) -> str:
        written = ", ".join(f"{change.type} {change.kind}/{change.name}" for change in self.wrote) or "nothing"
        return f"{self.time:.3f}s {self.who} {' '.join(map(str, self.what))}: wrote {written}"

    def __repr__(self) -> str:
        return f"<Step {self}>"


@by_turns("evict", "serve", "turn")
class Cluster(Verbs, Looking, Talking, Keeping):
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
    (`"auto"`), or follows the clock on the wall (`"real"`), or so many times faster (`10`). `start` is what the clock
    shows at the beginning (RFC 3339); by default the year 2000, which nobody takes for real. Raises UsageError for what
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
        start: str | datetime = "",
    ) -> None:
        if not isinstance(nodes, int) or nodes < 0:
            raise errors.UsageError(f"nodes must be a whole number of at least 0, got {nodes!r}")
        if not isinstance(control_plane, int) or control_plane < 0:
            raise errors.UsageError(f"control_plane must be a whole number of at least 0, got {control_plane!r}")
        if not isinstance(seed, int):
            raise errors.UsageError(f"a seed is a whole number, not {seed!r}")
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
            epoch=epoch_of(start),
        )
        self._hold(Assembly(plan))
        Notices(unsimulated=list(silent(controllers))).give()
        names = ["control-plane"] if control_plane == 1 else [f"control-plane-{each}" for each in range(control_plane)]
        labels, taints = bootstrap.CONTROL_PLANE_LABELS, bootstrap.CONTROL_PLANE_TAINTS
        machines = [self.add_node(name, labels=labels, taints=taints) for name in names]
        bootstrap.create(self.admin, plan.ranges, machines)
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
        self.faults = parts.faults
        self.audit = parts.audit
        self.admission = Admission(parts.api)
        self.metrics = Metrics(parts.api)
        self.scheduler: Any = parts.scheduler
        self._driver = parts.driver
        self._turns = parts.driver.turns

    @property
    def storage(self) -> Storage:
        """Who makes volumes."""
        return Storage(self.process, self.admin)

    @property
    def cloud(self) -> Cloud:
        """The cloud that the cluster is in."""
        return Cloud(self.process)

    def fork(self) -> Cluster:
        """An independent future from here: same time, same state, same seed, and no way back into this one.

        History and objects are shared, and so is what the components remember until one side changes it: a fork takes a
        fraction of a millisecond, also with ten thousand pods.
        """
        return _around(self.parts.plan, self.parts.record().fork(), self.first_revision)

    def snapshot(self) -> Snapshot:
        """This moment, kept: any number of clusters can go on from it.

        What has not changed since the last snapshot is shared with that, so that one can be taken at every step.
        """
        return Snapshot(self.parts.plan, self.parts.record().seal(), self.first_revision)

    def __reduce__(self) -> tuple[Any, ...]:
        """A cluster is pickled as what it remembers; unpickled, it goes on exactly as this one would.

        Functions that were given to it (reconcile functions, wrappers, behaviours) are pickled by their names.
        """
        record = self.parts.record().portable(MANAGER)
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

    def run_until(self, condition: Callable[[Self], Any], timeout: Duration = "10m") -> Any:
        """Work and let time pass until `condition(cluster)` is true; returns what it returned.

        Raises NotReached after `timeout` of virtual time, saying who still has work.
        """
        if not callable(condition):
            raise errors.UsageError(
                f"a condition is a function of the cluster, such as lambda c: ..., not {condition!r}"
            )
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
            f"{pending(self.parts)}{untold(self.parts, idle(self.parts))}"
        )

    def wait_until(self, ready: Callable[[], bool], deadline: float) -> bool:
        """Work and let time pass until `ready()` or until `deadline` (seconds since the start); whether it is ready."""
        return self._driver.wait_until(ready, deadline)

    @overload
    def wait(self, what: type[T], name: str, condition: str, *, timeout: Duration = ..., namespace: str = ...) -> T: ...
    @overload
    def wait(self, what: Kept, condition: str, /, *, timeout: Duration = ..., namespace: str = ...) -> Kept: ...
    @overload
    def wait(
        self,
        what: Any,
        name: str = ...,
        condition: str = ...,
        *,
        timeout: Duration = ...,
        namespace: str | None = ...,
        label_selector: Labels = ...,
    ) -> Any: ...
    def wait(
        self,
        what: Any,
        name: str = "",
        condition: str = "",
        *,
        timeout: Duration = "30s",
        namespace: str | None = "default",
        label_selector: Labels = "",
    ) -> Any:
        """`kubectl wait` in virtual time: `wait("deployment/web", "condition=Available", timeout="2m")`.

        `condition` is `condition=NAME[=VALUE]`, `jsonpath={...}[=VALUE]`, `create` or `delete`. Returns the object as
        it is then, None for one that is gone, or a tuple if a kind was waited for: all of its objects, or those that
        `label_selector` chooses. Raises NotReached after `timeout`, NotFound if there is nothing to wait for,
        UsageError for what can never be.
        """
        name, condition = (name, condition) if condition else ("", name)
        resource, name, where = some(self.api.resources, what, name, namespace)
        check = condition_of(condition, resource)
        deadline = self.now + seconds_of(timeout)
        self.settle()

        def targets() -> tuple[Any, ...]:
            if not name:
                return self.list(resource, namespace=where, label_selector=label_selector)
            found = self.admin.find(resource, name, where)
            return (found,) if found is not None else ()

        if not check.absent_ok and not targets():
            shown = f"{resource.kind.plural}" + (f" with {label_selector}" if label_selector else "")
            if name:
                self.admin.get(resource, name, where)
            raise errors.NotFound(f"there are no {shown} to wait for")
        if self.wait_until(lambda: check.met(targets()), deadline):
            found = targets()
            return found if not name else found[0] if found else None
        shown = f"{resource.kind.singular}/{name}" if name else resource.kind.plural
        raise errors.NotReached(
            f"timed out waiting for {check} on {shown} after {format_duration(seconds_of(timeout))} "
            f"(now {self.now:g}s, seed {self.seed}); {about(targets())}; {pending(self.parts)}"
            f"{untold(self.parts, ((resource, obj) for obj in targets()))}"
        )

    def assert_that(self, what: Any, name: str = "", *, namespace: str | None = "default") -> Claim:
        """Say of an object, or of all of a kind, what it becomes, always is, or never is: see `kemu.claims`."""
        return Claim(self, what, name, namespace)

    def timeline(self, *, namespace: str | None = None) -> Timeline:
        """What happened, when: text with `str()`, a picture with `.to_svg()` or `.to_html()`."""
        from .timeline import Timeline

        return Timeline.of(self, namespace)

    def serve(
        self,
        port: int = 0,
        *,
        host: str = "127.0.0.1",
        clock: Any = None,
        tls: bool = False,
        tokens: Mapping[str, Sequence[Any]] | None = None,
        kubeconfig: Any = None,
    ) -> Server:
        """Serve the REST API over HTTP, from a thread of its own, to kubectl and any other client.

            with cluster.serve() as server:
                subprocess.run(["kubectl", "get", "pods"], env={**os.environ, "KUBECONFIG": server.kubeconfig})

        `port` 0 is any free one. While it is served, time passes by itself: as `clock` says ("auto", "real", "8x"; see
        `kemu.server.pulse`), by default as the cluster's own clock does. With `tls`, clients show the certificate of
        the kubeconfig, or one of the bearer `tokens` (and of those of the cluster); without, whoever comes is the
        administrator, and only this machine can come. `kubeconfig` is the file that is written for clients, by default
        a temporary one. Needs `kemu[server]`. Raises UsageError for what cannot be served.
        """
        from .server.serving import Server, Wish

        path = None if kubeconfig is None else Path(kubeconfig)
        pace = self.parts.plan.pace.speed
        wish = Wish(host, port, clock or ("auto" if pace == inf else pace), tls, tokens or {}, path)
        return Server(self, wish)

    # Who takes part

    def as_user(self, user: User | str, groups: Sequence[str] = ()) -> Someone:
        """The hand of another user, who may do only what roles grant: `as_user("alice", groups=["dev"]).list("pods")`.

        A service account is `system:serviceaccount:NAMESPACE:NAME`, and has its groups by itself.
        """
        if isinstance(user, str):
            known = user_of(user)
            user = attrs.evolve(known, groups=(*groups, *(each for each in known.groups if each not in groups)))
        return Someone(self, user)

    def wrap(self, wrapper: Wrapper) -> Callable[[], None]:
        """Lay `wrapper(request, next)` around the API server's door, for everybody's requests; returns what undoes it.

        It may look, raise an ApiError, answer by itself, or call `next` with this or another request: see
        `kemu.apiserver.request`. Forks inherit it.
        """
        return self.api.wrap(wrapper)

    def conversion(self, definition: str, function: Convert | None) -> None:
        """Let a function stand for the conversion webhook of a CustomResourceDefinition, by the definition's name.

        `function(document, api_version)` is given an object as JSON and gives it back in another version; of its
        metadata only labels and annotations may differ. Forks inherit it; None takes it away.
        """
        definitions, converters = self.api.definitions, self.api.definitions.converters
        if function is None:
            definitions.converters = {name: each for name, each in converters.items() if name != definition}
        else:
            definitions.converters = {**converters, definition: function}
        definitions.again(self.api)

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

    def controller(
        self,
        for_: Any,
        *,
        owns: Sequence[Any] = (),
        watches: Sequence[Any] = (),
        reads: Sequence[Any] = (),
        memory: Any = None,
        name: str = "",
        process: str = "",
        replicas: int = 1,
        user: User | str | None = None,
    ) -> Callable[[F], F]:
        """Run a function `reconcile(request, client)` as a controller: see `kemu.kit.reconciler`.

        `for_` is what it reconciles, such as "widgets.example.com/v1"; a change of what it `owns`, or `watches` (a
        kind, or a kind and a function of an object that gives names), wakes it; what it only `reads` does not. `memory`
        is the class of what it remembers of a name. `name` is its own (the function's, if it has none), `process` that
        of the process in which it runs. Raises UsageError for a kind that is not served, or a name that is taken.
        """

        def run(function: F) -> F:
            called = name or function.__name__.replace("_", "-")
            wiring = wiring_of(called, for_, owns, watches, reads, memory)
            self.process(process or called, user, replicas).add(wiring, Reconciler(function))
            return function

        return run

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

    def node(self, name: Any) -> kubelet.NodeHandle:
        """A handle on a node that has a kubelet, for what happens to machines. Raises UsageError if it has none."""
        return self.parts.kubelets.handle(self._node(name))

    def container(self, pod: Any, name: str = "", *, namespace: str = "default") -> ContainerHandle:
        """A handle on a container of a pod (its only one, if there is no name): `.crash(exit_code)`, `.unready()`,
        `.ready()`. Raises NotFound, and BadRequest if it could be several or none is called so."""
        target = one_of(self.api.resources, core.Pod, pod, namespace)
        found = self.admin.get(core.Pod, target.name, target.namespace)
        which = kubelet.serving.container_of(found, name)
        return ContainerHandle(
            self.parts.kubelets, lambda: self.admin.get(core.Pod, target.name, target.namespace), which
        )

    def _node(self, what: Any) -> str:
        return one_of(self.api.resources, core.Node, what, None).name

    def evict(self, pod: Any, *, namespace: str = "default", grace_seconds: int | None = None) -> None:
        """Evict a pod through the eviction API. Raises TooManyRequests if its disruption budget does not allow it."""
        target = one_of(self.api.resources, core.Pod, pod, namespace)
        eviction = policy.Eviction(
            metadata=meta.ObjectMeta(name=target.name, namespace=target.namespace),
            delete_options={"gracePeriodSeconds": grace_seconds},
        )
        place = (target.resource, target.namespace, target.name)
        self._do(Request("create", *place, subresource="eviction", obj=eviction, options=WRITE))

    def cordon(self, node: Any, *, undo: bool = False) -> core.Node:
        """Keep new pods off a node, or with `undo` let them on again."""
        return self.patch(
            core.Node, self._node(node), {"spec": {"unschedulable": None if undo else True}}, type="merge"
        )

    def drain(self, node: Any, *, timeout: Duration = "10m") -> None:
        """Cordon a node and evict its pods but those of DaemonSets, letting time pass while budgets hold them up.

        Raises NotReached if a budget still refuses after `timeout`.
        """
        name = self.cordon(node).metadata.name or ""

        def left() -> list[core.Pod]:
            pods = self.list(core.Pod, namespace=None, field_selector={"spec.nodeName": name})
            return [pod for pod in pods if not any(ref.kind == "DaemonSet" for ref in pod.metadata.owner_references)]

        def drained(_: Cluster) -> bool:
            for pod in left():
                if pod.metadata.deletion_timestamp is None:
                    try:
                        self.evict(pod)
                    except errors.TooManyRequests:
                        continue
            return not left()

        self.run_until(drained, timeout)

    def __repr__(self) -> str:
        pods = self.parts.admin.list(core.Pod)
        running = sum(pod.status.phase == "Running" for pod in pods)
        counts = f"{len(self.parts.admin.list(core.Node))} nodes, {len(pods)} pods ({running} running)"
        return f"<kemu.Cluster at {self.now:g}s: {counts}, revision {self.store.revision}, seed {self.seed}>"


@attrs.frozen(eq=False)
class Snapshot:
    """A cluster at one moment, from which any number of clusters can go on. It is pickled as a cluster is."""

    _plan: Plan
    _record: Record
    _first_revision: int

    @property
    def time(self) -> float:
        """Virtual seconds since the start."""
        return self._record.clock.now

    def open(self) -> Cluster:
        """A cluster that goes on from here."""
        return _around(self._plan, self._record.fork(), self._first_revision)

    def __reduce__(self) -> tuple[Any, ...]:
        return (_kept, (self.open(),))

    def __repr__(self) -> str:
        return f"<kemu.Snapshot at {self.time:g}s, revision {self._record.store.revision}, seed {self._plan.seed}>"


def _kept(cluster: Cluster) -> Snapshot:
    return cluster.snapshot()


def _around(plan: Plan, record: Record, first_revision: int) -> Cluster:
    cluster = Cluster.__new__(Cluster)
    cluster._hold(Assembly.around(plan, record))
    cluster.first_revision = first_revision
    return cluster


def _restored(plan: Plan, record: Record, first_revision: int) -> Cluster:
    """A cluster that was pickled: its clock follows the wall again, if that is its policy."""
    cluster = _around(plan, record, first_revision)
    cluster._driver.follow()
    return cluster
