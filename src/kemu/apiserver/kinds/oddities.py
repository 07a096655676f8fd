"""What is accepted but hardly meant, wherever it stands: addresses in odd forms, and labels that have been given up."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv6Address
from typing import Any

from ...values import names
from ..failures import shown

DEPRECATED_LABELS = {
    "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
    "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
    "failure-domain.beta.kubernetes.io/region": ('deprecated since v1.17; use "topology.kubernetes.io/region" instead'),
    "failure-domain.beta.kubernetes.io/zone": 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
    "beta.kubernetes.io/instance-type": 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
    "app.kubernetes.io/created-by": "deprecated since v1.9",
    "scheduler.alpha.kubernetes.io/preferAvoidPods": "deprecated since v1.22; use Taints and Tolerations instead",
    "node-role.kubernetes.io/master": 'use "node-role.kubernetes.io/control-plane" instead',
}
"""Labels of nodes by which nobody should select any more."""


def odd_address(where: str, value: str) -> Iterator[str]:
    """An address that is not written in its own form."""
    address = names.address_of(value)
    if address is None:
        return
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    if mapped is not None or (":" not in value and str(address) != value):
        yield f"{where}: non-standard IP address {shown(value)} is invalid: use {shown(str(mapped or address))}"
    elif str(address) != value:
        yield f"{where}: IPv6 address {shown(value)} should be in RFC 5952 canonical format ({shown(str(address))})"


def odd_range(where: str, value: str) -> Iterator[str]:
    """A range of addresses that is not written in its own form, or says more than a range."""
    text, _, length = value.partition("/")
    address, whole = names.address_of(text), names.network_of(value)
    if address is None or whole is None:
        return
    mapped = isinstance(address, IPv6Address) and address.ipv4_mapped is not None
    odd = mapped or (":" not in text and str(address) != text) or str(int(length)) != length
    beyond = whole.network_address != address
    if beyond:
        one = f"{address}/{address.max_prefixlen}"
        choices = f"{shown(str(whole))} or {shown(one)}"
        yield f"{where}: CIDR value {shown(value)} is ambiguous in this context (should be {choices}?)"
    if odd:
        yield f"{where}: non-standard CIDR value {shown(value)} is invalid: use {shown(str(whole))}"
    elif not beyond and ":" in text and str(whole) != value:
        yield f"{where}: IPv6 CIDR value {shown(value)} should be in RFC 5952 canonical format ({shown(str(whole))})"


def old_labels(term: Any, where: str, *, values: bool = False) -> Iterator[str]:
    """The labels of a term of a node selector and, where nobody validates them, its `values`."""
    for index, expression in enumerate(term.match_expressions):
        path = f"{where}.matchExpressions[{index}]"
        if expression.key in DEPRECATED_LABELS:
            yield f"{path}.key: {expression.key} is {DEPRECATED_LABELS[expression.key]}"
        for number, value in enumerate(expression.values if values else ()):
            for text in names.is_valid_label_value(value):
                yield f"{path}.values[{number}]: {value} is invalid, {text}"


def selected_nodes(affinity: Any, where: str) -> Iterator[str]:
    """The labels by which the node affinity of a pod selects."""
    required = affinity.required_during_scheduling_ignored_during_execution
    path = f"{where}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms"
    for index, term in enumerate(required.node_selector_terms if required is not None else ()):
        yield from old_labels(term, f"{path}[{index}]")
    path = f"{where}.preferredDuringSchedulingIgnoredDuringExecution"
    for index, weighted in enumerate(affinity.preferred_during_scheduling_ignored_during_execution):
        yield from old_labels(weighted.preference, f"{path}[{index}].preference", values=True)


def balanced_addresses(obj: Any, old: Any | None) -> Iterator[str]:
    """The addresses that a load balancer has given, in the status of a Service or an Ingress."""
    for index, each in enumerate(obj.status.load_balancer.ingress):
        if each.ip:
            yield from odd_address(f"status.loadBalancer.ingress[{index}]", each.ip)


def parts_of_bytes(resources: Any, where: str) -> Iterator[str]:
    """What is asked for in parts of bytes."""
    for part, amounts in (("requests", resources.requests), ("limits", resources.limits)):
        amount = amounts.get("storage")
        if amount is not None and amount.milli_value() % 1000:
            yield f'{where}.{part}[storage]: fractional byte value "{amount}" is invalid, must be an integer'
