"""Which names of a definition are accepted: those that no other definition of its group has.

What comes of it are two conditions, `NamesAccepted` and `Established`; `decided` is pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...objects import apiextensions, evolve
from ...values.times import Time

Condition = apiextensions.CustomResourceDefinitionCondition


def condition(kind: str, status: str, reason: str, message: str) -> Condition:
    """A condition without a time."""
    return Condition(type=kind, status=status, reason=reason, message=message)


INSTALLING = condition("Established", "False", "Installing", "the initial names have been accepted")
ESTABLISHED = condition("Established", "True", "InitialNamesAccepted", "the initial names have been accepted")
NOT_ACCEPTED = condition("Established", "False", "NotAccepted", "not all names are accepted")
NO_CONFLICTS = condition("NamesAccepted", "True", "NoConflicts", "no conflicts found")


def found(status: Any, kind: str) -> Condition | None:
    """The condition of a type."""
    return next((each for each in status.conditions if each.type == kind), None)


def with_condition(status: Any, new: Condition, now: Time) -> Any:
    """A status with a condition in it; its time is that of its last change from true to false or back."""
    before = found(status, new.type)
    if before is None:
        stamped = evolve(new, last_transition_time=now)
        return evolve(status, conditions=(*status.conditions, stamped))
    kept = before.status == new.status and before.last_transition_time is not None
    stamped = evolve(new, last_transition_time=before.last_transition_time if kept else now)
    return evolve(status, conditions=tuple([stamped if each is before else each for each in status.conditions]))


def decided(definition: Any, others: Iterable[Any], now: Time) -> Any:
    """The status of a definition once its names are judged, given the other definitions of its group."""
    wanted, status = definition.spec.names, definition.status
    if wanted == status.accepted_names:
        return status
    accepted, named = _accepted(wanted, status.accepted_names, list(others))
    before = found(status, "NamesAccepted")
    same = before is not None and (before.status, before.reason, before.message) == (
        named.status,
        named.reason,
        named.message,
    )
    if accepted == status.accepted_names and same:
        return status
    served = found(status, "Established") or NOT_ACCEPTED
    if served.status != "True" and named.status == "True":
        served = INSTALLING
    judged = with_condition(evolve(status, accepted_names=accepted), named, now)
    return with_condition(judged, served, now)


def established(definition: Any, now: Time) -> Any:
    """The status of a definition that can be served: its names are accepted."""
    status = definition.status
    named, served = found(status, "NamesAccepted"), found(status, "Established")
    if named is None or named.status != "True" or (served is not None and served.status == "True"):
        return status
    return with_condition(status, ESTABLISHED, now)


def _accepted(wanted: Any, had: Any, others: list[Any]) -> tuple[Any, Condition]:
    """The names that a definition gets, and what is said of those that it wants. The last conflict counts."""
    taken = [each.status.accepted_names for each in others if each.status.accepted_names is not None]
    resources = {name for each in taken for name in (each.plural, each.singular, *each.short_names) if name}
    kinds = {name for each in taken for name in (each.kind, each.list_kind) if name}
    had = had if had is not None else apiextensions.CustomResourceDefinitionNames()
    accepted, said = had, NO_CONFLICTS
    for name, reason, used in (
        ("plural", "PluralConflict", resources),
        ("singular", "SingularConflict", resources),
        ("short_names", "ShortNamesConflict", resources),
        ("kind", "KindConflict", kinds),
        ("list_kind", "ListKindConflict", kinds),
    ):
        new, before = getattr(wanted, name), getattr(had, name)
        given = new if name == "short_names" else (new,)
        known = before if name == "short_names" else (before,)
        problems = [f'"{each}" is already in use' for each in given if each not in known and each in used]
        if not problems:
            accepted = evolve(accepted, **{name: new})
            continue
        text = problems[0] if len(problems) == 1 else f"[{', '.join(problems)}]"
        said = condition("NamesAccepted", "False", reason, text)
    return evolve(accepted, categories=wanted.categories), said
