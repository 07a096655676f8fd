"""The expressions that select devices, by their one variable: `device`, its driver, attributes and capacity."""

from __future__ import annotations

from functools import lru_cache

from ..cel import BOOL, DYN, STRING, CompileError, Environment, Issue, ObjectType, Program, map_of
from ..cel.types import opaque

DEVICE = ObjectType(
    "kubernetes.DRADevice",
    {
        "driver": STRING,
        "allowMultipleAllocations": BOOL,
        "attributes": map_of(STRING, map_of(STRING, DYN)),
        "capacity": map_of(STRING, map_of(STRING, opaque("kubernetes.Quantity"))),
    },
)
ENVIRONMENT = Environment({"device": DEVICE.type}, objects=[DEVICE], bindings=True)


@lru_cache(maxsize=1024)
def compiled(expression: str) -> Program:
    """The program of a selector. Raises CompileError."""
    program = ENVIRONMENT.compile(expression)
    if program.type not in (BOOL, DYN):
        raise CompileError(expression, [Issue(0, _no_condition(program))])
    return program


def complaint(expression: str) -> str:
    """What an API server says of a selector that is none; nothing for one that is."""
    try:
        program = ENVIRONMENT.compile(expression)
    except CompileError as problem:
        return f"compilation failed: {problem}"
    return "" if program.type in (BOOL, DYN) else _no_condition(program)


def _no_condition(program: Program) -> str:
    return f"must evaluate to bool or the unknown type, not {program.type}"
