"""JSON and YAML to typed objects and back, the way a real API server reads and writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from ..errors import ManifestError
from ..values.quantity import Quantity
from ..values.times import MicroTime, Time
from . import frames, scheme, text
from .compiled import Mismatch, is_kind, is_part
from .custom import CustomObject
from .depth import TOO_DEEP
from .lenient import Reader
from .model import Struct, replaced
from .text import DecodeError, duplicates
from .unstructured import UnstructuredReader
from .writer import compact, in_order, part_text, sorted_writer

__all__ = [
    "DecodeError",
    "decode",
    "decode_bytes",
    "decode_object",
    "duplicates",
    "encode",
    "load",
    "pieces",
    "sharing",
    "to_dict",
    "written",
]

S = TypeVar("S", bound=Struct)


def decode_bytes(body: bytes, media_type: str = "application/json") -> Any:
    """The JSON value in a request body, which may be JSON or YAML. Raises DecodeError with the API server's text.

    Names that occur twice in one object are remembered: `decode` reports them, `duplicates(value)` lists them.
    """
    return text.read(body, media_type)


def decode(
    cls: type[S],
    json: Any,
    *,
    field_validation: str = "Ignore",
    on_warning: Callable[[str], None] | None = None,
    unstructured: bool = False,
) -> S:
    """Make an instance of `cls` from parsed JSON.

    Unknown fields are dropped; with `Strict` they raise DecodeError, with `Warn` each is handed to `on_warning`.
    Raises DecodeError, with the API server's text, for values of the wrong type. `unstructured` says that the JSON
    was not read from a body but put together, by a strategic merge patch or server-side apply: such documents get
    other texts.
    """
    machine: Any = cls
    try:
        found: S = machine._decode(json)
        return found
    except Mismatch:
        pass
    except RecursionError:
        raise DecodeError(TOO_DEEP) from None
    reader = UnstructuredReader() if unstructured else Reader()
    clean = reader.read(cls, json)
    reader.finish(field_validation, on_warning)
    decoded: S = machine._decode(clean)
    return decoded


def decode_object(json: Any, **options: Any) -> Any:
    """Make the object that a document names by `apiVersion` and `kind`: a built-in type, or a CustomObject.

    Takes the options of `decode`. Raises ManifestError when it names none.
    """
    if not isinstance(json, dict) or not isinstance(json.get("kind"), str) or not json["kind"]:
        raise ManifestError(f"not an object: no kind in {_short(json)}")
    if not isinstance(json.get("apiVersion"), str) or not json["apiVersion"]:
        raise ManifestError(f"not an object: no apiVersion in {_short(json)}")
    cls = scheme.type_of(json["apiVersion"], json["kind"])
    return CustomObject(json) if cls is None else decode(cls, json, **options)


def load(manifest: str, **options: Any) -> list[Any]:
    """The objects in a YAML stream or JSON text; lists are opened, empty documents are skipped.

    Takes the options of `decode`. Raises ManifestError when it is no readable manifest.
    """
    found: list[Any] = []
    for document in text.load_all(manifest):
        for each in opened(document):
            try:
                found.append(decode_object(each, **options))
            except DecodeError as error:
                raise ManifestError(f"{named(each)}: {error}") from None
    return found


def opened(document: Any) -> Iterator[Any]:
    """The objects in a document: the items of a list of any kind, or the document itself.

    Items that do not say so are of the kind that the list is of. Raises ManifestError.
    """
    if isinstance(document, list):
        for each in document:
            yield from opened(each)
        return
    kind = document.get("kind") if isinstance(document, Mapping) else None
    if not isinstance(kind, str) or not kind.endswith("List"):
        yield document
        return
    items = document.get("items") or []
    if not isinstance(items, list | tuple):
        raise ManifestError(f"the items of a {kind} are a list, this is {type(items).__name__}")
    own = {"apiVersion": document.get("apiVersion"), "kind": kind.removesuffix("List")}
    for item in items:
        yield from opened({**own, **item} if isinstance(item, Mapping) and kind != "List" else item)


def named(document: Any) -> str:
    """A document by its kind and name, for messages: `ConfigMap/a`."""
    if not isinstance(document, Mapping):
        return "the manifest"
    metadata = document.get("metadata")
    name = metadata.get("name") if isinstance(metadata, Mapping) else None
    return f"{document.get('kind')}/{name}" if name else str(document.get("kind"))


def _short(json: Any) -> str:
    shown = repr(json)
    return shown if len(shown) <= 60 else shown[:57] + "..."


def encode(obj: Any) -> Any:
    """Plain JSON of an object, as a real API server writes it: fresh dicts and lists, with `kind` and `apiVersion`
    where the type has them. Takes parts of objects as well: lists, maps, quantities, moments.
    """
    cls = obj.__class__
    if isinstance(obj, Struct):
        data: dict[str, Any] = cls._encode(obj)
        if is_kind(cls):
            return {"kind": cls.kind, "apiVersion": cls.api_version, **data}
        return data
    if isinstance(obj, CustomObject):
        return obj.to_dict()
    if isinstance(obj, (tuple, list)):
        return [encode(item) for item in obj]
    if isinstance(obj, dict):
        return {key: encode(item) for key, item in obj.items()}
    if isinstance(obj, (Quantity, Time, MicroTime)):
        return str(obj)
    return obj


def written(obj: Any) -> str:
    """The JSON text of a top-level object without its `kind` and `apiVersion`, as the items of a list are written."""
    if isinstance(obj, Struct):
        text: str = obj.__class__._write(obj)  # type: ignore[attr-defined]
        return text
    if isinstance(obj, CustomObject):
        return _custom_text(obj)
    return compact({name: value for name, value in encode(obj).items() if name not in ("kind", "apiVersion")})


def _custom_text(obj: CustomObject) -> str:
    """The same of a custom object, all names of which are sorted."""
    before, after = {}, {}
    for name, value in obj.body.items():
        if name > "metadata":
            after[name] = value
        elif name not in ("kind", "apiVersion"):
            before[name] = value
    parts = [f'"metadata":{sorted_writer(obj.metadata.__class__)(obj.metadata)}']
    if before:
        parts.insert(0, in_order(before)[1:-1])
    if after:
        parts.append(in_order(after)[1:-1])
    return f"{{{','.join(parts)}}}"


def pieces(obj: Any) -> tuple[bytes, ...]:
    """The same text in pieces. Objects that look alike share those that they have in common."""
    return frames.pieces(obj) if isinstance(obj, Struct) else (written(obj).encode("utf-8", "replace"),)


def sharing(new: Any, old: Any) -> Any:
    """The same object, with those of its parts that are written as another object's are taken from that one.

    Whoever works on the two afterwards sees at once that nothing has changed there.
    """
    cls = new.__class__
    if cls is not old.__class__ or not isinstance(new, Struct):
        return new
    changes = {}
    for field in cls._fields:
        if field.stored and is_part(field):
            now, before = getattr(new, field.name), getattr(old, field.name)
            if now is not before and None not in (now, before) and part_text(now) == part_text(before):
                changes[field.name] = before
    return replaced(new, **changes) if changes else new


def to_dict(obj: Any) -> dict[str, Any]:
    """The JSON of an object, ready for `json.dumps`: see `encode`."""
    found: dict[str, Any] = encode(obj)
    return found
