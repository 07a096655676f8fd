"""Rules for Pods and for the templates that they are stamped from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...objects import evolve
from ...values import names
from ..failures import FieldError, duplicate, forbidden_field, invalid_value, missing_reference, not_supported, required
from .metadata import annotation_rules, labels

RESTART_POLICIES = ("Always", "OnFailure", "Never")
DNS_POLICIES = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
PULL_POLICIES = ("Always", "IfNotPresent", "Never")
PROTOCOLS = ("SCTP", "TCP", "UDP")
PROBE_FIELDS = (
    ("initial_delay_seconds", "initialDelaySeconds"),
    ("timeout_seconds", "timeoutSeconds"),
    ("period_seconds", "periodSeconds"),
    ("success_threshold", "successThreshold"),
    ("failure_threshold", "failureThreshold"),
)
HANDLERS = (
    ("_exec", "exec"),
    ("http_get", "httpGet"),
    ("tcp_socket", "tcpSocket"),
    ("grpc", "grpc"),
    ("sleep", "sleep"),
)
NEGATIVE = "must be greater than or equal to 0"
PORT = "must be between 1 and 65535, inclusive"

MUTABLE_POD_FIELDS = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)


def pod_created(pod: Any) -> Iterator[FieldError]:
    """What may be wrong with a new Pod."""
    yield from pod_spec(pod.spec, "spec")


def template(value: Any, where: str) -> Iterator[FieldError]:
    """What may be wrong with a pod template."""
    yield from labels(value.metadata.labels, f"{where}.labels")
    yield from annotation_rules(value.metadata.annotations, f"{where}.annotations")
    yield from pod_spec(value.spec, f"{where}.spec")


def pod_spec(spec: Any, where: str) -> Iterator[FieldError]:
    """What may be wrong with the specification of a pod."""
    volumes: dict[str, None] = {}
    for index, volume in enumerate(spec.volumes):
        yield from _name(volume.name, f"{where}.volumes[{index}].name")
        if volume.name in volumes:
            yield duplicate(f"{where}.volumes[{index}].name", volume.name)
        volumes[volume.name] = None
    seen: dict[str, None] = {}
    if not spec.containers:
        yield required(f"{where}.containers")
    for index, container in enumerate(spec.containers):
        yield from _container(container, f"{where}.containers[{index}]", seen, volumes)
    for index, container in enumerate(spec.init_containers):
        yield from _init_container(container, f"{where}.initContainers[{index}]", seen, volumes)
    yield from _host_ports(spec, where)
    yield from _choice(spec.restart_policy, RESTART_POLICIES, f"{where}.restartPolicy")
    yield from _choice(spec.dns_policy, DNS_POLICIES, f"{where}.dnsPolicy")
    yield from labels(spec.node_selector, f"{where}.nodeSelector")
    if spec.service_account_name:
        for text in names.is_dns1123_subdomain(spec.service_account_name):
            yield invalid_value(f"{where}.serviceAccountName", spec.service_account_name, text)
    if spec.node_name:
        for text in names.is_dns1123_subdomain(spec.node_name):
            yield invalid_value(f"{where}.nodeName", spec.node_name, text)
    if spec.active_deadline_seconds is not None and not 1 <= spec.active_deadline_seconds <= 2**31 - 1:
        text = "must be between 1 and 2147483647, inclusive"
        yield invalid_value(f"{where}.activeDeadlineSeconds", spec.active_deadline_seconds, text)
    if spec.hostname:
        for text in names.is_dns1123_label(spec.hostname):
            yield invalid_value(f"{where}.hostname", spec.hostname, text)
    if spec.subdomain:
        for text in names.is_dns1123_label(spec.subdomain):
            yield invalid_value(f"{where}.subdomain", spec.subdomain, text)
    yield from _tolerations(spec.tolerations, f"{where}.tolerations")


def _name(name: str, where: str) -> Iterator[FieldError]:
    if not name:
        yield required(where)
    else:
        for text in names.is_dns1123_label(name):
            yield invalid_value(where, name, text)


def _choice(value: str | None, options: tuple[str, ...], where: str) -> Iterator[FieldError]:
    if not value:
        yield required(where)
    elif value not in options:
        yield not_supported(where, value, options)


def _container(container: Any, where: str, seen: dict[str, None], volumes: dict[str, None]) -> Iterator[FieldError]:
    yield from _name(container.name, f"{where}.name")
    if container.name in seen:
        yield duplicate(f"{where}.name", container.name)
    seen[container.name] = None
    if not container.image:
        yield required(f"{where}.image")
    elif container.image != container.image.strip():
        yield invalid_value(f"{where}.image", container.image, "must not have leading or trailing whitespace")
    yield from _ports(container.ports, f"{where}.ports")
    yield from _environment(container.env, f"{where}.env")
    yield from _mounts(container.volume_mounts, f"{where}.volumeMounts", volumes)
    for probe, name in (
        (container.liveness_probe, "livenessProbe"),
        (container.readiness_probe, "readinessProbe"),
        (container.startup_probe, "startupProbe"),
    ):
        if probe is not None:
            yield from _probe(probe, f"{where}.{name}")
            if name != "readinessProbe" and probe.success_threshold not in (None, 1):
                yield invalid_value(f"{where}.{name}.successThreshold", probe.success_threshold, "must be 1")
    if container.image_pull_policy not in PULL_POLICIES:
        yield from _choice(container.image_pull_policy, PULL_POLICIES, f"{where}.imagePullPolicy")
    yield from resources(container.resources, f"{where}.resources")


def _init_container(
    container: Any, where: str, seen: dict[str, None], volumes: dict[str, None]
) -> Iterator[FieldError]:
    yield from _container(container, where, seen, volumes)
    if container.restart_policy == "Always":
        return
    for name, value in (
        ("livenessProbe", container.liveness_probe),
        ("readinessProbe", container.readiness_probe),
        ("startupProbe", container.startup_probe),
        ("lifecycle", container.lifecycle),
    ):
        if value is not None:
            yield forbidden_field(f"{where}.{name}", "may not be set for init containers without restartPolicy=Always")


def _ports(ports: Any, where: str) -> Iterator[FieldError]:
    named: dict[str, None] = {}
    for index, port in enumerate(ports):
        at = f"{where}[{index}]"
        if port.name:
            for text in names.is_valid_port_name(port.name):
                yield invalid_value(f"{at}.name", port.name, text)
            if port.name in named:
                yield duplicate(f"{at}.name", port.name)
            named[port.name] = None
        if not port.container_port:
            yield required(f"{at}.containerPort")
        elif not 1 <= port.container_port <= 65535:
            yield invalid_value(f"{at}.containerPort", port.container_port, PORT)
        if port.host_port and not 1 <= port.host_port <= 65535:
            yield invalid_value(f"{at}.hostPort", port.host_port, PORT)
        if not port.protocol:
            yield required(f"{at}.protocol")
        elif port.protocol not in PROTOCOLS:
            yield not_supported(f"{at}.protocol", port.protocol, PROTOCOLS)


def _host_ports(spec: Any, where: str) -> Iterator[FieldError]:
    taken: dict[tuple[Any, ...], None] = {}
    for number, container in enumerate(spec.containers):
        for index, port in enumerate(container.ports):
            if spec.host_network and port.host_port and port.host_port != port.container_port:
                text = "must match `hostPort` when `hostNetwork` is true"
                at = f"{where}.containers[{number}].ports[{index}].containerPort"
                yield invalid_value(at, port.container_port, text)
            if port.host_port:
                key = (port.protocol, port.host_ip, port.host_port)
                if key in taken:
                    text = f"{port.protocol}//{port.host_port}" if not port.host_ip else "/".join(map(str, key))
                    yield duplicate(f"{where}.containers[{number}].ports[{index}].hostPort", text)
                taken[key] = None


def _environment(variables: Any, where: str) -> Iterator[FieldError]:
    for index, variable in enumerate(variables):
        at = f"{where}[{index}]"
        if not variable.name:
            yield required(f"{at}.name")
        source = variable.value_from
        if source is None:
            continue
        given = [
            name
            for name in ("field_ref", "resource_field_ref", "config_map_key_ref", "secret_key_ref", "file_key_ref")
            if getattr(source, name, None) is not None
        ]
        if not given:
            sources = "`fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
            yield invalid_value(f"{at}.valueFrom", "", f"must specify one of: {sources}")
        elif len(given) > 1:
            yield invalid_value(f"{at}.valueFrom", "", "may not have more than one field specified at a time")
        elif variable.value:
            yield invalid_value(f"{at}.valueFrom", "", "may not be specified when `value` is not empty")


def _mounts(mounts: Any, where: str, volumes: dict[str, None]) -> Iterator[FieldError]:
    paths: dict[str, None] = {}
    for index, mount in enumerate(mounts):
        at = f"{where}[{index}]"
        if not mount.name:
            yield required(f"{at}.name")
        elif mount.name not in volumes:
            yield missing_reference(f"{at}.name", mount.name)
        if not mount.mount_path:
            yield required(f"{at}.mountPath")
        if mount.mount_path in paths:
            yield invalid_value(f"{at}.mountPath", mount.mount_path, "must be unique")
        paths[mount.mount_path] = None


def _probe(probe: Any, where: str) -> Iterator[FieldError]:
    yield from _handler(probe, where)
    for attribute, name in PROBE_FIELDS:
        value = getattr(probe, attribute)
        if value is not None and value < 0:
            yield invalid_value(f"{where}.{name}", value, NEGATIVE)


def _handler(handler: Any, where: str) -> Iterator[FieldError]:
    count = 0
    for attribute, name in HANDLERS:
        action = getattr(handler, attribute, None)
        if action is None:
            continue
        count += 1
        if count > 1:
            yield forbidden_field(f"{where}.{name}", "may not specify more than 1 handler type")
        elif attribute == "_exec" and not action.command:
            yield required(f"{where}.exec.command")
        elif attribute in ("http_get", "tcp_socket"):
            yield from _target_port(action.port, f"{where}.{name}.port")
    if not count:
        yield required(where, "must specify a handler type")


def _target_port(port: int | str, where: str) -> Iterator[FieldError]:
    if isinstance(port, int):
        if not 1 <= port <= 65535:
            yield invalid_value(where, port, PORT)
    else:
        for text in names.is_valid_port_name(port):
            yield invalid_value(where, port, text)


def resources(value: Any, where: str) -> Iterator[FieldError]:
    """What may be wrong with requests and limits."""
    for name, amount in value.limits.items():
        if amount.milli_value() < 0:
            yield invalid_value(f"{where}.limits[{name}]", str(amount), NEGATIVE)
    for name, amount in value.requests.items():
        if amount.milli_value() < 0:
            yield invalid_value(f"{where}.requests[{name}]", str(amount), NEGATIVE)
        limit = value.limits.get(name)
        if limit is not None and amount > limit:
            yield invalid_value(
                f"{where}.requests", str(amount), f"must be less than or equal to {name} limit of {limit}"
            )


def _tolerations(tolerations: Any, where: str) -> Iterator[FieldError]:
    for index, toleration in enumerate(tolerations):
        at = f"{where}[{index}]"
        if toleration.key:
            for text in names.is_qualified_name(toleration.key):
                yield invalid_value(f"{at}.key", toleration.key, text)
        elif toleration.operator != "Exists":
            yield invalid_value(
                f"{at}.operator",
                toleration.operator or "",
                'operator must be Exists when `key` is empty, which means "match all values and all keys"',
            )
        if toleration.toleration_seconds is not None and toleration.effect != "NoExecute":
            yield invalid_value(
                f"{at}.effect", toleration.effect or "", "effect must be 'NoExecute' when `tolerationSeconds` is set"
            )
        if toleration.operator == "Exists" and toleration.value:
            yield invalid_value(f"{at}.operator", toleration.value, "value must be empty when `operator` is 'Exists'")


def pod_updated(new: Any, old: Any) -> Iterator[FieldError]:
    """What may be wrong with a changed Pod: nearly all of its spec never changes."""
    yield from pod_spec(new.spec, "spec")
    before, after = old.spec, new.spec
    if len(after.containers) != len(before.containers):
        yield forbidden_field("spec.containers", "pod updates may not add or remove containers")
        return
    if len(after.init_containers) != len(before.init_containers):
        yield forbidden_field("spec.initContainers", "pod updates may not add or remove containers")
        return
    if after.tolerations[: len(before.tolerations)] != before.tolerations:
        yield forbidden_field(
            "spec.tolerations", "existing toleration can not be modified except its tolerationSeconds"
        )
        return
    if not _gates_only_removed(after, before):
        yield forbidden_field("spec.schedulingGates", "only deletion is allowed, but found new scheduling gate")
    merged = evolve(
        after,
        containers=_with_images(after.containers, before.containers),
        init_containers=_with_images(after.init_containers, before.init_containers),
        active_deadline_seconds=before.active_deadline_seconds,
        tolerations=before.tolerations,
        scheduling_gates=before.scheduling_gates,
        node_name=before.node_name if before.node_name is None else after.node_name,
    )
    if merged != before:
        yield forbidden_field("spec", MUTABLE_POD_FIELDS)


def _gates_only_removed(after: Any, before: Any) -> bool:
    had = {gate.name for gate in before.scheduling_gates}
    return all(gate.name in had for gate in after.scheduling_gates)


def _with_images(after: Any, before: Any) -> tuple[Any, ...]:
    return tuple(evolve(new, image=old.image) for new, old in zip(after, before, strict=True))
