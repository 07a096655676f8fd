"""Pods: their service account, priority, tolerations, overhead and topology labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...objects import core, evolve, node, scheduling
from ...values.frozen import FrozenMap
from .. import failures
from ..resources import Resource
from .base import Plugin

if TYPE_CHECKING:
    from ..server import ApiServer, Context

TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
TOKEN_SECONDS = 3607
"""Seconds a mounted token lives: an hour and a little, which marks it as one that the kubelet renews."""

ROOT_CA = "kube-root-ca.crt"
SYSTEM_PRIORITIES = {"system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000}
MIRROR = "kubernetes.io/config.mirror"
TOPOLOGY_LABELS = ("topology.kubernetes.io/region", "topology.kubernetes.io/zone")


class _PodPlugin(Plugin):
    resources = frozenset({"pods"})


class ServiceAccounts(_PodPlugin):
    """A Pod runs as a service account that exists, and gets its token mounted.

    Pods that one controller stamps from one template share the volume's name, and so their whole specification.
    """

    name = "ServiceAccount"

    def admit(self, server: ApiServer, resource: Resource, obj: Any, old: Any | None, context: Context) -> Any:
        if MIRROR in obj.metadata.annotations:
            return obj
        spec = obj.spec
        name = spec.service_account_name or "default"
        account = server.by_type(core.ServiceAccount, obj.metadata.namespace, name)
        if account is None:
            text = (
                f'error looking up service account {obj.metadata.namespace}/{name}: serviceaccount "{name}" not found'
            )
            raise failures.forbidden(resource.kind, obj.metadata.name or "", text)
        owner = next((ref.uid for ref in obj.metadata.owner_references if ref.controller), "")
        known = server.memo.get(f"token/{owner}") if owner else None
        if known is not None and known[0] is spec and known[1] is account:
            return evolve(obj, spec=known[2])
        changed = evolve(spec, service_account_name=name, service_account=name)
        if not changed.image_pull_secrets and account.image_pull_secrets:
            changed = evolve(changed, image_pull_secrets=account.image_pull_secrets)
        if _wants_token(spec, account):
            changed = _mounted(changed, f"kube-api-access-{server.entropy.suffix('token-volume')}")
        if owner and not context.dry_run:
            server.memo[f"token/{owner}"] = (spec, account, changed)
        return evolve(obj, spec=changed)


def _wants_token(spec: Any, account: Any) -> bool:
    if spec.automount_service_account_token is not None:
        return bool(spec.automount_service_account_token)
    return account.automount_service_account_token is not False


def _mounted(spec: Any, volume_name: str) -> Any:
    mount = core.VolumeMount(name=volume_name, read_only=True, mount_path=TOKEN_PATH)

    def with_mount(container: Any) -> Any:
        if any(other.mount_path == TOKEN_PATH for other in container.volume_mounts):
            return container
        return evolve(container, volume_mounts=(*container.volume_mounts, mount))

    containers = tuple(with_mount(container) for container in spec.containers)
    init_containers = tuple(with_mount(container) for container in spec.init_containers)
    both = (*zip(containers, spec.containers, strict=True), *zip(init_containers, spec.init_containers, strict=True))
    if all(new is old for new, old in both):
        return spec
    volume = core.Volume(
        name=volume_name,
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
    return evolve(spec, volumes=(*spec.volumes, volume), containers=containers, init_containers=init_containers)


class Priority(_PodPlugin):
    """`priority` comes from the priority class: the named one, the global default, or 0."""

    name = "Priority"

    def admit(self, server: ApiServer, resource: Resource, obj: Any, old: Any | None, context: Context) -> Any:
        spec = obj.spec
        name, value, policy = self._class_of(server, resource, obj)
        if spec.priority is not None and spec.priority != value:
            text = (
                f"the integer value of priority ({spec.priority}) must not be provided in pod spec; "
                f"priority admission controller computed {value} from the given PriorityClass name"
            )
            raise failures.forbidden(resource.kind, obj.metadata.name or "", text)
        changes = {"priority": value, "preemption_policy": spec.preemption_policy or policy}
        if name:
            changes["priority_class_name"] = name
        if all(getattr(spec, key) == wanted for key, wanted in changes.items()):
            return obj
        return evolve(obj, spec=_shared_evolve(server, obj, "priority", changes))

    def _class_of(self, server: ApiServer, resource: Resource, obj: Any) -> tuple[str | None, int, str]:
        wanted = obj.spec.priority_class_name
        if wanted in SYSTEM_PRIORITIES:
            return wanted, SYSTEM_PRIORITIES[wanted], "PreemptLowerPriority"
        if wanted:
            found = server.by_type(scheduling.PriorityClass, None, wanted)
            if found is None:
                text = f"no PriorityClass with name {wanted} was found"
                raise failures.forbidden(resource.kind, obj.metadata.name or "", text)
            return wanted, found.value, found.preemption_policy or "PreemptLowerPriority"
        classes = server.resources.of(scheduling.PriorityClass)
        chosen = None
        for pair in server.store.items(classes.prefix):
            if pair.value.global_default and (chosen is None or pair.value.value < chosen.value):
                chosen = pair.value
        if chosen is None:
            return None, 0, "PreemptLowerPriority"
        return chosen.metadata.name, chosen.value, chosen.preemption_policy or "PreemptLowerPriority"


class DefaultTolerationSeconds(_PodPlugin):
    """A Pod stays five minutes on a node that is not ready or unreachable, unless it says otherwise."""

    name = "DefaultTolerationSeconds"
    operations = frozenset({"CREATE", "UPDATE"})
    seconds = 300

    def admit(self, server: ApiServer, resource: Resource, obj: Any, old: Any | None, context: Context) -> Any:
        missing = [
            core.Toleration(key=key, operator="Exists", effect="NoExecute", toleration_seconds=self.seconds)
            for key in ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
            if not any(
                (toleration.key in (key, None)) and toleration.effect in ("NoExecute", None)
                for toleration in obj.spec.tolerations
            )
        ]
        if not missing:
            return obj
        changes = {"tolerations": (*obj.spec.tolerations, *missing)}
        return evolve(obj, spec=_shared_evolve(server, obj, "tolerations", changes))


class RuntimeClassOverhead(_PodPlugin):
    """A Pod of a runtime class carries its overhead, node selector and tolerations."""

    name = "RuntimeClass"

    def admit(self, server: ApiServer, resource: Resource, obj: Any, old: Any | None, context: Context) -> Any:
        spec = obj.spec
        if not spec.runtime_class_name:
            return obj
        name = obj.metadata.name or ""
        found = server.by_type(node.RuntimeClass, None, spec.runtime_class_name)
        if found is None:
            text = f'pod rejected: RuntimeClass "{spec.runtime_class_name}" not found'
            raise failures.forbidden(resource.kind, name, text)
        changes: dict[str, Any] = {}
        fixed = found.overhead.pod_fixed if found.overhead is not None else FrozenMap()
        if spec.overhead and spec.overhead != fixed:
            text = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead"
            raise failures.forbidden(resource.kind, name, text)
        if fixed:
            changes["overhead"] = fixed
        if found.scheduling is not None:
            for key, value in found.scheduling.node_selector.items():
                if spec.node_selector.get(key, value) != value:
                    text = (
                        "pod rejected: conflict: runtimeClass.scheduling.nodeSelector"
                        f"[{key}] = {value}; pod.spec.nodeSelector[{key}] = {spec.node_selector[key]}"
                    )
                    raise failures.forbidden(resource.kind, name, text)
            changes["node_selector"] = FrozenMap({**spec.node_selector, **found.scheduling.node_selector})
            extra = tuple(t for t in found.scheduling.tolerations if t not in spec.tolerations)
            changes["tolerations"] = (*spec.tolerations, *extra)
        return evolve(obj, spec=evolve(spec, **changes)) if changes else obj


class PodTopologyLabels(_PodPlugin):
    """A Pod that is bound to a node, or created on one, gets the node's zone and region as labels."""

    name = "PodTopologyLabels"
    operations = frozenset({"CREATE", "UPDATE"})
    subresources = frozenset({"", "binding"})

    def admit(self, server: ApiServer, resource: Resource, obj: Any, old: Any | None, context: Context) -> Any:
        if not obj.spec.node_name or (old is not None and old.spec.node_name):
            return obj
        target = server.by_type(core.Node, None, obj.spec.node_name)
        if target is None:
            return obj
        had = target.metadata.labels
        copied = {name: had[name] for name in TOPOLOGY_LABELS if name in had}
        if not copied or all(obj.metadata.labels.get(name) == value for name, value in copied.items()):
            return obj
        labels = FrozenMap({**obj.metadata.labels, **copied})
        return evolve(obj, metadata=evolve(obj.metadata, labels=labels))


def _shared_evolve(server: ApiServer, obj: Any, step: str, changes: dict[str, Any]) -> Any:
    """`evolve(obj.spec, **changes)`, the same result object again for every pod of one controller and template."""
    spec = obj.spec
    owner = next((ref.uid for ref in obj.metadata.owner_references if ref.controller), "")
    if not owner:
        return evolve(spec, **changes)
    known = server.memo.get(f"{step}/{owner}")
    if known is not None and known[0] is spec and known[1] == changes:
        return known[2]
    result = evolve(spec, **changes)
    server.memo[f"{step}/{owner}"] = (spec, changes, result)
    return result
