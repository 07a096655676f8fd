"""A kind that only a schema describes. To the server it is a `Kind` like all others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from ..values.frozen import EMPTY_MAP, FrozenMap, freeze
from ..values.memo import Lately
from .columns import Column
from .compiled import Mismatch
from .custom import CustomObject
from .lenient import Reader, noun
from .meta import ObjectMeta
from .schema import Shape
from .scheme import Kind, Subresource, subresource
from .structural import compile_schema, defaulted, pruned
from .text import DecodeError, duplicates

if TYPE_CHECKING:
    from .schema_rules import Violation

AGE = Column("Age", "date", "", 0, ".metadata.creationTimestamp", "")
VERBS = ("delete", "deletecollection", "get", "list", "patch", "create", "update", "watch")
ANYTHING: Mapping[str, Any] = FrozenMap({"type": "object", "x-kubernetes-preserve-unknown-fields": True})
"""The schema of objects of which nothing is known."""


_SETTLED = Lately(256)
"""By the identity of the body of an object: that body, and the kind whose schema it is known to follow."""


@attrs.frozen
class ScalePaths:
    """Where the scale subresource of a custom kind finds its parts; a kind may have no selector."""

    spec: str = "spec.replicas"
    status: str = "status.replicas"
    selector: str = ""


@attrs.frozen(slots=True, eq=False)
class CustomKind(Kind):
    """One served version of a custom kind: its schema, and the shape that the schema compiles to."""

    schema: Mapping[str, Any]
    own_shape: Shape
    own_columns: tuple[Column, ...]
    own_selectable: tuple[str, ...]
    scale: ScalePaths | None = None
    own_list_kind: str = ""
    deprecated: str = ""
    """What every request to the version is warned of."""
    terminating: bool = False
    """Whether the kind goes away, and takes no new objects."""
    has_objects: bool = False
    """Whether there are objects within its objects."""

    @property
    def type(self) -> Any:
        """The class of the objects, which all custom kinds share."""
        return CustomObject

    @property
    def list_kind(self) -> str:
        """The kind of a list of the objects."""
        return self.own_list_kind or f"{self.kind}List"

    @property
    def list_type(self) -> Any:
        """There is no class for a list of custom objects."""
        return None

    @property
    def extension(self) -> bool:
        """All custom kinds are served by the extension server."""
        return True

    @property
    def selectable(self) -> tuple[str, ...]:
        """What the definition lists as `selectableFields`."""
        return self.own_selectable

    @property
    def patches(self) -> tuple[str, ...]:
        """All but the strategic merge patch, which needs merge keys."""
        return ("json", "merge", "apply")

    @property
    def shape(self) -> Shape:
        """What the schema compiles to."""
        return self.own_shape

    @property
    def columns(self) -> tuple[Column, ...]:
        """The name, and the columns that the definition names or else the age."""
        return self.own_columns

    def empty(self) -> CustomObject:
        """An object of this kind with nothing in it."""
        return CustomObject({"apiVersion": self.api_version, "kind": self.kind})

    def decode(
        self,
        document: Mapping[str, Any],
        *,
        field_validation: str = "Ignore",
        on_warning: Callable[[str], None] | None = None,
        unstructured: bool = False,
    ) -> CustomObject:
        """An object from JSON: what the schema does not have is dropped, what it has a default for filled in.

        A `null` that says nothing is dropped too, but from what was put together (`unstructured`).

        Raises DecodeError for metadata of the wrong type, and with `Strict` for unknown and repeated fields.
        """
        reader = Reader()
        for complaint in duplicates(document):
            reader.mind(complaint)
        if not isinstance(document, Mapping):
            raise DecodeError(
                f"json: cannot unmarshal {noun(document)} into Go value of type map[string]interface {{}}"
            )
        body = {**document, "apiVersion": self.api_version, "kind": self.kind}
        metadata = metadata_of(body.pop("metadata", None), reader, "metadata")
        unknown: list[str] = []
        known = pruned(body, self.shape, unknown.append)
        for path in sorted(unknown):
            reader.mind(f'unknown field "{path}"')
        if self.has_objects:
            from .inner_objects import coerced

            known = coerced(known, self.schema, "")
        reader.finish(field_validation, on_warning)
        return self._found_settled(CustomObject(defaulted(known, self.shape, nulls=unstructured), metadata=metadata))

    def settled(self, obj: CustomObject) -> CustomObject:
        """An object as it is after its way through JSON: pruned, and with the schema's defaults."""
        found = _SETTLED.get(id(obj.body))
        if found is not None and found[1] is self:
            return obj
        known = defaulted(pruned(obj.body, self.shape, _ignore), self.shape, nulls=True)
        if known is not obj.body or obj.api_version != self.api_version or obj.kind != self.kind:
            obj = CustomObject({**known, "apiVersion": self.api_version, "kind": self.kind}, metadata=obj.metadata)
        return self._found_settled(obj)

    def _found_settled(self, obj: CustomObject) -> CustomObject:
        _SETTLED.keep(id(obj.body), (obj.body, self))
        return obj

    def converted(self, obj: CustomObject) -> CustomObject:
        """An object of another version as this one has it: by its own name, without what its schema lacks."""
        body = obj.body if obj.api_version == self.api_version else {**obj.body, "apiVersion": self.api_version}
        known = pruned(body, self.shape, _ignore)
        return obj if known is obj.body else CustomObject(known, metadata=obj.metadata)

    def violations(self, obj: CustomObject, old: CustomObject | None, part: str = "") -> Iterable[Violation]:
        """What the schema does not allow of an object, as far as it has changed; of a status write, of its status.

        The rules of the schema are asked of the whole object, unless it is so wrong that they could not be.
        """
        from .custom_rules import violations

        return violations(self, obj, old, part)


