"""Containers of a pod: images, ports, variables, probes, hooks, mounts, resources.

What is asked of a container alone is in tables. What depends on its pod (volumes, claims, the time that it has to
stop, whose users it has) asks the pod's `Scene`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from ....objects import core
from ....objects.schema import Type
from ....values import names
from ....values.memo import Memo
from ...failures import (
    FieldError,
    duplicate,
    forbidden_field,
    invalid_value,
    missing_reference,
    not_supported,
    too_many,
)
from ...failures import required as missing
from ...rows import MANY, NONE, Rows, below, choice, each, struct, when
from ...rules import (
    config_key,
    dns_label,
    named,
    no_backsteps,
    nonzero,
    not_negative,
    port,
    port_name,
    port_number,
    relative_path,
    required,
    union,
)
from ..amounts import container_resource, requirements
from .references import container_amount, pod_field
from .security import container_security, containers_of, host_users

ENV_FIELDS = (
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
)
SOURCES = ("field_ref", "resource_field_ref", "config_map_key_ref", "secret_key_ref", "file_key_ref")
SOURCE_NAMES = "`fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
HANDLERS = "may not specify more than 1 handler type"
NO_HANDLER = "must specify a handler type"
RULES_MAX = 20
CODES_MAX = 255


# Variables and ports

env_name = named("env_name", names.is_relaxed_env_var_name)
object_name = named("object_name", names.is_dns1123_subdomain, empty=True)
KEY_REFERENCE = struct({"name": object_name, "key": (required, config_key)}, declared=False)
FILE_REFERENCE = struct(
    {"key": (required, env_name), "volumeName": (required, dns_label), "path": (required, no_backsteps)},
    declared=False,
)


def _one_source(variable: Any) -> Iterator[FieldError]:
    """The value of a variable comes from one place."""
    source = variable.value_from
    given = sum([getattr(source, name) is not None for name in SOURCES])
    if not given:
        yield invalid_value("valueFrom", "", f"must specify one of: {SOURCE_NAMES}")
    elif variable.value:
        yield invalid_value("valueFrom", "", "may not be specified when `value` is not empty")
    elif given > 1:
        yield invalid_value("valueFrom", "", "may not have more than one field specified at a time")


ENV = struct(
    {
        "name": (required, env_name),
        "valueFrom": struct(
            {
                "fieldRef": pod_field(ENV_FIELDS),
                "resourceFieldRef": container_amount,
                "configMapKeyRef": KEY_REFERENCE,
                "secretKeyRef": KEY_REFERENCE,
                "fileKeyRef": FILE_REFERENCE,
            },
            declared=False,
        ),
    },
    when("valueFrom", then=_one_source),
    declared=False,
)


def env_from(sources: Sequence[Any]) -> Iterator[FieldError]:
    """Everything in a config map or in a secret as variables."""
    for index, source in enumerate(sources):
        for text in names.is_relaxed_env_var_name(source.prefix) if source.prefix else ():
            yield invalid_value(f"[{index}].prefix", source.prefix, text)
        given = [("configMapRef", source.config_map_ref), ("secretRef", source.secret_ref)]
        given = [(name, reference) for name, reference in given if reference is not None]
        for name, reference in given:
            yield from below(f"[{index}].{name}.name", _name_or_prefix(reference.name or ""))
        if not given:
            yield invalid_value("", "", "must specify one of: `configMapRef` or `secretRef`")
        elif len(given) > 1:
            yield invalid_value("", "", "may not have more than one field specified at a time")


def _name_or_prefix(name: str) -> Iterator[FieldError]:
    if not name:
        yield missing("")
        return
    masked = f"{name[:-2]}a" if len(name) > 1 and name.endswith("-") else name
    for text in names.is_dns1123_subdomain(masked):
        yield invalid_value("", name, text)


PORTS = each(
    {
        "name": port_name,
        "containerPort": (nonzero, port_number),
        "hostPort": port_number,
        "protocol": (required, choice),
    },
    unique="name",
    memo=True,
)


# Probes and hooks


def _header_names(action: Any) -> Iterator[FieldError]:
    for header in action.http_headers:
        for text in names.is_http_header_name(header.name):
            yield invalid_value("httpHeaders", header.name, text)


def _scheme(action: Any) -> Iterable[FieldError]:
    known = ("HTTP", "HTTPS")
    return NONE if action.scheme in known else (not_supported("scheme", action.scheme or "", known),)


ACTIONS: Mapping[str, Any] = {
    "exec": struct({"command": required}, declared=False),
    "httpGet": struct(
        {"path": required, "port": port}, _scheme, when("httpHeaders", then=_header_names), declared=False
    ),
    "tcpSocket": struct({"port": port}, declared=False),
}
HANDLER = union({**ACTIONS, "grpc": struct({"port": port_number}, declared=False)}, none=NO_HANDLER, several=HANDLERS)
PROBE = {
    "initialDelaySeconds": not_negative,
    "timeoutSeconds": not_negative,
    "periodSeconds": not_negative,
    "successThreshold": not_negative,
    "failureThreshold": not_negative,
}


def _grace(probe: Any) -> Iterator[FieldError]:
    seconds = probe.termination_grace_period_seconds
    if seconds <= 0:
        yield invalid_value("terminationGracePeriodSeconds", seconds, "must be greater than 0")


def _succeeds_at_once(probe: Any) -> Iterable[FieldError]:
    """What restarts a container is undone by a single success."""
    times = probe.success_threshold
    return NONE if times == 1 else (invalid_value("successThreshold", times or 0, "must be 1"),)


def _no_grace(probe: Any) -> Iterator[FieldError]:
    seconds = probe.termination_grace_period_seconds
    yield invalid_value("terminationGracePeriodSeconds", seconds, "must not be set for readinessProbes")


GRACE = when("terminationGracePeriodSeconds", then=_grace)
NO_GRACE = when("terminationGracePeriodSeconds", then=_no_grace)
RESTARTING_PROBE = struct(HANDLER, PROBE, GRACE, _succeeds_at_once, memo=True, declared=False)
PROBES = Rows(
    core.Container,
    {
        "livenessProbe": RESTARTING_PROBE,
        "readinessProbe": struct(HANDLER, PROBE, GRACE, NO_GRACE, memo=True, declared=False),
        "startupProbe": RESTARTING_PROBE,
    },
    declared=False,
)
HOOK = union({**ACTIONS, "sleep": ()}, none=NO_HANDLER, several=HANDLERS).bind(Type("struct", core.LifecycleHandler))


def lifecycle(hooks: Any, grace: int | None) -> Iterator[FieldError]:
    """Hooks that do one thing each, and sleep no longer than the pod has to stop."""
    for name, hook in (("postStart", hooks.post_start), ("preStop", hooks.pre_stop)):
        if hook is None:
            continue
        yield from below(name, HOOK(hook))
        alone = hook.sleep is not None and hook._exec is None and hook.http_get is None and hook.tcp_socket is None
        if alone and grace is not None and not 0 <= hook.sleep.seconds <= grace:
            text = f"must be non-negative and less than terminationGracePeriodSeconds ({grace})"
            yield invalid_value(f"{name}.sleep", hook.sleep.seconds, text)


# What a container has of its pod


@attrs.frozen
class Scene:
    """What a container needs to know of the pod that it is in."""

    volumes: Mapping[str, Any]
    claims: tuple[str, ...]
    grace: int | None
    host_users: bool
    restarts: str | None

    @classmethod
    def of(cls, spec: Any, volumes: Mapping[str, Any]) -> Scene:
        """The scene of a pod's specification. Of its volumes only those count with which nothing is wrong."""
        return cls(
            volumes,
            tuple([claim.name for claim in spec.resource_claims if claim.name]),
            spec.termination_grace_period_seconds,
            host_users(spec),
            spec.restart_policy,
        )


