"""Static pods: what a kubelet runs because a manifest lies on its machine, whether or not there is an API server.

    what happens                what the kubelet does
    -------------------------   --------------------------------------------------------------
    a manifest comes            runs its pod, and shows it by a mirror pod in the API
    the mirror pod is deleted   makes another one at once; the pod is not touched
    a manifest goes             stops its pod; then the mirror pod goes
    a manifest changes          stops its pod; another one takes its place, 10 to 15 s later

The pod has a uid of its own, which follows from its manifest; the mirror pod has another.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from hashlib import md5
from math import floor
from typing import TYPE_CHECKING, Any

import attrs

from ... import errors
from ...apiserver.defaults import with_defaults
from ...clock import exact
from ...objects import codec, core, evolve, meta
from ...values.frozen import FrozenMap
from ...values.times import MicroTime
from ...wellknown import MIRROR
from .worker import SYNCING, TERMINATED, Worker

if TYPE_CHECKING:
    from .fleet import Kubelets

HASH = "kubernetes.io/config.hash"
SEEN, SOURCE = "kubernetes.io/config.seen", "kubernetes.io/config.source"

NOTHING: Mapping[str, Any] = FrozenMap()

HOUSEKEEPING_SECONDS = 2.0
"""How often a kubelet looks for what is left of pods that are gone."""

HOUSEKEEPING_BEGINS = 0.6
"""When it does so for the first time: its loop begins some time after it, and not at a whole second."""

RETRY_SECONDS = 10.0
"""A pod whose name another one has still is looked at again after this time, and up to half as much more."""


class StaticPods:
    """The manifests on a machine."""

    __slots__ = ("_kubelets", "_node")

    def __init__(self, kubelets: Kubelets, node: str) -> None:
        self._kubelets = kubelets
        self._node = node

    def add(self, manifest: Any) -> None:
        """Put a manifest of a Pod on the machine (a dict, YAML, or a typed object), in place of one of the same name.

        Raises ManifestError for what is no Pod.
        """
        pod = static_pod(manifest, self._node, self._kubelets.unix)
        self._kubelets.state.manifests.set(self._node, key_of(pod), pod)
        look(self._kubelets, self._node)

    def remove(self, name: str, namespace: str = "default") -> None:
        """Take the manifest of a Pod from the machine. Raises UsageError if there is none of that name."""
        manifests = self._kubelets.state.manifests
        full = f"{name}-{self._node}"
        found = [key for key in manifests.bucket(self._node) or () if key.partition("/")[2] == full]
        exact = f"{namespace}/{full}"
        if not found or (len(found) > 1 and exact not in found):
            raise errors.UsageError(f"node {self._node} has no static pod {name!r}")
        manifests.discard(self._node, exact if exact in found else found[0])
        look(self._kubelets, self._node)

    def __iter__(self) -> Iterator[str]:
        """The mirror pods that there are to be, as `namespace/name`."""
        return iter(tuple(self._kubelets.state.manifests.bucket(self._node) or ()))


def key_of(pod: Any) -> str:
    """A pod as `namespace/name`."""
    return f"{pod.metadata.namespace}/{pod.metadata.name}"


def is_mirror(pod: Any) -> bool:
    """Whether a pod in the API only shows a static one."""
    return MIRROR in pod.metadata.annotations


def static_pod(manifest: Any, node: str, unix: float) -> Any:
    """The pod that a kubelet makes of a manifest. Raises ManifestError."""
    if isinstance(manifest, str):
        read = codec.load(manifest)
        pod = read[0] if len(read) == 1 else None
    else:
        pod = codec.decode(core.Pod, manifest) if isinstance(manifest, Mapping) else manifest
    if not isinstance(pod, core.Pod) or not pod.metadata.name:
        raise errors.ManifestError("a static pod is one Pod that has a name")
    metadata = pod.metadata
    uid = md5(f"{node}/{json.dumps(codec.encode(pod), sort_keys=True)}".encode(), usedforsecurity=False).hexdigest()
    seen = str(MicroTime(round(unix * 1_000_000)))
    spec = evolve(
        pod.spec,
        node_name=node,
        tolerations=(*pod.spec.tolerations, core.Toleration(operator="Exists", effect="NoExecute")),
    )
    named = evolve(
        metadata,
        name=f"{metadata.name}-{node}".lower(),
        namespace=metadata.namespace or "default",
        uid=uid,
        annotations={**metadata.annotations, HASH: uid, SEEN: seen, SOURCE: "file"},
    )
    return with_defaults(evolve(pod, metadata=named, spec=spec, status=core.PodStatus(phase="Pending")))


# What the kubelet does


def look(kubelets: Kubelets, node: str) -> None:
    """Have a kubelet run the pods of the manifests on its machine, and no others. O(pods of the node)."""
    state = kubelets.state
    machine = state.nodes[node]
    if not machine.running:
        return
    wanted = state.manifests.bucket(node) or NOTHING
    there = [worker for worker in state.on_node(node) if worker.static]
    for worker in there:
        pod = wanted.get(worker.key)
        if (pod is None or pod.metadata.uid != worker.uid) and worker.gone_at is None:
            gone = attrs.evolve(worker, gone_at=kubelets.now)
            state.keep(kubelets.stop(gone) if worker.phase == SYNCING else gone)
            tidy_later(kubelets, gone)
    held = {worker.key for worker in there}
    for key, pod in wanted.items():
        if pod.metadata.uid in state.workers:
            continue
        if key not in held:
            begin(kubelets, pod, key, node)
        else:
            jitter = 1 + 0.5 * kubelets.loop.entropy.fraction("static-pod", pod.metadata.uid, kubelets.now)
            kubelets.loop.schedule("kubelet", ("manifests", node), delay=RETRY_SECONDS * jitter)


def begin(kubelets: Kubelets, pod: Any, key: str, node: str) -> None:
    """Run the pod of a manifest, if its node takes it."""
    worker = kubelets.met(pod, key, kubelets.state.nodes[node], static=True)
    kubelets.state.keep(worker)
    kubelets.queue(worker)


def reconcile_mirror(kubelets: Kubelets, worker: Worker) -> None:
    """See to it that a static pod has its mirror pod: what is deleted, or shows another pod, is replaced."""
    client, metadata = kubelets.client(worker.node), worker.pod.metadata
    try:
        shown = client.find(core.Pod, metadata.name, metadata.namespace)
        if shown is not None:
            if shown.metadata.deletion_timestamp is None and shown.metadata.annotations.get(MIRROR) == worker.uid:
                return
            if is_mirror(shown):
                _remove(kubelets, worker.node, shown)
        node = client.get(core.Node, worker.node)
        owner = meta.OwnerReference(
            api_version="v1", kind="Node", name=worker.node, uid=node.metadata.uid or "", controller=True
        )
        own = meta.ObjectMeta(
            name=metadata.name,
            namespace=metadata.namespace,
            labels=metadata.labels,
            annotations={**metadata.annotations, MIRROR: worker.uid},
            owner_references=(owner,),
        )
        client.create(core.Pod(metadata=own, spec=worker.pod.spec, status=core.PodStatus(phase="Pending")))
    except errors.ApiError:
        return  # tried again with the next sync


def mirrored(kubelets: Kubelets, worker: Worker) -> Any | None:
    """The mirror pod that shows a static one; None without one, and for a pod whose manifest has been gone for a while,
    or has made room for another."""
    if worker.gone_at is not None and (_tidied(kubelets.now, worker.gone_at) or _succeeded(kubelets, worker)):
        return None
    metadata = worker.pod.metadata
    shown = kubelets.client(worker.node).find(core.Pod, metadata.name, metadata.namespace)
    return shown if shown is not None and shown.metadata.annotations.get(MIRROR) == worker.uid else None


def tidy(kubelets: Kubelets, worker: Worker) -> bool:
    """Whether a static pod that has ended is forgotten by now, with its mirror pod if no other takes its place."""
    if worker.gone_at is None or worker.phase != TERMINATED:
        return False
    if not _succeeded(kubelets, worker):
        try:
            metadata = worker.pod.metadata
            shown = kubelets.client(worker.node).find(core.Pod, metadata.name, metadata.namespace)
            if shown is not None and is_mirror(shown):
                _remove(kubelets, worker.node, shown)
        except errors.ApiError:
            return False
    return True


def tidy_later(kubelets: Kubelets, worker: Worker) -> None:
    """Look for what is left of a static pod when its kubelet next does."""
    due = exact((_rounds(kubelets.now) + 1) * HOUSEKEEPING_SECONDS + HOUSEKEEPING_BEGINS)
    kubelets.loop.schedule_at("kubelet", ("tidy", worker.uid), due)


def _rounds(now: float) -> int:
    """How often a kubelet has looked by now."""
    return floor((now - HOUSEKEEPING_BEGINS) / HOUSEKEEPING_SECONDS)


def _tidied(now: float, since: float) -> bool:
    return _rounds(now) != _rounds(since)


def _succeeded(kubelets: Kubelets, worker: Worker) -> bool:
    """Whether another manifest has the name of a static pod."""
    return worker.key in (kubelets.state.manifests.bucket(worker.node) or ())


def _remove(kubelets: Kubelets, node: str, mirror: Any) -> None:
    metadata = mirror.metadata
    kubelets.client(node).delete(core.Pod, metadata.name, metadata.namespace, uid=metadata.uid, grace_seconds=0)
