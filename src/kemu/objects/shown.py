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
