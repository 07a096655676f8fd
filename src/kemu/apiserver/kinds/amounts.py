"""Names of resources and amounts of them: which there are, where they may be asked for, and in what numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from ...values import names
from ...values.quantity import Quantity
from ..failures import FieldError, forbidden_field, invalid_value, not_supported, required
from ..rules import NEGATIVE

COMPUTED = ("cpu", "memory", "ephemeral-storage")
OBJECTS = (
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.nodeports",
    "services.loadbalancers",
)
"""Objects that a quota counts: whole numbers, as are the resources that others than Kubernetes name."""

LIMITED = (*COMPUTED, *(f"{kind}.{name}" for kind in ("requests", "limits") for name in COMPUTED), "requests.storage")
QUOTA = frozenset((*LIMITED, *OBJECTS))
STANDARD = QUOTA | {"storage"}
PAGES = "hugepages-"
POD_LEVEL = ("cpu", "hugepages-", "memory")
"""What a pod may ask for as a whole; of huge pages there are several sizes."""

Named = Callable[[str], tuple[FieldError, ...]]
"""What is wrong with the name of a resource, in one place or the other."""


def is_native(name: str) -> bool:
    """Whether a resource is one of Kubernetes' own."""
    return "/" not in name or "kubernetes.io/" in name


def is_pages(name: str) -> bool:
    """Whether a resource is memory in huge pages."""
    return name.startswith(PAGES)


@lru_cache(names.KNOWN)
def is_extended(name: str) -> bool:
    """Whether somebody else than Kubernetes has named a resource, and so that a quota can name it, too."""
    return not is_native(name) and not name.startswith("requests.") and not names.is_qualified_name(f"requests.{name}")


def is_shared(name: str) -> bool:
    """Whether more may be allowed than is requested."""
    return is_native(name) and not is_pages(name)


def is_counted(name: str) -> bool:
    """Whether only whole numbers make sense."""
    return name in OBJECTS or is_extended(name)


@lru_cache(names.KNOWN)
def resource_name(name: str) -> tuple[FieldError, ...]:
    """A resource of Kubernetes, or one with a domain."""
    found = tuple([invalid_value("", name, text) for text in names.is_qualified_name(name)])
    if not found and "/" not in name and name not in STANDARD and not name.startswith((PAGES, f"requests.{PAGES}")):
        return (invalid_value("", name, "must be a standard resource type or fully qualified"),)
    return found


@lru_cache(names.KNOWN)
def container_resource(name: str) -> tuple[FieldError, ...]:
    """A resource that a container can have."""
    found = resource_name(name)
    if "/" not in name:
        if name not in COMPUTED and not is_pages(name):
            found = (*found, invalid_value("", name, "must be a standard resource for containers"))
    elif not is_native(name) and not is_extended(name):
        found = (*found, invalid_value("", name, "doesn't follow extended resource name standard"))
    return found


@lru_cache(names.KNOWN)
def pod_resource(name: str) -> tuple[FieldError, ...]:
    """A resource that a pod can have as a whole."""
    found = resource_name(name)
    if not found and name not in ("cpu", "memory") and not is_pages(name):
        return (not_supported("", name, POD_LEVEL),)
    return found


@lru_cache(names.KNOWN)
def quota_resource(name: str) -> tuple[FieldError, ...]:
    """A resource that a quota can limit."""
    found = resource_name(name)
    if "/" not in name and name not in QUOTA and not name.startswith((PAGES, f"requests.{PAGES}")):
        found = (*found, invalid_value("", name, "must be a standard resource for quota"))
    return found


def amount(name: str, value: Quantity) -> Iterator[FieldError]:
    """An amount of a resource."""
    if value.nanos < 0:
        yield invalid_value("", str(value), NEGATIVE)
    if is_counted(name) and value.milli_value() % 1000:
        yield invalid_value("", str(value), "must be an integer")


def amounts(named: Named) -> Callable[[Mapping[str, Quantity]], Iterator[FieldError]]:
    """Amounts by name."""

    def check(values: Mapping[str, Quantity]) -> Iterator[FieldError]:
        for name, value in values.items():
            for problem in (*named(name), *amount(name, value)):
                yield problem._replace(field=f"[{name}]")

    return check


def _pages(name: str, value: Quantity) -> Iterator[FieldError]:
    try:
        size = Quantity(name.removeprefix(PAGES))
    except ValueError:
        size = Quantity(0)
    whole = size.sign() > 0 and size.milli_value() % 1000 == 0
    if not whole or value.value() % size.value():
        yield invalid_value("", str(value), f"{value} is not positive integer multiple of {name}")


def requirements(resources: Any, named: Named) -> list[FieldError]:
    """What is requested and what is allowed fit together; `named` is what may be asked for here."""
    limits, requests = resources.limits, resources.requests
    found: list[FieldError] = []
    paged = False
    for part, values in (("limits", limits), ("requests", requests)):
        for name, value in values.items():
            if name not in ("cpu", "memory"):
                for problem in (*named(name), *amount(name, value)):
                    found.append(problem._replace(field=f"{part}[{name}]"))
            elif value.nanos < 0:
                found.append(invalid_value(f"{part}[{name}]", str(value), NEGATIVE))
            if part == "requests":
                limit = limits.get(name)
                if limit is None:
                    if not is_shared(name):
                        found.append(required("limits", "Limit must be set for non overcommitable resources"))
                elif value != limit and not is_shared(name):
                    found.append(invalid_value(part, str(value), f"must be equal to {name} limit of {limit}"))
                elif value > limit:
                    text = f"must be less than or equal to {name} limit of {limit}"
                    found.append(invalid_value(part, str(value), text))
            if is_pages(name):
                paged = True
                found += [problem._replace(field=f"{part}[{name}]") for problem in _pages(name, value)]
    if paged and not any(name in values for name in ("cpu", "memory") for values in (limits, requests)):
        found.append(forbidden_field("", "HugePages require cpu or memory"))
    return found