def mounts(container: Any, scene: Scene) -> Iterator[FieldError]:
    """What is mounted exists, each at a path of its own. Some complaints do not say which mount is meant."""
    devices = container.volume_devices
    names_of = {device.name for device in devices}
    paths_of = {device.device_path for device in devices}
    seen: set[str] = set()
    for index, mount in enumerate(container.volume_mounts):
        name, path = mount.name, mount.mount_path
        if not name:
            yield missing(f"[{index}].name")
        if name not in scene.volumes:
            yield missing_reference(f"[{index}].name", name)
        if not path:
            yield missing(f"[{index}].mountPath")
        if path in seen:
            yield invalid_value(f"[{index}].mountPath", path, "must be unique")
        seen.add(path)
        if name in names_of:
            yield invalid_value(f"[{index}].name", name, "must not already exist in volumeDevices")
        if path in paths_of:
            text = "must not already exist as a path in volumeDevices"
            yield invalid_value(f"[{index}].mountPath", path, text)
        if mount.sub_path:
            yield from below("subPath", relative_path(mount.sub_path))
        if mount.sub_path_expr:
            if mount.sub_path:
                text = "subPathExpr and subPath are mutually exclusive"
                yield invalid_value(f"[{index}].subPathExpr", mount.sub_path_expr, text)
            yield from below("subPathExpr", relative_path(mount.sub_path_expr))
        if mount.mount_propagation is not None or mount.recursive_read_only is not None:
            yield from _how_mounted(mount, container)


