"""The rules of a schema (`x-kubernetes-validations`), compiled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from . import BOOL, STRING, CompileError, Environment, EvaluationError, Program, optional_of
from .cost import estimate
from .fieldpaths import field_path
from .schema import Declared

SELF, OLD_SELF = "self", "oldSelf"
MAX_MESSAGE = 5 * 1024
"""The bytes of the longest message that an expression may make."""


@attrs.frozen(eq=False)
class Rule:
    """One rule: what it says, what it compiled to, and what of it is wrong. A rule of nothing but space is empty."""

    said: Mapping[str, Any]
    program: Program | None = None
    message: Program | None = None
    path: str = ""
    """Where below the schema's place its complaints belong."""
    cost: int = 0
    message_cost: int = 0
    problem: str = ""
    message_problem: str = ""

    @property
    def uses_old(self) -> bool:
        """Whether it compares with the value as it was."""
        return self.program is not None and OLD_SELF in self.program.names

    @property
    def optional_old(self) -> bool:
        """Whether it is also asked when there was no value before."""
        return bool(self.said.get("optionalOldSelf"))

    @property
    def title(self) -> str:
        """What complaints call it: its message, or else its text."""
        return str(self.said.get("message") or self.said.get("rule") or "").strip()

    def complaint(self, variables: Mapping[str, Any]) -> str:
        """What is said when it does not hold: the message that an expression makes, its own, or its text."""
        if self.message is not None:
            text = self._made(self.message, variables)
            if text:
                return text
        return self.title if self.said.get("message") else f"failed rule: {self.title}"

    def _made(self, message: Program, variables: Mapping[str, Any]) -> str:
        try:
            made = message.evaluate(variables)
        except EvaluationError:
            return ""
        text = made.strip() if isinstance(made, str) else ""
        return "" if len(text.encode()) > MAX_MESSAGE or "\n" in text else text


@attrs.frozen(eq=False)
class Compiler:
    """Compiles the rules that stand at one place of a schema."""

    schema: Mapping[str, Any]
    declared: Declared
    plain: Environment = attrs.field(init=False)
    maybe: Environment = attrs.field(init=False)
    """Of rules for which the old value is optional."""

    def __attrs_post_init__(self) -> None:
        held = self.declared.type
        objects = list(self.declared.objects())
        object.__setattr__(self, "plain", Environment({SELF: held, OLD_SELF: held}, objects=objects))
        object.__setattr__(self, "maybe", Environment({SELF: held, OLD_SELF: optional_of(held)}, objects=objects))

    def compiled(self, said: Mapping[str, Any]) -> Rule:
        """One rule. What is wrong with it is part of the result."""
        text = str(said.get("rule") or "")
        if not text.strip():
            return Rule(said)
        environment = self.maybe if said.get("optionalOldSelf") else self.plain
        try:
            program = environment.compile(text)
        except CompileError as problem:
            return Rule(said, problem=f"compilation failed: {problem}")
        if program.type != BOOL:
            return Rule(said, problem="cel expression must evaluate to a bool")
        rule = Rule(said, program, path=self._path(said), cost=estimate(program.checked, self.declared))
        return self._with_message(rule, environment)

    def _path(self, said: Mapping[str, Any]) -> str:
        given = said.get("fieldPath")
        if not given:
            return ""
        try:
            return field_path(given, self.schema)[0]
        except ValueError:
            return ""

    def _with_message(self, rule: Rule, environment: Environment) -> Rule:
        text = rule.said.get("messageExpression")
        if not text:
            return rule
        try:
            message = environment.compile(text)
        except CompileError as problem:
            return attrs.evolve(rule, message_problem=f"messageExpression compilation failed: {problem}")
        if message.type != STRING:
            return attrs.evolve(rule, message_problem="messageExpression must evaluate to a string")
        return attrs.evolve(rule, message=message, message_cost=estimate(message.checked, self.declared))
