"""Rules for pods and for the templates that they are stamped from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ....objects.schema import Type
from ....values import names
from ....values.selectors import selector_of, selector_of_map
from ...failures import FieldError, duplicate, forbidden_field, invalid_value, missing_reference, required
from ...metadata import annotation_rules
from ...rows import Check, Rule, also, below, choice, each, reader, struct
from ...rules import (
    at_least,
    between,
    dns_label,
    dns_subdomain,
    exactly_one_of,
    ip_address,
    label_selector,
    labels,
    nonzero,
    one_of,
    port,
    port_name,
    port_number,
    quantity_not_negative,
    refused,
)
from ...rules import required as is_required

SOURCES = ("field_ref", "resource_field_ref", "config_map_key_ref", "secret_key_ref", "file_key_ref")
SOURCE_NAMES = "`fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"


# Containers


def untrimmed(image: str) -> Iterator[FieldError]:
    """The name of an image is taken as it is."""
    if image != image.strip():
        yield invalid_value("", image, "must not have leading or trailing whitespace")


def one_source(variable: Any) -> Iterator[FieldError]:
    """The value of a variable comes from one place."""
    source = variable.value_from
    if source is None:
        return
    given = [name for name in SOURCES if getattr(source, name, None) is not None]
    if not given:
        yield invalid_value("valueFrom", "", f"must specify one of: {SOURCE_NAMES}")
    elif len(given) > 1:
        yield invalid_value("valueFrom", "", "may not have more than one field specified at a time")
    elif variable.value:
        yield invalid_value("valueFrom", "", "may not be specified when `value` is not empty")


def succeeds_at_once(probe: Any) -> Iterator[FieldError]:
    """What restarts a container is undone by a single success."""
    if probe.success_threshold not in (None, 1):
        yield invalid_value("successThreshold", probe.success_threshold, "must be 1")


PROBE = {
    "exec.command": is_required,
    "httpGet.port": port,
    "tcpSocket.port": port,
    "initialDelaySeconds": at_least(0),
    "timeoutSeconds": at_least(0),
    "periodSeconds": at_least(0),
    "successThreshold": at_least(0),
    "failureThreshold": at_least(0),
}


HANDLER = exactly_one_of(
    "exec",
    "httpGet",
    "tcpSocket",
    "grpc",
    none="must specify a handler type",
    several="may not specify more than 1 handler type",
)
RESTARTING_PROBE = (HANDLER, struct(PROBE, across=(succeeds_at_once,), memo=True))


def within_limits(resources: Any) -> Iterator[FieldError]:
    """Nobody requests more than may be used."""
    for name, amount in resources.requests.items():
        limit = resources.limits.get(name)
        if limit is not None and amount > limit:
            text = f"must be less than or equal to {name} limit of {limit}"
            yield invalid_value("requests", str(amount), text)


def sub_paths(mounts_of: Sequence[Any]) -> Iterator[FieldError]:
    """What is mounted of a volume lies inside of it. Complaints do not say which mount is meant."""
    for mount in mounts_of:
        path = mount.sub_path or ""
        if path.startswith("/"):
            yield invalid_value("subPath", path, "must be a relative path")
        if ".." in path.split("/"):
            yield invalid_value("subPath", path, "must not contain '..'")


RESOURCES = struct(
    {"limits": quantity_not_negative, "requests": quantity_not_negative},
    across=(within_limits,),
    memo=True,
)

# What the containers of a template hold is walked once, though a pod's volume for its token makes each of them new.
CONTAINER = {
    "name": (is_required, dns_label),
    "image": (is_required, untrimmed),
    "ports": each(
        {
            "name": port_name,
            "containerPort": (nonzero, port_number),
            "hostPort": port_number,
            "protocol": (is_required, choice),
        },
        unique="name",
        memo=True,
    ),
    "env": each({"name": is_required}, across=(one_source,), memo=True),
    "volumeMounts": (each({"name": is_required, "mountPath": is_required}), sub_paths),
    "livenessProbe": RESTARTING_PROBE,
    "readinessProbe": (HANDLER, struct(PROBE, memo=True)),
    "startupProbe": RESTARTING_PROBE,
    "imagePullPolicy": (is_required, choice),
    "resources": RESOURCES,
}


EPHEMERAL = {
    "name": (is_required, dns_label),
    "image": (is_required, untrimmed),
    "imagePullPolicy": (is_required, choice),
}


def ends_by_itself(container: Any) -> Iterator[FieldError]:
    """An init container that is no sidecar is neither probed nor hooked."""
    if container.restart_policy == "Always":
        return
    for name, value in (
        ("livenessProbe", container.liveness_probe),
        ("readinessProbe", container.readiness_probe),
        ("startupProbe", container.startup_probe),
        ("lifecycle", container.lifecycle),
    ):
        if value is not None:
            yield forbidden_field(name, "may not be set for init containers without restartPolicy=Always")


# Where a pod may run


def tolerates(toleration: Any) -> Iterator[FieldError]:
    """What a toleration says fits together."""
    if toleration.key:
        for text in names.is_qualified_name(toleration.key):
            yield invalid_value("key", toleration.key, text)
    elif toleration.operator != "Exists":
        text = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
        yield invalid_value("operator", toleration.operator or "", text)
    if toleration.toleration_seconds is not None and toleration.effect != "NoExecute":
        text = "effect must be 'NoExecute' when `tolerationSeconds` is set"
        yield invalid_value("effect", toleration.effect or "", text)
    if toleration.operator == "Exists" and toleration.value:
        yield invalid_value("operator", toleration.value, "value must be empty when `operator` is 'Exists'")


TERM = {"labelSelector": label_selector, "namespaceSelector": label_selector}
TERMS = struct(
    {
        "requiredDuringSchedulingIgnoredDuringExecution": each(TERM),
        "preferredDuringSchedulingIgnoredDuringExecution": each({"podAffinityTerm": TERM}),
    }
)


def node_requirement(expression: Any) -> Iterator[FieldError]:
    """What is asked of the label of a node."""
    values = expression.values
    if expression.operator in ("In", "NotIn"):
        if not values:
            yield required("values", "must be specified when `operator` is 'In' or 'NotIn'")
    elif expression.operator in ("Exists", "DoesNotExist"):
        if values:
            yield forbidden_field("values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
    elif expression.operator in ("Gt", "Lt"):
        if len(values) != 1:
            yield required("values", "must be specified single value when `operator` is 'Lt' or 'Gt'")
    else:
        yield invalid_value("operator", expression.operator, "not a valid selector operator")
    for text in names.is_qualified_name(expression.key):
        yield invalid_value("key", expression.key, text)


NODE_TERM = {"matchExpressions": each(node_requirement), "matchFields": each(lambda expression: ())}
NODE_AFFINITY = {
    "requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms": each(NODE_TERM),
    "preferredDuringSchedulingIgnoredDuringExecution": each({"preference": NODE_TERM}),
}


def _alias(alias: Any) -> Iterator[FieldError]:
    for text in names.is_valid_ip(alias.ip or ""):
        yield invalid_value("ip", alias.ip or "", text)
    for index, name in enumerate(alias.hostnames):
        for text in names.is_dns1123_subdomain(name):
            yield invalid_value(f"hostnames[{index}]", name, text)


def _search(domain: str) -> Iterator[FieldError]:
    domain = domain.removesuffix(".") if domain != "." else domain
    for text in names.is_dns1123_subdomain_with_underscore(domain) if domain != "." else ():
        yield invalid_value("", domain, text)


DNS = {
    "nameservers": each(ip_address),
    "searches": each(_search),
    "options": each({"name": is_required}),
}


# What crosses the fields of a specification


def template_metadata(template: Any) -> Iterator[FieldError]:
    """Labels and annotations of a template, which complaints name without the metadata that they are in."""
    yield from below("labels", labels(template.metadata.labels))
    yield from below("annotations", annotation_rules(template.metadata.annotations))


def other_names(spec: Any) -> Iterator[FieldError]:
    """No container has the name of one of another sort, and an ephemeral one looks at one that is there."""
    taken = {container.name for container in spec.containers}
    for index, container in enumerate(spec.init_containers):
        if container.name and container.name in taken:
            yield duplicate(f"initContainers[{index}].name", container.name)
    taken.update(container.name for container in spec.init_containers)
    for index, container in enumerate(spec.ephemeral_containers):
        if container.name and container.name in taken:
            yield duplicate(f"ephemeralContainers[{index}].name", container.name)
        target = container.target_container_name
        if target and target not in taken:
            yield missing_reference(f"ephemeralContainers[{index}].targetContainerName", target)


def mounts(spec: Any) -> Iterator[FieldError]:
    """What is mounted exists, and no two volumes are mounted at one path."""
    volumes = {volume.name for volume in spec.volumes}
    for name, containers in (("containers", spec.containers), ("initContainers", spec.init_containers)):
        for number, container in enumerate(containers):
            seen: dict[str, None] = {}
            for index, mount in enumerate(container.volume_mounts):
                where = f"{name}[{number}].volumeMounts[{index}]"
                if mount.name and mount.name not in volumes:
                    yield missing_reference(f"{where}.name", mount.name)
                if mount.mount_path in seen:
                    yield invalid_value(f"{where}.mountPath", mount.mount_path, "must be unique")
                seen[mount.mount_path] = None


def host_ports(spec: Any) -> Iterator[FieldError]:
    """Ports of the node are taken once, and with the node's network they are the container's own."""
    taken: dict[tuple[Any, ...], None] = {}
    for number, container in enumerate(spec.containers):
        for index, opened in enumerate(container.ports):
            where = f"containers[{number}].ports[{index}]"
            if spec.host_network and opened.host_port and opened.host_port != opened.container_port:
                text = "must match `hostPort` when `hostNetwork` is true"
                yield invalid_value(f"{where}.containerPort", opened.container_port, text)
            if opened.host_port:
                key = (opened.protocol, opened.host_ip, opened.host_port)
                if key in taken:
                    text = "/".join(map(str, key)) if opened.host_ip else f"{opened.protocol}//{opened.host_port}"
                    yield duplicate(f"{where}.hostPort", text)
                taken[key] = None


POD_SPEC = struct(
    {
        "volumes": each({"name": (is_required, dns_label)}, unique="name"),
        "containers": (is_required, each(CONTAINER, unique="name")),
        "initContainers": each(CONTAINER, unique="name", across=(ends_by_itself,)),
        "restartPolicy": (is_required, choice),
        "dnsPolicy": (is_required, choice),
        "nodeSelector": labels,
        "serviceAccountName": dns_subdomain,
        "nodeName": dns_subdomain,
        "activeDeadlineSeconds": between(1, 2**31 - 1),
        "hostname": dns_label,
        "subdomain": dns_label,
        "affinity.nodeAffinity": NODE_AFFINITY,
        "affinity.podAffinity": TERMS,
        "affinity.podAntiAffinity": TERMS,
        "dnsConfig": DNS,
        "hostAliases": each(_alias),
        "topologySpreadConstraints": each({"labelSelector": label_selector}),
        "tolerations": each({}, across=(tolerates,), memo=True),
        "ephemeralContainers": each(EPHEMERAL, unique="name"),
    },
    across=(other_names, mounts, host_ports),
    memo=True,
)
"""The specification of a pod, of a Pod's own or in a template. One that is shared is walked once."""