PROPAGATIONS = ("Bidirectional", "HostToContainer", "None")


def _how_mounted(mount: Any, container: Any) -> Iterator[FieldError]:
    propagation, recursive = mount.mount_propagation, mount.recursive_read_only
    if propagation not in (None, *PROPAGATIONS):
        yield not_supported("mountPropagation", propagation, PROPAGATIONS)
    context = container.security_context
    if propagation == "Bidirectional" and not (context is not None and context.privileged):
        text = "Bidirectional mount propagation is available only to privileged containers"
        yield forbidden_field("mountPropagation", text)
    if recursive in ("Enabled", "IfPossible"):
        if not mount.read_only:
            yield forbidden_field("recursiveReadOnly", "may only be specified when readOnly is true")
        if propagation not in (None, "None"):
            text = "may only be specified when mountPropagation is None or not specified"
            yield forbidden_field("recursiveReadOnly", text)
    elif recursive not in (None, "Disabled"):
        yield not_supported("recursiveReadOnly", recursive, ("Disabled", "Enabled", "IfPossible"))


def devices(container: Any, scene: Scene) -> Iterator[FieldError]:
    """Raw devices are of claims, and nothing else stands at their paths."""
    names_of = {mount.name for mount in container.volume_mounts}
    paths_of = {mount.mount_path for mount in container.volume_mounts}
    seen_names: set[str] = set()
    seen_paths: set[str] = set()
    for index, device in enumerate(container.volume_devices):
        name, path = device.name, device.device_path
        volume = scene.volumes.get(name)
        if not name:
            yield missing(f"[{index}].name")
        if name in seen_names:
            yield invalid_value(f"[{index}].name", name, "must be unique")
        if volume is None:
            yield missing_reference(f"[{index}].name", name)
        elif volume.persistent_volume_claim is None and volume.ephemeral is None:
            text = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode"
            yield invalid_value(f"[{index}].name", name, text)
        if not path:
            yield missing(f"[{index}].devicePath")
        if path in seen_paths:
            yield invalid_value(f"[{index}].devicePath", path, "must be unique")
        if path and list(no_backsteps(path)):
            yield invalid_value(f"[{index}].devicePath", path, "can not contain backsteps ('..')")
        else:
            seen_paths.add(path)
        if name in names_of:
            yield invalid_value(f"[{index}].name", name, "must not already exist in volumeMounts")
        if path in paths_of:
            yield invalid_value(f"[{index}].devicePath", path, "must not already exist as a path in volumeMounts")
        if name:
            seen_names.add(name)


