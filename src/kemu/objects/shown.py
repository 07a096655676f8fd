"""How objects show themselves: `print` writes YAML, `repr` of what is stored is its title."""

from __future__ import annotations

from typing import Any

import yaml

from . import codec


def as_yaml(obj: Any) -> str:
    """An object, or a part of one, as `kubectl get -o yaml` prints it: without `managedFields`."""
    document = codec.encode(obj)
    if "kind" in document and "apiVersion" in document:
        document = {"apiVersion": document.pop("apiVersion"), "kind": document.pop("kind"), **document}
    if isinstance(document.get("metadata"), dict):
        document["metadata"].pop("managedFields", None)
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True)


def title(obj: Any) -> str:
    """A stored object by its kind and name, with its phase or reason if it has one, and its revision."""
    metadata = obj.metadata
    name = f"{metadata.namespace}/{metadata.name}" if metadata.namespace else metadata.name
    phase = getattr(getattr(obj, "status", None), "phase", None) or getattr(obj, "reason", None)
    return f"<{obj.kind} {name}{f' {phase}' if phase else ''}, revision {metadata.resource_version}>"


class _GoDumper(yaml.SafeDumper):
    """Writes texts as Go does: those with lines as a block, those that could be read as something else in quotes."""

    def _text(self, value: str) -> yaml.ScalarNode:
        style = None
        if "\n" in value:
            style = "|"
        elif value in _BOOLEANS or self.resolve(yaml.ScalarNode, value, (True, False)) != _TEXT:
            style = '"'
        return self.represent_scalar(_TEXT, value, style=style)


_TEXT = "tag:yaml.org,2002:str"
_BOOLEANS = ("y", "Y", "n", "N")
"""Texts that are booleans for Go, and for nobody here."""
_GoDumper.add_representer(str, _GoDumper._text)


def go_yaml(document: Any) -> str:
    """JSON as YAML, its names sorted, as a real API server writes it."""
    text: str = yaml.dump(document, Dumper=_GoDumper, sort_keys=True, allow_unicode=True)
    return text