NOT_STAMPED = refused("ephemeral containers not allowed in pod template")
TEMPLATE = struct({"": template_metadata, "spec": (POD_SPEC, also({"ephemeralContainers": NOT_STAMPED}))}, memo=True)
"""A pod template. One that is shared is walked once."""


def template(*restart_policies: str, owner: str) -> tuple[Rule, Rule]:
    """The template of a workload, which allows only some restart policies, and no deadline for the pod."""
    refusal = f"activeDeadlineSeconds in {owner} is not Supported"
    own = {"spec.restartPolicy": one_of(*restart_policies), "spec.activeDeadlineSeconds": refused(refusal)}
    return TEMPLATE, also(own)


def template_as(stamped: Callable[[Any], Any], *restart_policies: str, owner: str) -> Rule:
    """The same of the `template` in a specification, as `stamped` makes it of the whole specification."""
    parts = template(*restart_policies, owner=owner)

    def bind(held: Type) -> Check:
        _, of = reader(held.cls, "template") if held.cls is not None else (None, held)
        checks = [part.bind(of) for part in parts]

        def check(spec: Any) -> Iterator[FieldError]:
            value = stamped(spec)
            for each_check in checks:
                yield from below("template", each_check(value))

        return lambda spec: list(check(spec))

    return Rule("template", bind)


