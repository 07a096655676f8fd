"""What is accepted and stored, and has no effect here: nothing lies in silence.

One table of kinds, one of fields. `cluster.apply` and its like warn of what they say, `explain` and a wait that failed
name it, and so does `kemu run`. What has no effect in a real cluster of this sort either (an Ingress without an ingress
controller) is in them too, if somebody is likely to wait for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any

import attrs

from .apiserver.resources import Resource
from .kit import Process
from .objects import Struct, codec
from .objects.recall import Recall
from .objects.schema import Shape, shape_of


def _is_on(holder: Any, value: Any) -> bool:
    return value is not False


@attrs.frozen
class Row:
    """A field without effect: its JSON path, what it does not do, and for which values in which holder that matters."""

    path: str
    why: str
    where: Callable[[Any, Any], bool] = _is_on
    unless: str = ""
    """The controller that sees to it, where one of this name runs."""


KINDS: Mapping[str, str] = {
    "flowschemas.flowcontrol.apiserver.k8s.io": "no request is ever queued",
    "ingresses.networking.k8s.io": "there is no ingress controller, so it never has an address",
    "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io": "no request is ever queued",
}
"""Kinds that nothing looks at."""

CONTROLLED: Mapping[str, str] = {
    "cronjobs.batch": "no Job is made from it",
    "daemonsets.apps": "no pod is made from it",
    "horizontalpodautoscalers.autoscaling": "nothing is scaled",
    "jobs.batch": "no pod is made from it",
    "persistentvolumeclaims": "no volume is provisioned for it or bound to it",
    "poddisruptionbudgets.policy": "every eviction under it is refused",
    "replicationcontrollers": "no pod is made from it",
    "resourcequotas": "what is used up is not counted",
    "resourceclaims.resource.k8s.io": "it is not released when its pods end",
    "statefulsets.apps": "no pod is made from it",
}
"""Kinds at which only their controller would look: they are simulated where one runs, kemu's own or a user's."""

# fmt: off
_VOLUMES = (
    "awsElasticBlockStore", "azureDisk", "azureFile", "cephfs", "cinder", "fc", "flexVolume", "flocker",
    "gcePersistentDisk", "gitRepo", "glusterfs", "iscsi", "nfs", "photonPersistentDisk", "portworxVolume",
    "quobyte", "rbd", "scaleIO", "storageos", "vsphereVolume",
)
# fmt: on

PROFILES: Mapping[str, str] = {
    "securityContext.appArmorProfile": "there are no profiles",
    "securityContext.seLinuxOptions": "there are no labels",
    "securityContext.seccompProfile": "there are no profiles",
}
"""What has no effect in any security context; users, groups and what is read-only have one."""

POD: tuple[Row, ...] = (
    Row("hostPID", "containers see no processes but their own"),
    Row("hostIPC", "containers share nothing with their node"),
    Row("hostUsers", "there are no users", lambda _, value: value is False),
    Row("runtimeClassName", "there is one sort of runtime"),
    *(Row(path, why) for path, why in PROFILES.items()),
    *(
        Row(f"{containers}.{path}", why)
        for containers in ("initContainers[]", "containers[]")
        for path, why in (
            ("lifecycle.stopSignal", "a container is stopped with SIGTERM"),
            *PROFILES.items(),
            ("securityContext.capabilities", "root may do everything, and others nothing more"),
            ("securityContext.privileged", "a container reaches nothing of its node but what is mounted"),
            ("securityContext.procMount", "there is little in /proc"),
            ("volumeDevices[]", "there are no block devices"),
        )
    ),
    *(Row(f"volumes[].{source}", "the volume is an empty folder") for source in _VOLUMES),
    Row("volumes[].projected.sources[].clusterTrustBundle", "there are no trust bundles"),
    Row("volumes[].projected.sources[].podCertificate", "there are no certificates of pods"),
)
"""Fields of the specification of a pod."""

POD_SPECS: Mapping[str, str] = {
    "cronjobs.batch": "spec.jobTemplate.spec.template.spec",
    "daemonsets.apps": "spec.template.spec",
    "deployments.apps": "spec.template.spec",
    "jobs.batch": "spec.template.spec",
    "pods": "spec",
    "replicasets.apps": "spec.template.spec",
    "replicationcontrollers": "spec.template.spec",
    "statefulsets.apps": "spec.template.spec",
}
"""Where kinds hold the specification of a pod."""

FIELDS: Mapping[str, tuple[Row, ...]] = {
    "services": (
        Row(
            "spec.type",
            "there is no cloud that gives it an address",
            lambda _, value: value == "LoadBalancer",
            "service-lb-controller",
        ),
    ),
    **{kind: tuple([attrs.evolve(row, path=f"{path}.{row.path}") for row in POD]) for kind, path in POD_SPECS.items()},
}
"""Fields without effect, by kind."""


def of(resource: Resource, obj: Any, processes: Iterable[Process]) -> Iterator[str]:
    """What of an object has no effect here, in sentences. `processes` are those that run in its cluster."""
    yield from _of_kind(resource, processes)
    if resource.key in FIELDS and resource.canonical:
        yield from _told(_fields(obj, resource.type, resource.key), resource, processes)


def of_document(resource: Resource, document: Mapping[str, Any], processes: Iterable[Process]) -> Iterator[str]:
    """The same of what an accepted document says. Of specifications that are alike one is looked at."""
    yield from _of_kind(resource, processes)
    spec = document.get("spec")
    if spec and resource.key in FIELDS and resource.canonical:
        yield from _told(_of_spec(resource.type, resource.key)(spec), resource, processes)


def _told(rows: Iterable[Row], resource: Resource, processes: Iterable[Process]) -> Iterator[str]:
    """Rows as sentences, but for those of fields that some process sees to."""
    for row in rows:
        if not (row.unless and any(row.unless in process.program.specs for process in processes)):
            yield f"{resource.kind.kind} {row.path}: {row.why}"


def _of_kind(resource: Resource, processes: Iterable[Process]) -> Iterator[str]:
    key, kind = resource.key, resource.kind.kind
    if key in KINDS:
        yield f"{kind}: {KINDS[key]}"
    elif key in CONTROLLED and not any(process.program.reconciles(resource) for process in processes):
        yield f"{kind}: no controller runs for it, so that {CONTROLLED[key]}"


@lru_cache(maxsize=64)
def _of_spec(cls: Any, key: str) -> Recall:
    """What of the `spec` of a document of a kind has no effect."""
    return Recall(lambda spec: _fields(codec.decode(cls, {"spec": spec}), cls, key))


def _fields(obj: Any, cls: Any, key: str) -> tuple[Row, ...]:
    """The fields of an object of a kind that have no effect, each once."""
    found: dict[Row, None] = {}
    _look(obj, _level(cls, key), found)
    return tuple(found)


Reader = Callable[[Any], tuple[Any, ...]]


@attrs.frozen(eq=False)
class _Level:
    """What is looked at in a holder: the values of its `rows`, which mostly are all `blank`, and what lies deeper."""

    rows: tuple[Row, ...]
    read: Reader
    blank: tuple[Any, ...]
    deeper: tuple[tuple[str, _Level], ...]


@lru_cache(maxsize=64)
def _level(cls: Any, key: str) -> _Level:
    """The rows of a kind by the attributes that lead to them. Raises KeyError for a field that a type does not have."""
    paths = []
    for row in FIELDS[key]:
        shape, attributes = shape_of(cls), []
        for name in row.path.split("."):
            field = shape.by_json[name.removesuffix("[]")]
            held = field.type
            inner = held.item if name.endswith("[]") and held.item is not None else held
            attributes.append((shape, field.name))
            shape = inner.shape if inner.kind == "struct" else shape
        paths.append((tuple(attributes), row))
    return _leveled(paths)


def _leveled(paths: Sequence[tuple[tuple[tuple[Shape, str], ...], Row]]) -> _Level:
    """The level of rows that are reached from one holder, by ways of (shape of the holder, attribute)."""
    rows = {way[0][1]: row for way, row in paths if len(way) == 1}
    deeper: dict[str, list[Any]] = {}
    for way, row in paths:
        if len(way) > 1:
            deeper.setdefault(way[0][1], []).append((way[1:], row))
    read = _reader(tuple(rows))
    cls = paths[0][0][0][0].cls
    assert cls is not None, "the kinds in the table are built in"
    levels = tuple([(attribute, _leveled(inner)) for attribute, inner in deeper.items()])
    return _Level(tuple(rows.values()), read, read(cls()), levels)


def _reader(names: tuple[str, ...]) -> Reader:
    if not names:
        return lambda holder: ()
    get = attrgetter(*names)
    return get if len(names) > 1 else lambda holder: (get(holder),)


def _look(holder: Any, level: _Level, found: dict[Row, None]) -> None:
    """Note the rows of what is set in a holder. O(what is set in it)."""
    values = level.read(holder)
    if values != level.blank:
        for row, value in zip(level.rows, values, strict=True):
            if value is not None and _says_something(value) and row.where(holder, value):
                found[row] = None
    for attribute, below in level.deeper:
        value = getattr(holder, attribute)
        if isinstance(value, tuple):
            for each in value:
                _look(each, below, found)
        elif value is not None:
            _look(value, below, found)


def _says_something(value: Any) -> bool:
    return value is False or (bool(value) and not (isinstance(value, Struct) and value == type(value)()))
