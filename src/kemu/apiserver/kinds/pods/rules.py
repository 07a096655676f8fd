"""Rules for pods and for the templates that they are stamped from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ....objects import core
from ....objects.pod_resources import container_totals
from ....objects.schema import Type
from ....values import names
from ....values.quantity import Quantity
from ....values.selectors import selector_of, selector_of_map
from ...failures import FieldError, duplicate, forbidden_field, invalid_inside, invalid_value, too_long
from ...failures import required as missing
from ...metadata import annotation_rules
from ...rows import MANY, NONE, Check, Rows, Rule, also, below, choice, each, reader, struct, when
from ...rules import (
    at_least,
    between,
    dns_label,
    dns_subdomain,
    labels,
    named,
    one_of,
    refused,
)
from ...rules import required as is_required
from ..amounts import container_resource, pod_resource, requirements
from .annotations import annotations_match, annotations_of
from .container_rules import claimed, containers, file_volumes, own_ports
from .placement import AFFINITY, TOLERATIONS, spread
from .security import POD_SECURITY, host_processes, own_users, pod_security, system
from .sources import sources

NAMESERVERS_MAX = 3
SEARCHES_MAX = 32
SEARCH_LIST_MAX = 2048
HOST_NAME_MAX = 64


# Claims and gates


def _claims(claims: Sequence[Any]) -> Iterator[FieldError]:
    """The devices that a pod claims, each by one name, from one place."""
    seen: set[str] = set()
    for index, claim in enumerate(claims):
        where, name = f"[{index}]", claim.name
        of_claim, of_template = claim.resource_claim_name, claim.resource_claim_template_name
        if not name:
            yield missing(f"{where}.name")
        elif name in seen:
            yield duplicate(f"{where}.name", name)
        else:
            for text in names.is_dns1123_label(name):
                yield invalid_value(f"{where}.name", name, text)
            seen.add(name)
        if of_claim is not None and of_template is not None:
            text = "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified"
            yield invalid_inside(where, claim, text)
        if of_claim is None and of_template is None:
            text = "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"
            yield invalid_inside(where, claim, text)
        for field, given in (("resourceClaimName", of_claim), ("resourceClaimTemplateName", of_template)):
            for text in names.is_dns1123_subdomain(given) if given is not None else ():
                yield invalid_value(f"{where}.{field}", given, text)


def _gates(gates: Sequence[Any]) -> Iterator[FieldError]:
    seen: set[str] = set()
    for index, gate in enumerate(gates):
        for text in names.is_qualified_name(gate.name):
            yield invalid_value(f"[{index}]", gate.name, text)
        if gate.name in seen:
            yield duplicate(f"[{index}]", gate.name)
        seen.add(gate.name)


# Resources of the pod as a whole


def _pod_level(spec: Any) -> Iterator[FieldError]:
    """What a pod asks for as a whole is enough for its containers."""
    resources = spec.resources
    if resources is None:
        return
    if spec.os is not None and spec.os.name == "windows":
        yield forbidden_field("resources", "may not be set for a windows pod")
        return
    if resources.claims:
        yield forbidden_field("resources.claims", "claims may not be set for Resources at pod-level")
    yield from below("resources", requirements(resources, pod_resource))
    yield from below("resources.claims", claimed(resources.claims, [each.name for each in spec.resource_claims]))
    for name, total in container_totals(spec, "requests").items():
        given = resources.requests.get(name)
        if given is not None and total > given:
            text = f"must be greater than or equal to aggregate container requests of {total}"
            yield invalid_value(f"resources.requests[{name}]", str(given), text)
    for name, total in container_totals(spec, "limits").items():
        given = resources.limits.get(name)
        if name.startswith("hugepages-") and given is not None and total > given:
            text = f"must be greater than or equal to aggregate container limits of {total}"
            yield invalid_value(f"resources.limits[{name}]", str(given), text)
    for index, container in enumerate(spec.containers):
        for name, limit in container.resources.limits.items():
            most = resources.limits.get(name)
            if most is not None and limit > most:
                where = f"resources.containers[{index}][{name}].limits"
                yield invalid_value(where, str(limit), f"must be less than or equal to pod limits of {most}")


# Names and addresses


def _dns(spec: Any) -> Iterable[FieldError]:
    """A pod with a resolver of its own says which."""
    return NONE if spec.dns_config is None and spec.dns_policy != "None" else _named_servers(spec)


def _named_servers(spec: Any) -> Iterator[FieldError]:
    config = spec.dns_config
    if spec.dns_policy == "None":
        if config is None:
            yield missing("dnsConfig", "must provide `dnsConfig` when `dnsPolicy` is None")
            return
        if not config.nameservers:
            text = "must provide at least one DNS nameserver when `dnsPolicy` is None"
            yield missing("dnsConfig.nameservers", text)
            return
    if config is not None:
        yield from below("dnsConfig", _resolver(config))


def _resolver(config: Any) -> Iterator[FieldError]:
    if len(config.nameservers) > NAMESERVERS_MAX:
        yield invalid_value("nameservers", config.nameservers, f"must not have more than {NAMESERVERS_MAX} nameservers")
    for index, server in enumerate(config.nameservers):
        for text in names.is_strict_ip(server):
            yield invalid_value(f"nameservers[{index}]", server, text)
    if len(config.searches) > SEARCHES_MAX:
        yield invalid_value("searches", config.searches, f"must not have more than {SEARCHES_MAX} search paths")
    if len(" ".join(config.searches).encode()) > SEARCH_LIST_MAX:
        text = f"must not have more than {SEARCH_LIST_MAX} characters (including spaces) in the search list"
        yield invalid_value("searches", config.searches, text)
    for index, domain in enumerate(config.searches):
        if domain != ".":
            domain = domain.removesuffix(".")
            for text in names.is_dns1123_subdomain_with_underscore(domain):
                yield invalid_value(f"searches[{index}]", domain, text)
    for index, option in enumerate(config.options):
        if not option.name:
            yield missing(f"options[{index}]", "must not be empty")


def _host_name(spec: Any) -> Iterator[FieldError]:
    """A host name of the pod's own choice goes with none that it gets otherwise."""
    name, where = spec.hostname_override, "hostnameOverride"
    if name is None:
        return
    if spec.set_hostname_as_fqdn:
        yield forbidden_field(where, "may not be specified when setHostnameAsFQDN is true")
    if spec.host_network:
        yield forbidden_field(where, "may not be specified when hostNetwork is true")
    if len(name.encode()) > HOST_NAME_MAX:
        yield too_long(where, HOST_NAME_MAX)
    yield from (invalid_value(where, name, text) for text in names.is_dns1123_subdomain(name))