def custom_kind(
    group: str,
    version: str,
    plural: str,
    kind: str,
    *,
    scope: str = "Namespaced",
    schema: Mapping[str, Any] = ANYTHING,
    subresources: Iterable[str] | Mapping[str, Mapping[str, str]] = (),
    singular: str = "",
    short_names: Iterable[str] = (),
    categories: Iterable[str] = (),
    columns: Iterable[Mapping[str, Any]] = (),
    selectable: Iterable[str] = (),
    list_kind: str = "",
    deprecated: str = "",
    terminating: bool = False,
) -> CustomKind:
    """A kind made from an openAPIV3Schema and what else a version of a CustomResourceDefinition says.

    `subresources` are `status` and `scale`: their names, or what the definition says of them, such as
    `{"status": {}, "scale": {"specReplicasPath": ".spec.size", ...}}`. `columns` are `additionalPrinterColumns`,
    `selectable` the paths of `selectableFields`, such as `.spec.colour`.
    """
    api_version = f"{group}/{version}"
    declared = dict(subresources) if isinstance(subresources, Mapping) else {name: {} for name in subresources}
    own: dict[str, Subresource] = {
        name: subresource(name, api_version, kind) for name in ("status", "scale") if name in declared
    }
    frozen = freeze(dict(schema))
    return CustomKind(
        group=group,
        version=version,
        kind=kind,
        plural=plural,
        singular=singular or kind.lower(),
        short_names=tuple(short_names),
        categories=tuple(categories),
        namespaced=scope == "Namespaced",
        verbs=VERBS,
        subresources=FrozenMap(own) if own else EMPTY_MAP,
        schema=frozen,
        own_shape=compile_schema(frozen, kind),
        scale=_scale(declared["scale"]) if "scale" in declared else None,
        own_selectable=tuple([path.removeprefix(".") for path in selectable]),
        has_objects=_has_objects(frozen),
        own_list_kind=list_kind or f"{kind}List",
        deprecated=deprecated,
        terminating=terminating,
        own_columns=(Column("Name", "string", "name", 0), *(map(_column, columns) if columns else (AGE,))),
    )


def _has_objects(schema: Mapping[str, Any]) -> bool:
    if not schema.keys() & {"properties", "additionalProperties"}:
        return False
    from .schema_lists import has_objects

    return has_objects(schema)


def _scale(said: Mapping[str, str]) -> ScalePaths:
    names = {"spec": "specReplicasPath", "status": "statusReplicasPath", "selector": "labelSelectorPath"}
    return ScalePaths(**{part: said[name].removeprefix(".") for part, name in names.items() if said.get(name)})


def _column(said: Mapping[str, Any]) -> Column:
    path = said["jsonPath"]
    description = said.get("description") or f"Custom resource definition column (in JSONPath format): {path}"
    return Column(said["name"], said["type"], said.get("format") or "", said.get("priority") or 0, path, description)


def metadata_of(given: Any, reader: Reader, path: str) -> ObjectMeta:
    """Metadata is typed, whatever the kind."""
    if given is None:
        return ObjectMeta()
    machine: Any = ObjectMeta
    try:
        found: ObjectMeta = machine._decode(given)
        return found
    except Mismatch:
        pass
    if not isinstance(given, Mapping):
        raise DecodeError(f"json: cannot unmarshal {noun(given)} into Go value of type v1.ObjectMeta")
    clean = reader.struct(ObjectMeta, given, path, "")
    if reader.wrong is not None:
        raise DecodeError(reader.wrong)
    read: ObjectMeta = machine._decode(clean)
    return read


def _ignore(path: str) -> None:
    """Nobody is told."""
