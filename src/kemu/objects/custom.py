"""Custom resources: objects of a kind that only a CustomResourceDefinition describes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from ..values.frozen import FrozenMap, alike
from ..values.state import leaf

if TYPE_CHECKING:
    from .meta import ObjectMeta


@leaf
class CustomObject:
    """A frozen JSON document with typed metadata.

    `widget.spec.size`, `widget["spec"]["size"]` and `widget.get("status")` read it; a name that is not there raises
    AttributeError or KeyError, but for `spec` and `status`, which are then None as in any object. Attributes may be
    spelt in Python's way: `widget.status.ready_replicas`. Nested documents are `View`s and tuples. Hashable, picklable,
    compared by content.
    """

    __slots__ = ("body", "metadata")

    body: View
    """Everything but the metadata, frozen: `apiVersion`, `kind`, `spec`, and what else there is."""
    metadata: ObjectMeta

    def __init__(self, json: Mapping[str, Any] | None = None, /, *, metadata: Any = None, **fields: Any) -> None:
        from .meta import ObjectMeta

        body = dict(json or {}) | fields
        found = body.pop("metadata", None) if metadata is None else metadata
        if not isinstance(found, ObjectMeta):
            found = ObjectMeta(**(found or {}))
        object.__setattr__(self, "body", view(body))
        object.__setattr__(self, "metadata", found)

    @property
    def kind(self) -> str:
        """The kind that the object names."""
        return str(self.body.get("kind", ""))

    @property
    def api_version(self) -> str:
        """The `apiVersion` that the object names."""
        return str(self.body.get("apiVersion", ""))

    @property
    def spec(self) -> Any:
        """What is wanted, or None."""
        return self.body.get("spec")

    @property
    def status(self) -> Any:
        """What is the case, or None."""
        return self.body.get("status")

    @property
    def parts(self) -> dict[str, Any]:
        """The top-level fields by name, without `kind` and `apiVersion`."""
        body = {name: value for name, value in self.body.items() if name not in ("kind", "apiVersion")}
        return {"metadata": self.metadata, **body}

    def get(self, name: str, default: Any = None) -> Any:
        """A top-level field as frozen JSON, or `default`."""
        return self.metadata if name == "metadata" else self.body.get(name, default)

    def evolve(self, changes: Mapping[str, Any] | None = None, /, **fields: Any) -> CustomObject:
        """A copy with some top-level fields replaced, or with changes by path; None removes a field."""
        if changes:
            from .paths import evolve_document

            self = evolve_document(self, changes)
        metadata = fields.pop("metadata", self.metadata)
        if not fields and metadata.__class__ is self.metadata.__class__:
            return _restore(self.body, metadata)
        body = {name: value for name, value in {**self.body, **fields}.items() if value is not None}
        return CustomObject(body, metadata=metadata)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON, its names sorted as a real API server writes them: fresh dicts and lists."""
        from .codec import encode

        return _written({**self.body, "metadata": encode(self.metadata)})

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found = self.body.get(name, _MISSING)
        if found is _MISSING:
            found = self.body.get(camel(name), _MISSING)
        if found is _MISSING:
            raise AttributeError(f"this {self.kind or 'object'} has no field {name!r}")
        return found

    def __getitem__(self, name: str) -> Any:
        return self.metadata if name == "metadata" else self.body[name]

    def __contains__(self, name: object) -> bool:
        return name == "metadata" or name in self.body

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a CustomObject cannot be changed; use evolve() for a changed copy")

    __delattr__ = __setattr__  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, CustomObject):
            return NotImplemented
        return self.metadata == other.metadata and self.body == other.body

    def __hash__(self) -> int:
        return hash((self.metadata, self.body))

    def __repr__(self) -> str:
        from .shown import title

        return title(self) if self.metadata.resource_version else f"CustomObject({self.to_dict()!r})"

    def __str__(self) -> str:
        from .shown import as_yaml

        return as_yaml(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return (_restore, (self.body, self.metadata))

    def __copy__(self) -> CustomObject:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> CustomObject:
        return self


class View(FrozenMap[str, Any]):
    """A frozen JSON object whose entries can be read as attributes too. Among themselves 1 is neither True nor 1.0."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        equal = dict.__eq__(self, other)
        if equal is not True or other.__class__ is not View:
            return equal
        return all(map(alike, self.values(), map(other.__getitem__, self)))

    def __ne__(self, other: object) -> bool:
        equal = self.__eq__(other)
        return equal if equal is NotImplemented else not equal

    __hash__ = FrozenMap.__hash__

    def __getattr__(self, name: str) -> Any:
        found = self.get(name, _MISSING)
        if found is _MISSING:
            found = self.get(camel(name), _MISSING)
        if found is _MISSING:
            raise AttributeError(f"no field {name!r}; there are: {', '.join(sorted(self)) or 'none'}")
        return found


_MISSING: Any = object()


def view(value: Any) -> Any:
    """JSON frozen, with attribute access on its objects. What is so already is shared, not copied."""
    kind = value.__class__
    if kind is str or kind is int or kind is bool or kind is View or value is None:
        return value
    if kind is dict or isinstance(value, Mapping):
        return View({name: view(item) for name, item in value.items()})
    if isinstance(value, (list, tuple)):
        return tuple([view(item) for item in value])
    return float(value) if isinstance(value, float) else value


def camel(name: str) -> str:
    """`ready_replicas` as `readyReplicas`."""
    head, *rest = name.split("_")
    return head + "".join([part.title() for part in rest])


def _written(value: Any) -> Any:
    """Plain JSON from a frozen value, the names in every object sorted."""
    if value.__class__ is str:
        return value
    if isinstance(value, dict):
        return {name: _written(value[name]) for name in sorted(value)} if value else {}
    if isinstance(value, (tuple, list)):
        return [_written(item) for item in value]
    return value


def _restore(body: View, metadata: ObjectMeta) -> CustomObject:
    self = CustomObject.__new__(CustomObject)
    object.__setattr__(self, "body", body)
    object.__setattr__(self, "metadata", metadata)
    return self