def _alias(alias: Any) -> Iterator[FieldError]:
    yield from (invalid_value("ip", alias.ip or "", text) for text in names.is_strict_ip(alias.ip or ""))
    for index, name in enumerate(alias.hostnames):
        for text in names.is_dns1123_subdomain(name):
            yield invalid_value(f"hostnames[{index}]", name, text)


def _overhead(amounts: Mapping[str, Quantity]) -> Iterable[FieldError]:
    return requirements(core.ResourceRequirements(limits=amounts), container_resource)


# Specifications

NAMED = {"conditionType": named("condition_type", names.is_qualified_name, empty=True)}


def _parts(of_pod: bool) -> Check:
    """The volumes of a pod, its claims, and the containers that have them."""
    follows = Rows(core.Volume, (sources(of_pod=of_pod), {"name": (is_required, dns_label)}), declared=False)

    def check(spec: Any) -> list[FieldError]:
        found: list[FieldError] = []
        fine: dict[str, Any] = {}
        for index, volume in enumerate(spec.volumes):
            problems = follows(volume)
            if volume.name in fine:
                problems.append(duplicate("name", volume.name))
            if problems:
                found.extend(below(f"volumes[{index}]", problems))
                if len(found) > MANY:
                    return found
            else:
                fine[volume.name] = volume
        if spec.resource_claims:
            found.extend(below("resourceClaims", _claims(spec.resource_claims)))
        found += containers(spec, fine)
        return found

    return check