def claimed(claims: Sequence[Any], of_pod: Sequence[str]) -> Iterator[FieldError]:
    """The claims that a container uses are the pod's."""
    keys: set[str] = set()
    named_in_part: set[str] = set()
    for index, claim in enumerate(claims):
        name, key = claim.name, claim.name
        if not name:
            yield missing(f"[{index}]")
            continue
        if name in keys:
            yield duplicate(f"[{index}]", name)
        else:
            if claim.request:
                for text in names.is_dns1123_label(claim.request):
                    yield invalid_value(f"[{index}].request", claim.request, text)
                key = f"{name}/{claim.request}"
            if key in keys:
                yield duplicate(f"[{index}]", key)
            elif not claim.request and name in named_in_part:
                yield duplicate(f"[{index}]", name)
            keys.add(key)
            if claim.request:
                named_in_part.add(name)
        if name not in of_pod:
            among = f": {', '.join(sorted(set(of_pod)))}" if of_pod else " which is empty"
            problem = missing_reference(f"[{index}]", name)
            yield problem._replace(text=f"{problem.text}: must be one of the names in pod.spec.resourceClaims{among}")


def resize_policy(policies: Sequence[Any], scene: Scene) -> Iterator[FieldError]:
    """What happens to a container whose resources change."""
    seen: set[str] = set()
    for index, policy in enumerate(policies):
        name, restart = policy.resource_name, policy.restart_policy
        if name in seen:
            yield duplicate(f"[{index}]", name)
        seen.add(name)
        if not name:
            yield missing("")
        elif name not in ("cpu", "memory"):
            yield not_supported("", name, ("cpu", "memory"))
        if not restart:
            yield missing("")
        elif restart not in ("NotRequired", "RestartContainer"):
            yield not_supported("", restart, ("NotRequired", "RestartContainer"))
        if scene.restarts == "Never" and restart != "NotRequired":
            yield invalid_value("", restart, "must be 'NotRequired' when pod `restartPolicy` is 'Never'")


_resources = Memo(lambda resources: requirements(resources, container_resource))
"""What the containers of a template ask for is looked at once, as are their ports, variables and probes."""

FIRST = {
    "name": (required, dns_label),
    "image": required,
    "terminationMessagePolicy": (required, choice),
    "ports": PORTS,
    "env": each(ENV, memo=True),
    "envFrom": env_from,
}
THEN = {"imagePullPolicy": (required, choice)}
FIRST_OF, THEN_OF = (
    {cls: Rows(cls, table, declared=False) for cls in (core.Container, core.EphemeralContainer)}
    for table in (FIRST, THEN)
)


def container(value: Any, scene: Scene) -> list[FieldError]:
    """What is asked of every container, whatever its part in the pod."""
    found = FIRST_OF[type(value)](value)
    if value.volume_mounts:
        found.extend(below("volumeMounts", mounts(value, scene)))
    if value.volume_devices:
        found.extend(below("volumeDevices", devices(value, scene)))
    found += THEN_OF[type(value)](value)
    resources = value.resources
    if resources.limits or resources.requests:
        found.extend(below("resources", _resources(resources)))
    if resources.claims:
        found.extend(below("resources.claims", claimed(resources.claims, scene.claims)))
    if value.resize_policy:
        found.extend(below("resizePolicy", resize_policy(value.resize_policy, scene)))
    if value.security_context is not None:
        found.extend(below("securityContext", container_security(value.security_context, scene.host_users)))
    return found


# Containers by their part


RULES_WITHOUT = "must specify restartPolicy when restart rules are used"


