"""Priority classes: what the server knows of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...objects import evolve
from ..cells import AGE, NAME, cell, row
from ..failures import FieldError, forbidden_field, not_supported, required
from ..policy import Policy
from ..updates import immutable

if TYPE_CHECKING:
    from ..request import Desk

POLICIES_OF_PREEMPTION = ("PreemptLowerPriority", "Never")
HIGHEST = 1_000_000_000
"""The highest value of a class that is not the system's own."""

SYSTEM = {"system-cluster-critical": 2 * HIGHEST, "system-node-critical": 2 * HIGHEST + 1000}
"""The classes that exist without anybody's doing."""


def _user_value(obj: Any) -> Iterator[FieldError]:
    """Names and values above the users' range are the system's."""
    name = obj.metadata.name or ""
    if name.startswith("system-"):
        if SYSTEM.get(name) != obj.value:
            text = "priority class names with 'system-' prefix are reserved for system use only"
            yield forbidden_field("metadata.name", f"{text}. error: {_unknown(name, obj.value)}")
    elif obj.value > HIGHEST:
        yield forbidden_field("value", f"maximum allowed value of a user defined priority is {HIGHEST}")


def _unknown(name: str, value: int) -> str:
    if name not in SYSTEM:
        return f"{name} is not a known system priority class"
    return f"value of {name} PriorityClass must be {SYSTEM[name]}"


def _preempts(obj: Any) -> Iterator[FieldError]:
    if obj.preemption_policy == "":
        yield required("preemptionPolicy")
    elif obj.preemption_policy not in POLICIES_OF_PREEMPTION:
        yield not_supported("preemptionPolicy", obj.preemption_policy, POLICIES_OF_PREEMPTION)


def _first(obj: Any, desk: Desk) -> Any:
    """A class begins with a generation, which no change counts."""
    return evolve(obj, {"metadata.generation": 1})


PRIORITY_CLASS = Policy(
    "priorityclasses.scheduling.k8s.io",
    prepare_create=_first,
    defaults={"preemptionPolicy": "PreemptLowerPriority"},
    declared=False,
    create_rules=(_user_value, _preempts),
    update=(
        *immutable("value", text="may not be changed in an update.", forbidden=True),
        *immutable("preemptionPolicy"),
    ),
    cells=row(
        NAME,
        cell(lambda obj: obj.value),
        cell(lambda obj: bool(obj.global_default)),
        AGE,
        cell(lambda obj: obj.preemption_policy or ""),
    ),
)

POLICIES = (PRIORITY_CLASS,)