def specification(*, of_pod: bool) -> Rule:
    """The specification of a pod, of a Pod's own or in a template. One that is shared is walked once."""
    return struct(
        {"terminationGracePeriodSeconds": is_required},
        _parts(of_pod),
        when("resources", then=_pod_level),
        when("hostNetwork", then=own_ports),
        {"restartPolicy": (is_required, choice), "dnsPolicy": (is_required, choice), "nodeSelector": labels},
        when("shareProcessNamespace", "hostNetwork", "hostIPC", then=pod_security),
        {"securityContext": POD_SECURITY, "affinity": AFFINITY},
        _dns,
        {
            "readinessGates": each(NAMED),
            "schedulingGates": _gates,
            "topologySpreadConstraints": spread,
        },
        host_processes,
        when("hostUsers", then=own_users),
        when("hostnameOverride", then=_host_name),
        {
            "serviceAccountName": dns_subdomain,
            "nodeName": dns_subdomain,
            "activeDeadlineSeconds": between(1, 2**31 - 1),
            "hostname": dns_label,
            "subdomain": dns_label,
            "tolerations": TOLERATIONS,
            "hostAliases": each(_alias),
            "priorityClassName": dns_subdomain,
            "runtimeClassName": dns_subdomain,
            "preemptionPolicy": choice,
            "overhead": _overhead,
        },
        when("os", then=system),
        file_volumes,
        memo=True,
        declared=False,
    )


POD_SPEC = specification(of_pod=True)
STAMPED_SPEC = specification(of_pod=False)


# Templates


def template_metadata(template: Any) -> Iterator[FieldError]:
    """Labels and annotations of a template, which complaints name without the metadata that they are in."""
    metadata = template.metadata
    if metadata.labels:
        yield from below("labels", labels(metadata.labels))
    if metadata.annotations:
        yield from below("annotations", annotation_rules(metadata.annotations))
        yield from below("annotations", annotations_of(metadata.annotations, template.spec))


def _annotations_match(template: Any) -> Iterator[FieldError]:
    return below("spec", annotations_match(template.metadata.annotations, template.spec))


NOT_STAMPED = refused("ephemeral containers not allowed in pod template")
TEMPLATE = struct(
    template_metadata,
    {"spec": STAMPED_SPEC},
    _annotations_match,
    {"spec.ephemeralContainers": NOT_STAMPED},
    memo=True,
    declared=False,
)
"""A pod template. One that is shared is walked once."""


def template(*restart_policies: str, owner: str) -> tuple[Rule, Rule]:
    """The template of a workload, which allows only some restart policies, and no deadline for the pod."""
    refusal = f"activeDeadlineSeconds in {owner} is not Supported"
    own = {"spec.restartPolicy": one_of(*restart_policies), "spec.activeDeadlineSeconds": refused(refusal)}
    return TEMPLATE, also(own)


def template_as(
    stamped: Callable[[Any], Any], *restart_policies: str, owner: str, selects: bool = False, twice: bool = False
) -> Rule:
    """The same of the `template` in a specification, as `stamped` makes it of the whole specification.

    It is only looked at if the selector can be read; what is said of its restarts waits for that as well if it
    `selects`. What is wrong with its metadata is said `twice` of some.
    """
    parts = template(*restart_policies, owner=owner)

    def bind(held: Type) -> Check:
        _, of = reader(held.cls, "template") if held.cls is not None else (None, held)
        whole, own = (part.bind(of) for part in parts)

        def check(spec: Any) -> Iterator[FieldError]:
            readable = readable_selector(spec.selector)
            if readable:
                value = stamped(spec)
                yield from below("template", whole(value))
                yield from below("template", template_metadata(value) if twice else ())
            if readable or not selects:
                yield from below("template", own(spec.template))

        return lambda spec: list(check(spec))

    return Rule("template", bind)


def readable_selector(selector: Any) -> bool:
    """Whether a label selector can be read, or is none."""
    try:
        selector_of(selector)
    except ValueError:
        return False
    return True


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
    for text in names.is_strict_ip(item.ip or ""):
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