def restart_rules(value: Any) -> Iterator[FieldError]:
    """When a container is restarted by itself."""
    policy, rules = value.restart_policy, value.restart_policy_rules
    if policy is None and rules:
        yield missing("restartPolicy", RULES_WITHOUT)
    elif policy not in (None, "Always", "Never", "OnFailure"):
        yield not_supported("restartPolicy", policy, ("Always", "Never", "OnFailure"))
    if len(rules) > RULES_MAX:
        yield too_many("restartPolicyRules", len(rules), RULES_MAX)
    for index, rule in enumerate(rules):
        where = f"restartPolicyRules[{index}]"
        if rule.action not in ("Restart", "RestartAllContainers"):
            yield not_supported(f"{where}.action", rule.action or "", ("Restart", "RestartAllContainers"))
        codes = rule.exit_codes
        if codes is None:
            yield missing(f"{where}.exitCodes", "must be specified")
            continue
        if codes.operator not in ("In", "NotIn"):
            yield not_supported(f"{where}.exitCodes.operator", codes.operator or "", ("In", "NotIn"))
        if len(codes.values) > CODES_MAX:
            yield too_many(f"{where}.exitCodes.values", len(codes.values), CODES_MAX)


def containers(spec: Any, volumes: Mapping[str, Any]) -> list[FieldError]:
    """The containers of a pod: those that are its purpose, those that prepare, and those that look at the others."""
    scene = Scene.of(spec, volumes)
    found: list[FieldError] = []
    if not spec.containers:
        found.append(missing("containers"))
    seen: set[str] = set()
    for index, value in enumerate(spec.containers):
        problems = _main(value, scene, seen)
        seen.add(value.name)
        if problems:
            found.extend(below(f"containers[{index}]", problems))
            if len(found) > MANY:
                return found
    found.extend(below("containers", _host_ports(spec.containers)))
    for index, value in enumerate(spec.init_containers):
        problems = [*_init(value, scene, seen)]
        if value.name:
            seen.add(value.name)
        if problems:
            found.extend(below(f"initContainers[{index}]", problems))
            if len(found) > MANY:
                return found
        found.extend(below("initContainers", _host_ports([value])))
    if spec.ephemeral_containers:
        found.extend(below("ephemeralContainers", _ephemeral(spec.ephemeral_containers, scene, seen)))
    return found


def _main(value: Any, scene: Scene, seen: Iterable[str]) -> list[FieldError]:
    found = container(value, scene)
    if value.name in seen:
        found.append(duplicate("name", value.name))
    if value.lifecycle is not None:
        found.extend(below("lifecycle", lifecycle(value.lifecycle, scene.grace)))
    found += PROBES(value)
    if value.restart_policy is not None or value.restart_policy_rules:
        found.extend(restart_rules(value))
    return found


def _init(value: Any, scene: Scene, seen: Iterable[str]) -> Iterator[FieldError]:
    yield from container(value, scene)
    if value.restart_policy is not None:
        yield from restart_rules(value)
    elif value.restart_policy_rules:
        yield missing("restartPolicy", RULES_WITHOUT)
    if value.name in seen:
        yield duplicate("name", value.name)
    if value.restart_policy == "Always":
        if value.lifecycle is not None:
            yield from below("lifecycle", lifecycle(value.lifecycle, scene.grace))
        yield from PROBES(value)
        return
    for name, found in (
        ("lifecycle", value.lifecycle),
        ("livenessProbe", value.liveness_probe),
        ("readinessProbe", value.readiness_probe),
        ("startupProbe", value.startup_probe),
    ):
        if found is not None:
            yield forbidden_field(name, "may not be set for init containers without restartPolicy=Always")
    for index, policy in enumerate(value.resize_policy):
        if policy.restart_policy == "RestartContainer":
            text = "must not be set to 'RestartContainer' for non-sidecar initContainers"
            yield invalid_value(f"resizePolicy[{index}].restartPolicy", policy.restart_policy, text)


