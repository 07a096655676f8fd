"""What a container is told of its pod: fields, amounts, and keys of config maps and secrets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ....values import names
from ...failures import FieldError, invalid_value, not_supported, required
from ...rows import Check

READABLE = frozenset(
    {
        "metadata.annotations",
        "metadata.labels",
        "metadata.name",
        "metadata.namespace",
        "metadata.uid",
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.serviceAccountName",
        "spec.schedulerName",
        "status.phase",
        "status.hostIP",
        "status.hostIPs",
        "status.podIP",
        "status.podIPs",
    }
)
"""The fields of a pod that can be asked for somewhere."""

OLD_NAMES = {"spec.host": "spec.nodeName"}
MAPS = ("metadata.annotations", "metadata.labels")

BYTES = ("1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei")
DIVISORS = {
    "cpu": (("1m", "1"), "1m and 1 are supported with the cpu resource"),
    "memory": (BYTES, f"{', '.join(BYTES)} are supported with the memory resource"),
    "ephemeral-storage": (BYTES, f"{', '.join(BYTES)} are supported with the local ephemeral storage resource"),
    "hugepages-": (BYTES, f"{', '.join(BYTES)} are supported with the hugepages resource"),
}
"""By what an amount may be divided, and what is said of another divisor."""

AMOUNTS = tuple(f"{kind}.{name}" for kind in ("limits", "requests") for name in ("cpu", "ephemeral-storage", "memory"))


def pod_field(offered: Sequence[str]) -> Check:
    """A field of the pod, by its path: one of those that are offered here, or one entry of a map."""

    def check(reference: Any) -> Iterator[FieldError]:
        if not reference.api_version:
            yield required("apiVersion")
            return
        if not reference.field_path:
            yield required("fieldPath")
            return
        path, entry = _split(reference.field_path)
        problem = _unreadable(reference.api_version, reference.field_path, path, entry)
        if problem:
            yield invalid_value("fieldPath", reference.field_path, f"error converting fieldPath: {problem}")
        elif entry is not None:
            key = entry.lower() if path == "metadata.annotations" else entry
            yield from (invalid_value("", key, text) for text in names.is_qualified_name(key))
        elif OLD_NAMES.get(path, path) not in offered:
            yield not_supported("fieldPath", OLD_NAMES.get(path, path), offered)

    return check


def _split(path: str) -> tuple[str, str | None]:
    """A path and the key in its brackets: `metadata.labels['app']`."""
    name, bracket, rest = path.partition("['")
    return (name, rest[:-2]) if bracket and name and rest.endswith("']") else (path, None)


def _unreadable(version: str, whole: str, path: str, entry: str | None) -> str:
    if version != "v1":
        return f"unsupported pod version: {version}"
    if entry is not None:
        return "" if path in MAPS else f"field label does not support subscript: {whole}"
    return "" if path in READABLE or path in OLD_NAMES else f"field label not supported: {path}"


def container_amount(reference: Any, *, named: bool = False) -> Iterator[FieldError]:
    """What a container requests or is limited to; a file that tells it is `named` with a container."""
    asked = reference.resource
    kind, _, name = asked.partition(".")
    pages = name.startswith("hugepages-") and kind in ("limits", "requests")
    if named and not reference.container_name:
        yield required("containerName")
    elif not asked:
        yield required("resource")
    elif asked not in AMOUNTS and not pages:
        yield not_supported("resource", asked, AMOUNTS)
    allowed = DIVISORS.get("hugepages-" if pages else name if asked in AMOUNTS else "")
    if reference.divisor and allowed is not None and str(reference.divisor) not in allowed[0]:
        yield invalid_value("divisor", asked, f"only divisor's values {allowed[1]}")
