"""Pods: their service account, priority, tolerations, overhead and topology labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from ...objects import core, evolve, node, replaced, scheduling
from ...objects.references import controller_of
from ...values.frozen import FrozenMap, mapped
from ...values.memo import Lately, joined
from ...wellknown import MIRROR, NOT_READY, REGION, UNREACHABLE, ZONE
from ..request import Desk, Request
from .base import Plugin, refused
from .secrets import mirrored, unmountable

TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
TOKEN_SECONDS = 3607
"""Seconds a mounted token lives: an hour and a little, which marks it as one that the kubelet renews."""

ROOT_CA = "kube-root-ca.crt"
SYSTEM_PRIORITIES = {"system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000}
UNDEFINED_OVERHEAD = "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead"
OTHER_OVERHEAD = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead"
TOPOLOGY_LABELS = (REGION, ZONE)


class _PodPlugin(Plugin):
    resources = frozenset({"pods"})


class Amendment(NamedTuple):
    """What a plugin changes in a specification: from what it is worked out besides the specification, and how."""

    inputs: Any
    changes: Callable[[], dict[str, Any]]
    drawn: bool = False
    """Whether chance has a part in it, which is another one for each object."""


class SpecPlugin(_PodPlugin):
    """A plugin that changes fields of the specification that no other such plugin reads."""

    def amendment(self, request: Request, desk: Desk) -> Amendment | None:
        """What changes, or None; raises an ApiError to refuse the request."""
        raise NotImplementedError

    def admit(self, request: Request, desk: Desk) -> Any:
        return AmendedSpec((self,)).admit(request, desk)


class AmendedSpec(_PodPlugin):
    """Plugins that follow on each other and change the specification, which is made anew once for all of them.

    Pods with one specification share the result; if chance has a part in it, those that one controller stamps from
    one template.
    """

    name = "AmendedSpec"

    def __init__(self, plugins: tuple[SpecPlugin, ...]) -> None:
        self._plugins = plugins
        self._lately = Lately()
        """By the identity of a specification: itself, what else went in, and what came of it."""

    def admit(self, request: Request, desk: Desk) -> Any:
        obj = request.obj
        found = [plugin.amendment(request, desk) for plugin in self._plugins]
        amendments = [each for each in found if each is not None]
        if not amendments:
            return obj

        def amended() -> Any:
            changes: dict[str, Any] = {}
            for amendment in amendments:
                changes |= amendment.changes()
            return replaced(obj.spec, **changes)

        spec, inputs = obj.spec, tuple([amendment.inputs for amendment in amendments])
        if any(amendment.drawn for amendment in amendments):
            return replaced(obj, spec=desk.stamped(obj, "amended", inputs, amended))
        known = self._lately.get(id(spec))
        if known is None or known[1] != inputs:
            known = spec, inputs, amended()
            self._lately.keep(id(spec), known)
        return replaced(obj, spec=known[2])


class ServiceAccounts(SpecPlugin):
    """A Pod runs as a service account that exists, and gets its token mounted.

    Pods that one controller stamps from one template share the volume's name, and so their whole specification.
    """

    name = "ServiceAccount"

    def amendment(self, request: Request, desk: Desk) -> Amendment | None:
        obj = request.obj
        if MIRROR in obj.metadata.annotations:
            _refuse(request, mirrored(obj))
            return None
        namespace, name = obj.metadata.namespace, obj.spec.service_account_name or "default"
        account = desk.find(core.ServiceAccount, namespace, name)
        if account is None:
            text = f'error looking up service account {namespace}/{name}: serviceaccount "{name}" not found'
            raise refused(request, text)
        _refuse(request, unmountable(account, obj))
        drawn = _wants_token(obj.spec, account) and _token_volume(obj.spec) is None
        return Amendment(account, lambda: _with_account(obj, account, request, desk), drawn)


def _refuse(request: Request, why: str) -> None:
    """Raise Forbidden if there is a reason."""
    if why:
        raise refused(request, why)


def _with_account(obj: Any, account: Any, request: Request, desk: Desk) -> dict[str, Any]:
    """What changes in the specification of a pod that runs as an account: its token is mounted if it is wanted."""
    metadata, spec, name = obj.metadata, obj.spec, account.metadata.name
    changes: dict[str, Any] = {"service_account_name": name, "service_account": name}
    if not spec.image_pull_secrets and account.image_pull_secrets:
        changes["image_pull_secrets"] = account.image_pull_secrets
    if _wants_token(spec, account):
        owner = controller_of(obj)
        purpose: tuple[Any, ...] = (owner.uid,) if owner is not None else ()
        if not purpose:
            pod = f"pods/{metadata.namespace}/{metadata.name or metadata.generate_name}"
            purpose = (pod, *desk.occasion(request, pod))
        there = _token_volume(spec)
        drawn = f"{TOKEN_VOLUMES}{desk.entropy.suffix('token-volume', *purpose)}"
        changes |= _mounted(spec, there or drawn, there is None)
    return changes


def _token_volume(spec: Any) -> str | None:
    """The name of the volume with a token that a specification has already."""
    return next((each.name for each in spec.volumes if (each.name or "").startswith(TOKEN_VOLUMES)), None)


def _wants_token(spec: Any, account: Any) -> bool:
    if spec.automount_service_account_token is not None:
        return bool(spec.automount_service_account_token)
    return account.automount_service_account_token is not False


TOKEN_VOLUMES = "kube-api-access-"
TOKEN_MOUNT = core.VolumeMount(name="", read_only=True, mount_path=TOKEN_PATH)
TOKEN_VOLUME = core.Volume(
    name="",
    projected={
        "defaultMode": 0o644,
        "sources": [
            {"serviceAccountToken": {"path": "token", "expirationSeconds": TOKEN_SECONDS}},
            {"configMap": {"name": ROOT_CA, "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
            {
                "downwardAPI": {
                    "items": [
                        {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}
                    ]
                }
            },
        ],
    },
)
"""The projected volume of a service account's token; each pod's has a name of its own."""


def _mounted(spec: Any, volume_name: str, new: bool) -> dict[str, Any]:
    """What changes in a specification when the token, of which there may be a volume, is mounted in every container
    that has nothing there."""
    mount = replaced(TOKEN_MOUNT, name=volume_name)

    def with_mount(container: Any) -> Any:
        for other in container.volume_mounts:
            if other.mount_path == TOKEN_PATH:
                return container
        return replaced(container, volume_mounts=(*container.volume_mounts, mount))

    containers, init_containers = mapped(spec.containers, with_mount), mapped(spec.init_containers, with_mount)
    if containers is spec.containers and init_containers is spec.init_containers:
        return {}
    volumes = (*spec.volumes, replaced(TOKEN_VOLUME, name=volume_name)) if new else spec.volumes
    return {"volumes": volumes, "containers": containers, "init_containers": init_containers}


class Priority(SpecPlugin):
    """`priority` comes from the priority class: the named one, the global default, or 0."""

    name = "Priority"
    operations = frozenset({"CREATE", "UPDATE"})

    def amendment(self, request: Request, desk: Desk) -> Amendment | None:
        obj = request.obj
        spec = obj.spec
        if request.operation == "UPDATE":
            return _kept(spec, request.old.spec)
        name, value, policy = self._class_of(request, desk)
        if spec.priority is not None and spec.priority != value:
            text = (
                f"the integer value of priority ({spec.priority}) must not be provided in pod spec; "
                f"priority admission controller computed {value} from the given PriorityClass name"
            )
            raise refused(request, text)
        if spec.preemption_policy is not None and spec.preemption_policy != policy:
            text = (
                f"the string value of PreemptionPolicy ({spec.preemption_policy}) must not be provided in pod spec; "
                f"priority admission controller computed {policy} from the given PriorityClass name"
            )
            raise refused(request, text)
        changes = {"priority": value, "preemption_policy": spec.preemption_policy or policy}
        if name:
            changes["priority_class_name"] = name
        if all(getattr(spec, key) == wanted for key, wanted in changes.items()):
            return None
        return Amendment(tuple(changes.items()), lambda: changes)

    def _class_of(self, request: Request, desk: Desk) -> tuple[str | None, int, str]:
        obj = request.obj
        wanted = obj.spec.priority_class_name
        if wanted in SYSTEM_PRIORITIES:
            return wanted, SYSTEM_PRIORITIES[wanted], "PreemptLowerPriority"
        if wanted:
            found = desk.find(scheduling.PriorityClass, None, wanted)
            if found is None:
                text = f"no PriorityClass with name {wanted} was found"
                raise refused(request, text)
            return wanted, found.value, found.preemption_policy or "PreemptLowerPriority"
        chosen: Any = None
        for each in desk.list(scheduling.PriorityClass):
            if each.global_default and (chosen is None or each.value < chosen.value):
                chosen = each
        if chosen is None:
            return None, 0, "PreemptLowerPriority"
        return chosen.metadata.name, chosen.value, chosen.preemption_policy or "PreemptLowerPriority"


def _kept(spec: Any, old: Any) -> Amendment | None:
    """What a changed pod does not say of its priority is as it was."""
    changes = {name: getattr(old, name) for name in ("priority", "preemption_policy") if getattr(spec, name) is None}
    changes = {name: value for name, value in changes.items() if value is not None}
    return Amendment(tuple(changes.items()), lambda: changes) if changes else None


EVICTED_LATE = tuple(
    core.Toleration(key=key, operator="Exists", effect="NoExecute", toleration_seconds=300)
    for key in (NOT_READY, UNREACHABLE)
)


def _tolerated(tolerations: tuple[Any, ...], key: str | None) -> bool:
    return any(each.key in (key, None) and each.effect in ("NoExecute", None) for each in tolerations)


class DefaultTolerationSeconds(SpecPlugin):
    """A Pod stays five minutes on a node that is not ready or unreachable, unless it says otherwise."""

    name = "DefaultTolerationSeconds"
    operations = frozenset({"CREATE", "UPDATE"})

    def amendment(self, request: Request, desk: Desk) -> Amendment | None:
        own = request.obj.spec.tolerations
        missing = tuple([each for each in EVICTED_LATE if not _tolerated(own, each.key)]) if own else EVICTED_LATE
        if not missing:
            return None
        tolerations = (*own, *missing) if own else missing
        return Amendment(tolerations, lambda: {"tolerations": tolerations})


class RuntimeClassOverhead(_PodPlugin):
    """A Pod of a runtime class carries its overhead, node selector and tolerations."""

    name = "RuntimeClass"

    def admit(self, request: Request, desk: Desk) -> Any:
        obj = request.obj
        spec = obj.spec
        found = _runtime_class(request, desk)
        if found is None:
            return obj
        changes: dict[str, Any] = {}
        if found.overhead is not None:
            fixed = found.overhead.pod_fixed
            _refuse(request, OTHER_OVERHEAD if spec.overhead and spec.overhead != fixed else "")
            changes["spec.overhead"] = fixed
        if found.scheduling is not None:
            for key, value in found.scheduling.node_selector.items():
                if spec.node_selector.get(key, value) != value:
                    text = (
                        "conflict: runtimeClass.scheduling.nodeSelector"
                        f"[{key}] = {value}; pod.spec.nodeSelector[{key}] = {spec.node_selector[key]}"
                    )
                    _refuse(request, text)
            changes["spec.node_selector"] = FrozenMap({**spec.node_selector, **found.scheduling.node_selector})
            extra = tuple(t for t in found.scheduling.tolerations if t not in spec.tolerations)
            changes["spec.tolerations"] = (*spec.tolerations, *extra)
        return evolve(obj, changes) if changes else obj

    def validate(self, request: Request, desk: Desk) -> None:
        overhead = request.obj.spec.overhead
        if not overhead and not request.obj.spec.runtime_class_name:
            return
        found = _runtime_class(request, desk)
        if found is not None and found.overhead is not None:
            _refuse(request, OTHER_OVERHEAD if overhead != found.overhead.pod_fixed else "")
        else:
            _refuse(request, UNDEFINED_OVERHEAD if overhead else "")


def _runtime_class(request: Request, desk: Desk) -> Any:
    """The runtime class that a pod names, or None if it names none. Raises Forbidden if it is not there."""
    name = request.obj.spec.runtime_class_name
    if not name:
        return None
    found = desk.find(node.RuntimeClass, None, name)
    if found is None:
        _refuse(request, f'pod rejected: RuntimeClass "{name}" not found')
    return found


class PodTopologyLabels(_PodPlugin):
    """A Pod that is bound to a node, or created on one, gets the node's zone and region as labels."""

    name = "PodTopologyLabels"
    operations = frozenset({"CREATE", "UPDATE"})
    subresources = frozenset({"", "binding"})

    def admit(self, request: Request, desk: Desk) -> Any:
        obj = request.obj
        name = obj.target.name if request.subresource else obj.spec.node_name
        if not name or (request.old is not None and request.old.spec.node_name):
            return obj
        target = desk.find(core.Node, None, name)
        if target is None:
            return obj
        labels = joined(obj.metadata.labels, _place(*_places(target.metadata.labels)))
        return obj if labels is obj.metadata.labels else replaced(obj, metadata=replaced(obj.metadata, labels=labels))


def _places(labels: Mapping[str, str]) -> tuple[str | None, ...]:
    return tuple([labels.get(label) for label in TOPOLOGY_LABELS])


@lru_cache(maxsize=256)
def _place(*values: str | None) -> FrozenMap[str, str]:
    """The labels that say where a node is; one map for all nodes of a place."""
    return FrozenMap({label: value for label, value in zip(TOPOLOGY_LABELS, values, strict=True) if value is not None})