NOT_EPHEMERAL = (
    ("ports", "ports"),
    ("resources", "resources"),
    ("resizePolicy", "resize_policy"),
    ("restartPolicy", "restart_policy"),
    ("restartPolicyRules", "restart_policy_rules"),
    ("livenessProbe", "liveness_probe"),
    ("readinessProbe", "readiness_probe"),
    ("startupProbe", "startup_probe"),
    ("lifecycle", "lifecycle"),
)
EMPTY = core.ResourceRequirements()


def _ephemeral(values: Sequence[Any], scene: Scene, others: Iterable[str]) -> Iterator[FieldError]:
    """Containers that look at others: they come late, and have nothing that would have to be planned."""
    targets = frozenset(others)
    seen = set(others)
    text = "cannot be set for an Ephemeral Container"
    for index, value in enumerate(values):
        problems = [*container(value, scene), *untrimmed(value)]
        if value.name in seen:
            problems.append(duplicate("name", value.name))
        seen.add(value.name)
        if value.target_container_name and value.target_container_name not in targets:
            problems.append(missing_reference("targetContainerName", value.target_container_name))
        for name, attribute in NOT_EPHEMERAL:
            given = getattr(value, attribute)
            if given and given != EMPTY:
                problems.append(forbidden_field(name, text))
        for number, mount in enumerate(value.volume_mounts):
            for name, path in (("subPath", mount.sub_path), ("subPathExpr", mount.sub_path_expr)):
                if path:
                    problems.append(forbidden_field(f"volumeMounts[{number}].{name}", text))
        yield from below(f"[{index}]", problems)


def untrimmed(value: Any) -> Iterator[FieldError]:
    """The name of an image is taken as it is; a template may still be completed."""
    if value.image and value.image != value.image.strip():
        yield invalid_value("image", value.image, "must not have leading or trailing whitespace")


def _host_ports(values: Sequence[Any]) -> Iterator[FieldError]:
    """A port of the node is taken once. Those of an init container are complained of as if it were the first."""
    taken: set[str] = set()
    for number, value in enumerate(values):
        for index, opened in enumerate(value.ports):
            if opened.host_port:
                key = f"{opened.protocol}/{opened.host_ip or ''}/{opened.host_port}"
                if key in taken:
                    yield duplicate(f"[{number}].ports[{index}].hostPort", key)
                taken.add(key)


def own_ports(spec: Any) -> Iterator[FieldError]:
    """With the node's network, the ports of the node are the containers' own."""
    for number, value in enumerate(spec.containers) if spec.host_network else ():
        for index, opened in enumerate(value.ports):
            if opened.host_port and opened.host_port != opened.container_port:
                where = f"containers[{number}].ports[{index}].hostPort"
                text = "must match `containerPort` when `hostNetwork` is true"
                yield invalid_value(where, opened.host_port, text)


def file_volumes(spec: Any) -> Iterable[FieldError]:
    """Variables that are read from files are read from an emptyDir."""
    for value in (*spec.init_containers, *spec.containers, *spec.ephemeral_containers):
        for variable in value.env:
            if variable.value_from is not None and variable.value_from.file_key_ref is not None:
                return _file_volumes(spec)
    return NONE


def _file_volumes(spec: Any) -> Iterator[FieldError]:
    volumes: dict[str, Any] | None = None
    for where, value in containers_of(spec):
        for index, variable in enumerate(value.env):
            reference = variable.value_from.file_key_ref if variable.value_from is not None else None
            if reference is None:
                continue
            if volumes is None:
                volumes = {volume.name: volume for volume in spec.volumes}
            volume, name = volumes.get(reference.volume_name), reference.volume_name
            where_name = f"{where}.env[{index}].valueFrom.fileKeyRef.volumeName"
            if volume is None:
                yield missing_reference(where_name, name)
            elif volume.empty_dir is None:
                yield invalid_value(where_name, name, "referenced volume must be of type emptyDir")
