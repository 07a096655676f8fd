"""The words in which API types are declared.

A type is a class; a field is one annotated line in it. The annotation says what the field holds, and with that most
of what Kubernetes' own Go types say:

==========================  ===========================================================================
`name: str`                 a scalar that is always written, empty or not
`image: str | None`         a scalar that is left out when empty
`replicas: int | None`      `= pointer`: a scalar whose zero differs from being unset
`spec: PodSpec`             a struct that is always there, empty by default
`probe: Probe | None`       a struct that may be missing
`args: tuple[str, ...]`     a list; for server-side apply it is atomic unless the line says otherwise
`labels: Map[str]`          a map with text keys
`updated: Time | None`      a moment; `= always`: written as `null` when it is not set
==========================  ===========================================================================

What stands to the right of `=` is only what cannot be derived: see `field` and its short forms. The JSON name comes
from the attribute's name (`node_name` is `nodeName`) unless `json` spells it out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from ..values.frozen import FrozenMap
from ..values.quantity import Quantity
from ..values.times import MicroTime, Time

__all__ = [
    "Base64",
    "Bool",
    "Hints",
    "Int64",
    "IntOrString",
    "Json",
    "Map",
    "MicroTime",
    "Quantity",
    "Time",
    "always",
    "field",
    "immutable",
    "keyed",
    "no_default",
    "pointer",
    "required",
    "unique",
]

V = TypeVar("V")

if TYPE_CHECKING:
    Map: TypeAlias = FrozenMap[str, V]
else:
    Map = FrozenMap

Int64: TypeAlias = int
"""An integer of 64 bits; a plain `int` in a declaration has 32."""

Bool: TypeAlias = bool
"""`bool`, where a field of that name hides the builtin."""

Base64: TypeAlias = str
"""Bytes, held in the base64 text that JSON carries."""

IntOrString: TypeAlias = int | str
"""A number or a text such as a percentage or the name of a port."""

Json: TypeAlias = Any
"""Any JSON, frozen."""


no_default: Any = object()
"""The published schema names no default where one would follow from the rest."""


class Hints(dict[str, Any]):
    """What a declaration line says beyond its annotation."""


def field(
    *,
    json: str | None = None,
    pointer: bool = False,
    always: bool = False,
    omitzero: bool = False,
    required: bool | None = None,
    default: object = None,
    list_type: str | None = None,
    map_type: str | None = None,
    keys: tuple[str, ...] = (),
    merge: str | None = None,
    strategy: str | None = None,
    immutable: bool = False,
    schema: str | None = None,
    go: str | None = None,
) -> Any:
    """Say what the annotation cannot.

    `json` the JSON name; `pointer` zero (of a map: empty) differs from unset; `always` written even when unset (as
    `null`, an empty list for `items`); `omitzero` a struct left out when it is empty; `required` and `default` as the
    published schema has them, where they do not follow from the rest; `list_type`, `map_type` and `keys` for
    server-side apply;
    `merge` and `strategy` the key and strategy of strategic merge patches; `immutable` an update that changes it is
    refused; `schema` the published type when it has a name that no class bears; `go` that of a list or map which has a
    type of its own in Go.
    """
    return Hints({name: value for name, value in locals().items() if value is not _UNSAID[name]})


_UNSAID = dict(field.__kwdefaults__ or {})


def keyed(*keys: str, merge: str | None = None, strategy: str | None = None, **more: Any) -> Any:
    """A list whose items are told apart by these JSON names, and merged by `merge` in strategic merge patches."""
    if merge is not None and strategy is None:
        strategy = "merge"
    return field(list_type="map", keys=keys, merge=merge, strategy=strategy, **more)


pointer: Any = field(pointer=True)
"""The zero value of the scalar differs from being unset."""

always: Any = field(always=True)
"""Written even when it is not set: as `null`."""

required: Any = field(required=True)
"""The published schema requires it, although it may be left out in JSON."""

immutable: Any = field(immutable=True)
"""An update that changes it is refused."""

unique: Any = field(list_type="set")
"""A list without duplicates, whose items are owned one by one."""
