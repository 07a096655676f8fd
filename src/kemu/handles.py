"""Handles on what is around the API: processes, for whoever wants to see what becomes of a cluster when they end or see
the past, the registries that images come from, and what metrics servers measure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from ipaddress import IPv4Network
from typing import Any

from . import errors
from .apiserver.admission.storage import DEFAULT_CLASS
from .apiserver.measurements import Measure, Series, be_nominal, declare
from .apiserver.server import ApiServer
from .clock import exact
from .kit import Client, Informer, Process, Result, Spec, Wiring
from .objects import meta, storage
from .reconcilers.kubelet import Kubelets
from .reconcilers.kubelet.views import Views
from .reconcilers.kubelet.worker import Worker
from .reconcilers.scheduler import Scheduler
from .runtime_fake import FakeRuntime
from .values.durations import Duration, seconds_of
from .values.frozen import EMPTY_MAP, FrozenMap
from .values.quantity import Quantity


class ProcessHandle:
    """A process, or its replicas, for whoever wants to see what becomes of controllers when processes end.

    What is done to it is done to all replicas; `handle[0]` is the first of them.
    """

    __slots__ = ("_processes", "name")

    def __init__(self, name: str, processes: tuple[Process, ...]) -> None:
        self.name = name
        self._processes = processes

    def add(self, wiring: Wiring, reconcile: Callable[..., Result | None], *, component: str = "") -> ProcessHandle:
        """Run a controller: `reconcile(api, cache, key)`, or `(api, cache, memory, key)` if the wiring has a memory.

        It is woken for everything that exists already. `component` names it in events (default: the wiring's name).
        Raises UsageError for a name that is taken, or a kind that is not served.
        """
        spec = Spec(wiring, reconcile, component or wiring.name)
        for process in self._processes:
            process.add(spec)
        return self

    def run(self, spec: Spec) -> None:
        """Run a controller, in the place of the one of its name if there is one already."""
        for process in self._processes:
            process.replace(spec)

    def crash(self) -> None:
        """End at once: everything is forgotten but what is stored. It stays so until `start`."""
        for process in self._processes:
            process.crash()

    def start(self) -> None:
        """Run again, knowing nothing: list everything and reconcile all of it."""
        for process in self._processes:
            process.start()

    def stop(self) -> None:
        """End in good order: a leader gives its lease away."""
        for process in self._processes:
            process.stop()

    def informer(self, kind: Any) -> Informer:
        """What it sees of one kind: `.hold()`, `.release()`, `.delay("2s")`."""
        return Informer(tuple([process.cache for process in self._processes]), kind)

    @property
    def running(self) -> bool:
        """Whether any replica runs."""
        return any(process.state.running for process in self._processes)

    @property
    def leader(self) -> str:
        """The name of the replica whose controllers work; empty if there is none."""
        return next((each.name for each in self._processes if each.state.running and each.leads), "")

    @property
    def refusals(self) -> Mapping[tuple[str, str], str]:
        """By controller and key: why the last reconcile did not succeed, where it did not."""
        return {key: why for process in self._processes for key, why in process.state.refusals.items()}

    def __getitem__(self, index: int) -> ProcessHandle:
        process = self._processes[index]
        return ProcessHandle(process.name, (process,))

    def __len__(self) -> int:
        return len(self._processes)

    def __repr__(self) -> str:
        shown = ", ".join(f"{each.name} {'runs' if each.state.running else 'is stopped'}" for each in self._processes)
        return f"<process {self.name}: {shown}>"


class SchedulerHandle:
    """The process of kube-scheduler."""

    __slots__ = ("_scheduler", "name")

    def __init__(self, scheduler: Scheduler) -> None:
        self.name = "kube-scheduler"
        self._scheduler = scheduler

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self._scheduler.running

    def crash(self) -> None:
        """End at once: queue, back-offs, nominations and what was assumed are forgotten."""
        self._scheduler.crash()

    stop = crash

    def start(self) -> None:
        """Run again, knowing nothing: list everything, and try every pod that has no node."""
        self._scheduler.start()

    def informer(self, kind: Any) -> Informer:
        """What it sees of one kind: `.hold()`, `.release()`, `.delay("2s")`."""
        return Informer((self._scheduler.cache,), kind)

    def __repr__(self) -> str:
        return f"<process {self.name}: {'runs' if self.running else 'is stopped'}>"


class KubeletHandle:
    """The process of the kubelet of one node."""

    __slots__ = ("_kubelets", "_node", "name")

    def __init__(self, kubelets: Kubelets, node: str) -> None:
        self.name = f"kubelet/{node}"
        self._kubelets = kubelets
        self._node = node

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self._kubelets.state.nodes[self._node].running

    def crash(self) -> None:
        """End at once; containers live on, and nobody reports on them."""
        self._kubelets.stop_kubelet(self._node)

    stop = crash

    def start(self) -> None:
        """Run again, and catch up with what it missed."""
        if not self.running:
            self._kubelets.start_kubelet(self._node)

    def informer(self, kind: Any) -> NodeInformer:
        """What its node sees of a kind: `.hold()`, `.release()`, `.delay("2s")`. That is what its kube-proxy and its
        name server know as well. Raises UsageError for a kind that no node looks at."""
        if not self._kubelets.views.shared.sees(kind):
            raise errors.UsageError(f"no node looks at {kind!r}")
        return NodeInformer(self._kubelets.views, self._node, kind)

    def __repr__(self) -> str:
        return f"<process {self.name}: {'runs' if self.running else 'is stopped'}>"


class NodeInformer:
    """What one node sees of one kind, for whoever wants to hold it back."""

    __slots__ = ("_kind", "_node", "_views")

    def __init__(self, views: Views, node: str, kind: Any) -> None:
        self._views = views
        self._node = node
        self._kind = kind

    def hold(self) -> None:
        """From now on nothing of this kind is delivered."""
        self._views.own(self._node).hold(self._kind)

    def release(self) -> None:
        """What was held back or delayed is delivered at once, and from now on as it comes."""
        self._views.own(self._node).release(self._kind)

    def delay(self, duration: float | int | str | timedelta) -> None:
        """From now on everything of this kind is delivered so much later than it happens: seconds, or "2s"."""
        self._views.own(self._node).delay(self._kind, seconds_of(duration))


class Images:
    """What the registries have: every image, at once, unless it is declared otherwise.

    A pattern is a shell wildcard over the name of an image; without a tag it means every tag. What is declared counts
    for pulls that begin from now on.
    """

    __slots__ = ("_runtime",)

    def __init__(self, runtime: FakeRuntime) -> None:
        self._runtime = runtime

    def missing(self, pattern: str) -> None:
        """There are no such images: `ErrImagePull`, and then `ImagePullBackOff`."""
        self._declare(pattern, missing=True)

    def unauthorized(self, pattern: str) -> None:
        """They cannot be had without the right credentials, which no pull secret is."""
        self._declare(pattern, unauthorized=True)

    def slow(self, pattern: str, duration: float | int | str | timedelta) -> None:
        """Pulling one takes so long: seconds, or "30s". A node pulls one image at a time."""
        self._declare(pattern, seconds=seconds_of(duration))

    def only(self, platform: str, pattern: str) -> None:
        """They exist for one platform alone, such as "linux/arm64"; nodes are "linux/amd64"."""
        if platform.count("/") != 1:
            raise errors.UsageError(f'a platform is named "linux/arm64" or the like, not {platform!r}')
        self._declare(pattern, platform=platform)

    def available(self, pattern: str) -> None:
        """They exist, and come at once: what was declared of this pattern, and of patterns before it, is over."""
        self._declare(pattern, missing=False, unauthorized=False, platform="", seconds=0.0)

    def _declare(self, pattern: str, **more: Any) -> None:
        if not isinstance(pattern, str) or not pattern:
            raise errors.UsageError(f'images are named by a text such as "ghcr.io/acme/*", not {pattern!r}')
        self._runtime.declare(pattern, **more)

    def __repr__(self) -> str:
        return f"<images: {len(self._runtime.state.registry)} rules>"


class ContainerHandle:
    """A container of a pod, for what its process may do at any moment, whatever its image or script says."""

    __slots__ = ("_kubelets", "_pod", "name")

    def __init__(self, kubelets: Kubelets, pod: Callable[[], Any], name: str) -> None:
        self._kubelets = kubelets
        self._pod = pod
        self.name = name

    def crash(self, exit_code: int = 1) -> None:
        """Its process ends now, with this exit code. Raises UsageError if it does not run."""
        if not 0 <= exit_code <= 255:
            raise errors.UsageError(f"an exit code is a number from 0 to 255, not {exit_code}")
        worker = self._running()
        self._kubelets.runtime.crash(worker.slot(self.name).container, exit_code)

    def unready(self) -> None:
        """From now on its readiness probe fails, until `ready` or its next start. Raises UsageError if it does not run,
        or has no such probe."""
        self._answer(ready=False)

    def ready(self) -> None:
        """Its readiness probe comes to what it would by itself again. Raises UsageError as `unready` does."""
        self._answer(ready=True)

    def _answer(self, *, ready: bool) -> None:
        worker = self._running()
        container = worker.container(self.name)
        if container is None or container.readiness_probe is None:
            raise errors.UsageError(f"container {self.name} has no readinessProbe: it is ready as long as it runs")
        self._kubelets.set_ready(worker, self.name, ready)

    def _running(self) -> Worker:
        pod = self._pod()
        worker = self._kubelets.worker_of(pod)
        if worker is None or not self._kubelets.runs(worker, self.name):
            raise errors.UsageError(f"container {self.name} of pod {pod.metadata.name} does not run")
        return worker

    def __repr__(self) -> str:
        return f"<container {self.name}>"


Amount = str | int | float | Quantity | None
Values = Amount | Mapping[Any, Amount]
"""A value, or values by when they begin to count, such as `{"0s": "100m", "2m": "900m"}`; None is no value."""


class Metrics:
    """What metrics servers measure. As long as nothing is declared there are none.

    A value is an amount (`"200m"`, `5`), or a mapping of amounts by how long from now they begin to count.
    """

    __slots__ = ("_server",)

    def __init__(self, server: ApiServer) -> None:
        self._server = server

    def set(
        self,
        what: str,
        values: Mapping[str, Values] | None = None,
        *,
        namespace: str | None = "default",
        container: str = "",
        shared: bool = False,
        **more: Values,
    ) -> None:
        """Measure metrics of objects: `set("pod/web-*", cpu="200m")`, `set("service/web", {"requests": 5})`.

        The name is a shell wildcard. Cpu and memory of pods and nodes are resource metrics, all others custom ones. Of
        pods a value is that of one whole pod, of one `container` of it, or, if it is `shared`, that of all running pods
        together. Raises UsageError for what is no object or no amount.
        """
        kind, slash, pattern = what.partition("/")
        if not slash or not pattern:
            raise errors.UsageError(f'say of what, such as "pod/web-*" or "service/web", not {what!r}')
        resource = self._server.resources.of(kind)
        where = namespace if resource.namespaced else None
        measured = {**(values or {}), **more}
        if shared and resource.key != "pods":
            raise errors.UsageError("what is shared is shared by pods")
        declare(
            self._server,
            [
                Measure(resource.key, where, pattern, metric, self._series(said), container, shared=shared)
                for metric, said in measured.items()
            ],
        )

    def nominal(self) -> None:
        """From now on every container uses cpu and memory: what `set` says of it, or else half of what it requests."""
        be_nominal(self._server)

    def external(
        self,
        metric: str,
        value: Values,
        *,
        labels: Mapping[str, str] = EMPTY_MAP,
        namespace: str | None = "default",
    ) -> None:
        """Measure something outside of the cluster, such as the length of a queue; `labels` tell several apart."""
        series = self._series(value)
        declare(self._server, [Measure("external", namespace, metric, metric, series, labels=FrozenMap(labels))])

    def _series(self, said: Values) -> Series:
        now = self._server.clock.now
        if not isinstance(said, Mapping):
            return ((now, _amount(said)),)
        moments = sorted(
            ((exact(now + seconds_of(after)), _amount(each)) for after, each in said.items()), key=lambda pair: pair[0]
        )
        return tuple(moments)

    def __repr__(self) -> str:
        return f"<metrics: {len(self._server.state.measures)} measures>"


def _amount(said: Amount) -> Quantity | None:
    try:
        return None if said is None else Quantity(said)
    except (TypeError, ValueError) as problem:
        raise errors.UsageError(f"{said!r} is no amount: {problem}") from None


class Storage:
    """Who makes volumes: drivers of storage, which are no part of Kubernetes."""

    __slots__ = ("_admin", "_process")

    def __init__(self, process: Callable[[str], Any], admin: Client) -> None:
        self._process = process
        self._admin = admin

    def provisioner(
        self,
        name: str,
        *,
        takes: float | str | timedelta = 0,
        fails: str = "",
        default_class: str = "",
        attaches: float | str | timedelta | None = None,
        ephemeral: bool = False,
    ) -> ProcessHandle:
        """Have volumes made for the classes of a provisioner, such as "example.com/disk"; the process that does it.

        It `takes` so long for each, or `fails` with a text; a claim of a class that allows it may ask for more later,
        and gets it in that time. Declared again it does as is said now. With a
        `default_class` there is such a class, and claims that name none have it. A driver that `attaches` has a
        CSIDriver, and its volumes are attached to the node of a pod before it starts, which takes so long; others are
        reached from every node at once. One that is `ephemeral` has a CSIDriver as well, and pods may name volumes of
        it that live as long as they (`csi: {driver: ...}`).
        """
        from .reconcilers.external_attacher import Attacher
        from .reconcilers.external_provisioner import Provisioner
        from .reconcilers.external_resizer import Resizer

        declared = Provisioner(name, seconds_of(takes), fails)
        process: ProcessHandle = self._process(declared.process)
        process.run(declared.spec())
        process.run(Resizer(name, declared.seconds).spec())
        if attaches is not None:
            attacher = Attacher(declared.driver, seconds_of(attaches))
            process.run(attacher.spec())
        if (attaches is not None or ephemeral) and self._admin.find(storage.CSIDriver, declared.driver) is None:
            modes = ["Persistent", "Ephemeral"] if ephemeral else ["Persistent"]
            driver = {"attachRequired": attaches is not None, "volumeLifecycleModes": modes}
            self._admin.create(storage.CSIDriver(metadata=meta.ObjectMeta(name=declared.driver), spec=driver))
        if default_class and self._admin.find(storage.StorageClass, default_class) is None:
            metadata = meta.ObjectMeta(name=default_class, annotations={DEFAULT_CLASS: "true"})
            self._admin.create(storage.StorageClass(metadata=metadata, provisioner=name))
        return process

    def __repr__(self) -> str:
        return "<storage>"


class Cloud:
    """What a cloud does for a cluster that is in one."""

    __slots__ = ("_process",)

    def __init__(self, process: Callable[[str], Any]) -> None:
        self._process = process

    def load_balancers(
        self,
        *,
        takes: float | str | timedelta = 0,
        addresses: str = "203.0.113.0/24",
        ip_mode: str = "VIP",
        fails: str = "",
    ) -> ProcessHandle:
        """Have Services of type LoadBalancer given an address out of this range; the process that does it.

        It `takes` so long for each, or `fails` with a text. Declared again it does as is said now. Raises UsageError
        for what is no range of IPv4 addresses, or no mode of an address.
        """
        from .reconcilers.load_balancers import PROCESS, LoadBalancers

        if ip_mode not in ("VIP", "Proxy"):
            raise errors.UsageError(f'ip_mode must be "VIP" or "Proxy", got {ip_mode!r}')
        try:
            IPv4Network(addresses)
        except ValueError:
            raise errors.UsageError(f'addresses must be a range such as "203.0.113.0/24", got {addresses!r}') from None
        process: ProcessHandle = self._process(PROCESS)
        process.run(LoadBalancers(seconds_of(takes), addresses, ip_mode, fails).spec())
        return process

    def __repr__(self) -> str:
        return "<cloud>"


class Admission:
    """The admission plugins of a cluster, and who answers for its webhooks in the place of servers behind Services and
    URLs."""

    __slots__ = ("_server",)

    def __init__(self, server: ApiServer) -> None:
        self._server = server

    @property
    def plugins(self) -> tuple[str, ...]:
        """The names of the plugins that look at requests, in the order in which they do."""
        return self._server.plugins

    def enable(self, *names: str) -> None:
        """Switch plugins on that a kube-apiserver does not run by itself, as its `--enable-admission-plugins` does:
        `AlwaysPullImages`, `DenyServiceExternalIPs`, `ExtendedResourceToleration`, `LimitPodHardAntiAffinityTopology`
        and `OwnerReferencesPermissionEnforcement`; or one that was switched off. Raises UsageError for what is none.
        """
        for name in names:
            self._server.switch(name, True)

    def disable(self, *names: str) -> None:
        """Switch plugins off, as `--disable-admission-plugins` does. Raises UsageError for what is no plugin."""
        for name in names:
            self._server.switch(name, False)

    def webhook(self, where: str, answer: Callable[[dict[str, Any]], Any], *, takes: Duration = 0) -> None:
        """Let a function answer at a Service (`"service/namespace/path"`) or a URL (`"https://..."`).

        It gets an AdmissionReview as a dict and gives one back, or its response, or a list of JSON patch operations,
        or a text that says why not, or whether the request may pass (`None` means that it may). `takes` is how long
        that lasts: longer than `timeoutSeconds` of its webhook and the call fails. Forks inherit it. Raises UsageError
        for what is no place.
        """
        from .apiserver.policies.webhooks import Webhook, target

        self._server.webhooks = {**self._server.webhooks, target(where): Webhook(answer, seconds_of(takes))}

    def remove(self, where: str) -> None:
        """Let nobody answer there any more."""
        from .apiserver.policies.webhooks import target

        gone = target(where)
        self._server.webhooks = {place: hook for place, hook in self._server.webhooks.items() if place != gone}
