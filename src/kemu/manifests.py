"""Reading manifests: files, folders, YAML or JSON text, dicts and typed objects, all to plain JSON documents."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import yaml

from .errors import ManifestError
from .objects import codec
from .values.frozen import thaw

Manifest = Any
"""A path, a folder, YAML or JSON text, a mapping, a typed object, or a sequence of these."""

SUFFIXES = (".yaml", ".yml", ".json")

_BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _text(key: Any) -> str:
    """A key as JSON has it."""
    return key if isinstance(key, str) else json.dumps(key)


class _Loader(_BASE):
    """YAML as kubectl reads it: it ends up as JSON, so that keys are text, dates are text and 22:22 is no number."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag.rpartition(":")[2] in ("bool", "null", "merge")]
        for first, resolvers in _BASE.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[str, Any]:
        """A mapping with text as keys. Raises a MarkedYAMLError for a key that is there twice."""
        if not isinstance(node, yaml.MappingNode):
            raise yaml.constructor.ConstructorError(None, None, "expected a mapping", node.start_mark)
        written: set[str] = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, list | dict):
                raise yaml.constructor.ConstructorError(None, None, "a key must be text", key_node.start_mark)
            if _text(key) in written:
                problem = f"key {json.dumps(_text(key))} already set in map"
                raise yaml.constructor.ConstructorError(None, None, problem, key_node.start_mark)
            written.add(_text(key))
        self.flatten_mapping(node)
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            result[_text(self.construct_object(key_node, deep=True))] = self.construct_object(value_node, deep=deep)
        return result

    def whole(self, node: Any) -> int:
        """A whole number, in any of the ways in which YAML 1.1 and 1.2 write one."""
        text = self.construct_scalar(node).replace("_", "").lower()
        sign, digits = (-1 if text[0] == "-" else 1), text.lstrip("+-")
        if digits.startswith(("0x", "0b", "0o")):
            return sign * int(digits, 0)
        return sign * int(digits, 8 if digits.startswith("0") and digits != "0" else 10)

    def real(self, node: Any) -> float:
        """A number with a fraction or an exponent."""
        return float(self.construct_scalar(node).replace("_", ""))


_WHOLE = re.compile(r"[-+]?(0b[01_]+|0x[0-9a-fA-F_]+|0o[0-7_]+|0[0-7_]*|[1-9][0-9_]*)")
_REAL = re.compile(r"[-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?")
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(rf"(?:{_WHOLE.pattern})$"), list("-+0123456789"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(rf"(?:{_REAL.pattern})$"), list("-+.0123456789"))
_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.whole)
_Loader.add_constructor("tag:yaml.org,2002:float", _Loader.real)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.construct_yaml_str)
_Loader.add_constructor("tag:yaml.org,2002:map", lambda loader, node: loader.construct_mapping(node, deep=True))


def read_manifests(manifest: Manifest) -> tuple[list[dict[str, Any]], bool]:
    """The documents of a manifest, and whether it was a single object rather than a collection.

    Raises ManifestError, with the place, for what cannot be read or is no Kubernetes object.
    """
    documents = [_checked(document, where) for document, where in _documents(manifest)]
    single = len(documents) == 1 and not isinstance(manifest, list | tuple)
    if not documents:
        raise ManifestError(f"no objects in {_name(manifest)}")
    return documents, single


def _name(manifest: Manifest) -> str:
    if isinstance(manifest, os.PathLike):
        return str(manifest)
    if isinstance(manifest, str) and "\n" not in manifest:
        return manifest
    return "the manifest"


def _documents(manifest: Manifest) -> Iterator[tuple[Any, str]]:
    if isinstance(manifest, os.PathLike):
        yield from _from_path(Path(manifest))
    elif isinstance(manifest, str):
        if "\n" in manifest or manifest.lstrip().startswith(("{", "apiVersion:", "kind:")):
            yield from _from_text(manifest, "the manifest")
        else:
            yield from _from_path(Path(manifest))
    elif isinstance(manifest, Mapping):
        yield from _unlisted(thaw(manifest), "the manifest")
    elif attrs.has(type(manifest)) or hasattr(manifest, "metadata"):
        yield codec.encode(manifest), "the object"
    elif isinstance(manifest, Sequence) and not isinstance(manifest, bytes):
        for each in manifest:
            yield from _documents(each)
    else:
        raise ManifestError(
            f"cannot read a manifest from {type(manifest).__name__}: use a path, YAML, a dict or an object"
        )


def manifest_files(path: Path, *, recursive: bool = False) -> list[Path]:
    """The files with manifests in a folder, by name, or the one file. Raises ManifestError if there are none."""
    if not os.path.exists(path):  # in contrast to Path.exists, also for what is much too long for a name
        raise ManifestError(f'the path "{path}" does not exist')
    if not path.is_dir():
        return [path]
    inside = path.rglob("*") if recursive else path.iterdir()
    found = sorted(child for child in inside if child.suffix in SUFFIXES and child.is_file())
    if not found:
        raise ManifestError(f"{path}: no {', '.join(SUFFIXES)} files in this folder")
    return found


def _from_path(path: Path) -> Iterator[tuple[Any, str]]:
    if os.path.isdir(path):
        for child in manifest_files(path):
            yield from _from_path(child)
        return
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ManifestError(f'the path "{path}" does not exist') from None
    except (OSError, ValueError) as problem:
        raise ManifestError(f"{path}: cannot be read: {problem}") from None
    yield from _from_text(text, str(path))


def _from_text(text: str, where: str) -> Iterator[tuple[Any, str]]:
    try:
        for document in yaml.load_all(text, Loader=_Loader):
            if document is not None:
                yield from _unlisted(document, where)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark
        line = f", line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""
        raise ManifestError(f"{where}{line}: not valid YAML: {problem.problem}") from None
    except (yaml.YAMLError, RecursionError) as problem:
        raise ManifestError(f"{where}: not valid YAML: {problem}") from None


def _unlisted(document: Any, where: str) -> Iterator[tuple[Any, str]]:
    """The items of a `kind: List`, or the document itself."""
    if isinstance(document, Mapping) and document.get("kind") == "List":
        items = document.get("items") or []
        if not isinstance(items, list):
            raise ManifestError(f"{where}: the items of a List are a list, this is {type(items).__name__}")
        for item in items:
            yield from _unlisted(item, where)
    else:
        yield document, where


def _checked(document: Any, where: str) -> dict[str, Any]:
    if not isinstance(document, Mapping):
        raise ManifestError(f"{where}: a manifest is a mapping, this is {type(document).__name__}")
    missing = [name for name in ("apiVersion", "kind") if not document.get(name)]
    if missing:
        raise ManifestError(f"{where}: error validating data: [{', '.join(f'{name} not set' for name in missing)}]")
    if not isinstance(document.get("metadata") or {}, Mapping):
        raise ManifestError(f"{where}: metadata is a mapping, this is {type(document['metadata']).__name__}")
    return dict(document)
