"""Custom resources: objects of a kind that only a CustomResourceDefinition describes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from ..values.frozen import FrozenMap, freeze, thaw

if TYPE_CHECKING:
    from .meta import ObjectMeta


class CustomObject:
    """A frozen JSON document with typed metadata.

    `widget.spec.size`, `widget["spec"]["size"]` and `widget.get("status")` read it; a name that is not there raises
    AttributeError or KeyError. Nested documents are `FrozenMap`s and tuples, seen through attributes as `View`s.
    Hashable, picklable, compared by content.
    """

    __slots__ = ("body", "metadata")

    body: FrozenMap[str, Any]
    """Everything but the metadata, frozen: `apiVersion`, `kind`, `spec`, and what else there is."""
    metadata: ObjectMeta

    def __init__(self, json: Mapping[str, Any] | None = None, /, *, metadata: Any = None, **fields: Any) -> None:
        from .meta import ObjectMeta

        body = dict(json or {}) | fields
        found = body.pop("metadata", None) if metadata is None else metadata
        if not isinstance(found, ObjectMeta):
            found = ObjectMeta(**(found or {}))
        object.__setattr__(self, "body", freeze(body))
        object.__setattr__(self, "metadata", found)

    @property
    def kind(self) -> str:
        """The kind that the object names."""
        return str(self.body.get("kind", ""))

    @property
    def api_version(self) -> str:
        """The `apiVersion` that the object names."""
        return str(self.body.get("apiVersion", ""))

    def get(self, name: str, default: Any = None) -> Any:
        """A top-level field as frozen JSON, or `default`."""
        return self.metadata if name == "metadata" else self.body.get(name, default)

    def evolve(self, changes: Mapping[str, Any] | None = None, /, **fields: Any) -> CustomObject:
        """A copy with some top-level fields replaced, or with changes by path; None removes a field."""
        if changes:
            from .paths import evolve_document

            self = evolve_document(self, changes)
        metadata = fields.pop("metadata", self.metadata)
        body = {name: value for name, value in {**self.body, **fields}.items() if value is not None}
        return CustomObject(body, metadata=metadata)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON: fresh dicts and lists."""
        from .codec import encode

        data = {name: thaw(self.body[name]) for name in ("kind", "apiVersion") if name in self.body}
        data["metadata"] = encode(self.metadata)
        data.update((name, thaw(value)) for name, value in self.body.items() if name not in data)
        return data

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return view(self.body[name])
        except KeyError:
            raise AttributeError(f"this {self.kind or 'object'} has no field {name!r}") from None

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
        return f"CustomObject({self.to_dict()!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (_restore, (self.body, self.metadata))

    def __copy__(self) -> CustomObject:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> CustomObject:
        return self


class View(FrozenMap[str, Any]):
    """A frozen JSON object whose entries can be read as attributes too."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        try:
            return view(self[name])
        except KeyError:
            raise AttributeError(f"no field {name!r}; there are: {', '.join(sorted(self)) or 'none'}") from None

    def __iter__(self) -> Iterator[str]:
        return super().__iter__()


def view(value: Any) -> Any:
    """Frozen JSON with attribute access on its objects."""
    if isinstance(value, dict):
        return View(value)
    if isinstance(value, tuple):
        return tuple([view(item) for item in value])
    return value


def _restore(body: FrozenMap[str, Any], metadata: ObjectMeta) -> CustomObject:
    return CustomObject(body, metadata=metadata)
