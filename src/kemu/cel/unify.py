"""Which type may stand where another one is wanted, and what type parameters turn out to be.

A substitution is a dict from parameters to types. It is copied when a try may fail, so that what a failed try learnt
is forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence

from .types import DYN, Type

Substitution = dict[Type, Type]

_NULLABLE = ("opaque", "object", "timestamp", "duration")


def assignable(known: Substitution, wanted: Type, given: Type) -> Substitution | None:
    """What is known when both types are to be one; None if they cannot be."""
    return assignable_all(known, (wanted,), (given,))


def assignable_all(known: Substitution, wanted: Sequence[Type], given: Sequence[Type]) -> Substitution | None:
    """The same for several types at once."""
    trial = dict(known)
    return trial if _all(trial, wanted, given) else None


def _all(known: Substitution, wanted: Sequence[Type], given: Sequence[Type]) -> bool:
    return len(wanted) == len(given) and all(_fits(known, one, other) for one, other in zip(wanted, given, strict=True))


def _fits(known: Substitution, one: Type, other: Type) -> bool:
    if other.kind == "parameter":
        valid, bound = _bind(known, one, other)
        if valid or bound:
            return valid
    if one.kind == "parameter":
        return _bind(known, other, one)[0]
    if one.dynamic or other.dynamic:
        return True
    if one.kind == "null" or other.kind == "null":
        return (other if one.kind == "null" else one).kind in (*_NULLABLE, "null")
    if one.kind == "type":
        return other.kind == "type"
    if one.kind in ("opaque", "list", "map"):
        return one.kind == other.kind and one.name == other.name and _all(known, one.parameters, other.parameters)
    return one == other


def _bind(known: Substitution, held: Type, free: Type) -> tuple[bool, bool]:
    """Try to let `free` be `held`: whether it can, and whether it was something already."""
    if held == free:
        return True, True
    before = known.get(free)
    if before is not None:
        if held == before:
            return True, True
        if not _fits(known, held, before):
            return False, True
        general = more_general(held, before)
        if not occurs(known, free, general):
            known[free] = general
        return True, True
    if occurs(known, free, held):
        return False, False
    known[free] = held
    return True, False


def occurs(known: Substitution, free: Type, within: Type) -> bool:
    """Whether a parameter is part of a type, which then cannot stand for it."""
    if free == within:
        return True
    if within.kind == "parameter":
        return within in known and occurs(known, free, known[within])
    return any(occurs(known, free, each) for each in within.parameters)


def more_general(one: Type, other: Type) -> Type:
    """The more general of two types that fit together."""
    return one if _covers(one, other) else other


def _covers(one: Type, other: Type) -> bool:
    if one.kind in ("dyn", "parameter"):
        return True
    if other.kind in ("dyn", "parameter") or one.kind != other.kind:
        return False
    if one.kind == "type":
        return True
    if one.kind in ("opaque", "list", "map"):
        same = one.name == other.name and len(one.parameters) == len(other.parameters)
        return same and all(_covers(a, b) for a, b in zip(one.parameters, other.parameters, strict=True))
    return one == other


def substitute(known: Substitution, held: Type, *, final: bool = False) -> Type:
    """A type with all that is known put in. In a final one, what is not known is dynamic."""
    found = known.get(held)
    if found is not None:
        return substitute(known, found, final=final)
    if held.kind == "parameter":
        return DYN if final else held
    if not held.parameters:
        return held
    inner = tuple([substitute(known, each, final=final) for each in held.parameters])
    return held if inner == held.parameters else Type(held.kind, held.name, inner)
