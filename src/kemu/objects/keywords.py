"""The keywords of JSON Schema that ask one thing of one value: what they mean is `jsonschema`'s to say.

How the parts of a schema hang together, what is forgiven, in which order complaints come and how a server words them
is Kubernetes' own, and stands in `schema_rules`; so are types, formats and patterns, which Go reads in its own way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

Json = Any
Holds = Callable[[Json], bool]
"""Whether a value is as a keyword wants it."""


def anything(value: Json) -> bool:
    """What holds where a keyword is not given."""
    return True


@cache
def _draft() -> Any:
    """The draft that OpenAPI 3.0 is made of, in which `exclusiveMaximum` is a boolean. Lists here are tuples too."""
    from jsonschema import Draft4Validator
    from jsonschema.validators import extend

    types = Draft4Validator.TYPE_CHECKER.redefine("array", lambda _, value: isinstance(value, (list, tuple)))
    return extend(Draft4Validator, type_checker=types)({})


def holds(keyword: str, wanted: Json, beside: Mapping[str, Any]) -> Holds:
    """What tells whether a value is as a keyword wants it, given the schema that the keyword stands in.

    A value of a type that the keyword is not about is all right.
    """
    draft = _draft()
    complaints = draft.VALIDATORS[keyword]

    def told(value: Json) -> bool:
        return next(iter(complaints(draft, wanted, value, beside) or ()), None) is None

    return told