def selects_template(obj: Any) -> Iterator[FieldError]:
    """What a workload selects includes what it stamps. A selector that cannot be read is complained of elsewhere."""
    selector, stamped = obj.spec.selector, obj.spec.template
    if isinstance(selector, Mapping):
        reads = selector_of_map(selector)
    else:
        try:
            reads = selector_of(selector)
        except ValueError:
            return
    if stamped is not None and not reads.matches(stamped.metadata.labels):
        values = stamped.metadata.labels
        yield invalid_value("spec.template.metadata.labels", values, "`selector` does not match template `labels`")


# A Pod's status


def address(item: Any) -> Iterator[FieldError]:
    """An entry of a list of addresses."""
    for text in names.is_valid_ip(item.ip or ""):
        yield invalid_value("", item.ip or "", text)


def one_of_each_family(items: Sequence[Any]) -> Iterator[FieldError]:
    """Two addresses are one of IPv4 and one of IPv6; there are never more."""
    families = [":" in (item.ip or "") for item in items]
    if len(families) > 2 or len(set(families)) < len(families):
        yield invalid_value("", items, "may specify no more than one IP for each IP family")


STATUS = {
    "status.nominatedNodeName": dns_subdomain,
    "status.observedGeneration": at_least(0, "must be a non-negative integer"),
    "status.podIPs": (each(address), one_of_each_family),
    "status.hostIPs": (each(address), one_of_each_family),
}
