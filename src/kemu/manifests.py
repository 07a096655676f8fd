"""Reading manifests: files, folders, YAML or JSON text, dicts and typed objects, all to plain JSON documents."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from .errors import ManifestError
from .objects import codec
from .objects.text import json_stream, sent

Manifest = Any
"""A path, a folder, YAML or JSON text, a mapping, a typed object, or a sequence of these."""

SUFFIXES = (".yaml", ".yml", ".json")


def read_manifests(manifest: Manifest) -> tuple[list[dict[str, Any]], bool]:
    """The documents of a manifest, and whether it was a single object rather than a collection.

    Raises ManifestError, with the place, for what cannot be read or is no Kubernetes object.
    """
    if isinstance(manifest, str) and not manifest.strip():
        raise ManifestError("an empty text is no manifest: give a path, YAML, a dict or an object")
    documents = [_checked(document, where) for document, where in _documents(manifest)]
    single = len(documents) == 1 and not isinstance(manifest, list | tuple)
    if not documents:
        raise ManifestError(f"no objects in {_name(manifest)}")
    return documents, single


def read_document(text: str) -> Any:
    """The one document of a YAML or JSON text, such as a patch. Raises ManifestError."""
    documents = [document for document, _ in _from_text(text, "the document")]
    if len(documents) != 1:
        raise ManifestError(f"one document is wanted, there are {len(documents)} in {text[:40]!r}")
    return documents[0]


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
        try:
            document, problem = sent(manifest)
        except RecursionError:
            problem = "it is nested too deeply"
        if problem is not None:
            raise ManifestError(f"{codec.named(manifest)} is no JSON: {problem}")
        yield from _unlisted(document, "the manifest")
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
        if os.path.exists(path) and not os.path.isfile(path):
            raise ManifestError(f"{path}: neither a file nor a folder")
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ManifestError(f'the path "{path}" does not exist') from None
    except (OSError, ValueError) as problem:
        raise ManifestError(f"{path}: cannot be read: {problem}") from None
    yield from _from_text(text, str(path))


def _from_text(text: str, where: str) -> Iterator[tuple[Any, str]]:
    values = json_stream(text)
    if values is not None:
        for value in values:
            yield from _unlisted(value, where)
        return
    import yaml

    from .objects import yaml_text

    try:
        for value, _ in yaml_text.documents(text):
            if value is not None:
                yield from _unlisted(value, where)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark
        line = f", line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""
        raise ManifestError(f"{where}{line}: not valid YAML: {problem.problem}") from None
    except yaml.YAMLError as problem:
        raise ManifestError(f"{where}: not valid YAML: {' '.join(str(problem).split())}") from None


def _unlisted(document: Any, where: str) -> Iterator[tuple[Any, str]]:
    """The items of a list of any kind, or the document itself."""
    if not isinstance(document, Mapping):
        yield document, where
        return
    try:
        for each in codec.opened(document):
            yield each, where
    except ManifestError as problem:
        raise ManifestError(f"{where}: {problem}") from None


def _checked(document: Any, where: str) -> dict[str, Any]:
    if not isinstance(document, Mapping):
        raise ManifestError(f"{where}: a manifest is a mapping, this is {type(document).__name__}")
    missing = [name for name in ("apiVersion", "kind") if not document.get(name)]
    if missing:
        raise ManifestError(f"{where}: error validating data: [{', '.join(f'{name} not set' for name in missing)}]")
    metadata = document.get("metadata") or {}
    if not isinstance(metadata, Mapping):
        raise ManifestError(f"{where}: metadata is a mapping, this is {type(metadata).__name__}")
    texts = {"apiVersion": document["apiVersion"], "kind": document["kind"]}
    texts |= {f"metadata.{name}": metadata.get(name) for name in ("name", "namespace")}
    for name, value in texts.items():
        if value is not None and not isinstance(value, str):
            raise ManifestError(f"{where}: {name} is text, this is {type(value).__name__}")
    return dict(document)
