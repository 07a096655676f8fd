"""What must hold of the objects of a cluster, and of who writes them.

Most of it holds in calm: once faults have stopped and everybody had time. What holds after every single step is marked
with `always`. Each function takes a cluster and raises `GuaranteeBroken`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, TypeVar

from ..objects import codec
from ..values.memo import Memo
from ..wellknown import TEMPLATE_HASH
from .watches import GuaranteeBroken

if TYPE_CHECKING:
    from ..apiserver.changes import Change
    from ..cluster import Cluster

Check = Callable[["Cluster"], Any]
C = TypeVar("C", bound=Callable[..., Any])

UNSETTLED = ("events", "events.events.k8s.io", "leases.coordination.k8s.io", "nodes")
"""What goes on being written in a cluster in which nothing happens."""

STORM = 200
"""So many writes of one object at one moment are a storm."""

FIGHT = 6
"""So often two take turns at writing one object before it is a fight."""

EDITED = "kemu.dev/edited"


def always(check: C) -> C:
    """Mark a check as one that holds after every step, not only in calm."""
    check.always = True  # type: ignore[attr-defined]
    return check


def evaluate(check: Check, cluster: Cluster) -> None:
    """Raise AssertionError if a check does not hold."""
    if check(cluster) is False:
        name = getattr(check, "__name__", repr(check))
        raise GuaranteeBroken(name, "it gave back False")


def objects(cluster: Cluster) -> Iterator[tuple[Any, Any]]:
    """Every stored object with its resource. O(objects)."""
    api, row = cluster.api, None
    for pair in api.stored():
        if row is None or not pair.key.startswith(row.prefix):
            row = api.resources.at(pair.key)
        if row is not None:
            yield row, pair.value


def _named(row: Any, obj: Any) -> str:
    metadata = obj.metadata
    return (
        f"{row.kind.singular} {metadata.namespace}/{metadata.name}"
        if row.namespaced
        else f"{row.kind.singular} {metadata.name}"
    )


def owners_exist(cluster: Cluster) -> None:
    """Every owner that an object names is there, and one with a namespace is in that of the object. O(objects)."""
    found = {obj.metadata.uid: (row, obj) for row, obj in objects(cluster)}
    for row, obj in found.values():
        for reference in obj.metadata.owner_references:
            owner = found.get(reference.uid)
            named = f"{_named(row, obj)} names {reference.kind} {reference.name} as its owner"
            if owner is None:
                raise GuaranteeBroken("owners exist", f"{named}, which is not there")
            if owner[0].namespaced and owner[1].metadata.namespace != obj.metadata.namespace:
                raise GuaranteeBroken("owners exist", f"{named}, which is in namespace {owner[1].metadata.namespace}")


@always
def observed_generation(cluster: Cluster, since: int = 1) -> None:
    """No status claims to be about a specification that is still to come. O(changes from a revision on)."""
    for change in cluster.api.log.since(since):
        observed = getattr(getattr(change.new, "status", None), "observed_generation", None)
        generation = None if change.new is None else change.new.metadata.generation
        if observed is not None and generation is not None and observed > generation:
            raise GuaranteeBroken("observed generation", f"{change.name} has observed {observed} of {generation}")


@always
def no_double_binding(cluster: Cluster, since: int = 1) -> None:
    """A pod that is bound stays on its node. O(changes from a revision on)."""
    for change in cluster.api.log.since(since):
        if change.resource.key == "pods" and change.old is not None and change.new is not None:
            before, after = change.old.spec.node_name, change.new.spec.node_name
            if before and before != after:
                raise GuaranteeBroken("no double binding", f"{change.name} moved from {before} to {after}")


@always
def budgets_kept(cluster: Cluster) -> None:
    """Nobody has evicted more pods than a disruption budget allows: what is healthy is enough. O(budgets)."""
    for budget in cluster.list("poddisruptionbudgets", namespace=None):
        status = budget.status
        if (status.current_healthy or 0) < (status.desired_healthy or 0):
            text = f"{budget.metadata.name} has {status.current_healthy} healthy pods of {status.desired_healthy}"
            raise GuaranteeBroken("budgets kept", text)


def _since(cluster: Cluster, since: float) -> list[Change]:
    """What was written after a moment, but for what always is. O(changes after it)."""
    found: list[Change] = []
    for revision in range(cluster.store.revision, 0, -1):
        change = cluster.api.log.at(revision)
        if change is None or change.time <= since:
            break
        if change.resource.key not in UNSETTLED:
            found.append(change)
    return found[::-1]


def no_write_storm(cluster: Cluster, since: float) -> None:
    """Nobody writes one object again and again after a moment. O(changes since)."""
    for (name, actor), count in Counter(
        (f"{each.kind} {each.name}", each.actor) for each in _since(cluster, since)
    ).items():
        if count >= STORM:
            raise GuaranteeBroken("no write storm", f"{actor} has written {name} {count} times")


def no_fight(cluster: Cluster, since: float) -> None:
    """No two take turns at writing one object after a moment. O(changes since)."""
    writers: dict[str, list[str]] = {}
    for change in _since(cluster, since):
        had = writers.setdefault(f"{change.kind} {change.name}", [])
        if not had or had[-1] != change.actor:
            had.append(change.actor)
    for name, actors in writers.items():
        if len(actors) >= FIGHT:
            raise GuaranteeBroken("no fight", f"{' and '.join(sorted(set(actors)))} take turns at writing {name}")


def quiet(cluster: Cluster, since: float) -> None:
    """Nothing was written after a moment: everybody has found the world as it should be. O(changes since)."""
    no_fight(cluster, since)
    no_write_storm(cluster, since)
    written = _since(cluster, since)
    if written:
        shown = ", ".join(f"{each.actor} {each.type} {each.kind} {each.name}" for each in written[:3])
        raise GuaranteeBroken("quiet", f"{len(written)} writes in calm: {shown}")


def no_lost_update(cluster: Cluster) -> None:
    """What somebody else wrote on an object that still lives is still there: see `faults.overtaken`. O(changes)."""
    edited: dict[str, str] = {}
    for change in cluster.api.log.since(1):
        if change.manager == "somebody-else" and change.new is not None:
            edited[change.new.metadata.uid] = f"{change.kind} {change.name}"
    if not edited:
        return
    for _, obj in objects(cluster):
        name = edited.get(obj.metadata.uid, "")
        if name and EDITED not in obj.metadata.annotations:
            raise GuaranteeBroken("no lost update", f"what somebody else wrote on {name} was undone")


# What a world has come to

_DRAWN = re.compile(
    r"(?P<uid>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
    r"|(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"
    r"|\b94[6-9]\d{6}(\.\d+)?\b)"  # seconds since 1970, in the first month of virtual time
    r"|(?P<address>\b10\.\d+\.\d+\.\d+\b)"
    r"|(?P<hash>\b[0-9a-f]{32,64}\b)"
    r"|(?P<token>\bZXlK[\w+/]{20,}=*)"  # in a Secret; it names uids and times
    r"|(?P<volume>kube-api-access-\w{5})"
)
"""What is another one in every cluster."""

_LEFT_OUT = (
    "generateName",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "managedFields",
    "observedGeneration",
    "nodeName",
    "collisionCount",
    "endpoints.kubernetes.io/last-change-trigger-time",
)
_POD_STATUS = ("phase", "reason")


def outcome(cluster: Cluster, *, history: bool = True, by: tuple[str, ...] = ()) -> Counter[str]:
    """What there is, but for what depends on when and how often it was written: times, uids, addresses, nodes,
    generated names, and the hash of a template, which is another one if the name with the first was taken. Two ways of
    getting to the same end have equal outcomes. O(objects)

    Without `history` it is neither status nor annotations, which may tell of the way; `by` are those who have made the
    objects (by default all but Events and Leases, whoever made them).
    """
    made = _made(cluster, by) if by else None
    found = [
        (row, obj)
        for row, obj in objects(cluster)
        if row.key not in UNSETTLED and (made is None or obj.metadata.uid in made)
    ]
    names = {
        new.metadata.name: f"{new.metadata.generate_name}*"
        for new in (*_as_made(cluster), *[obj for _, obj in found])
        if new.metadata.generate_name
    }
    told = [obj.metadata.labels[TEMPLATE_HASH] for _, obj in found if TEMPLATE_HASH in obj.metadata.labels]
    hashes = dict.fromkeys(told, "<template>")
    nodes = dict.fromkeys([obj.metadata.name for row, obj in found if row.key == "nodes"], "<node>")
    drawn = sorted({**names, **hashes}.items(), key=lambda pair: -len(pair[0]))
    placed = [*drawn, *sorted(nodes.items(), key=lambda pair: -len(pair[0]))]
    of_nodes, of_others = _shown(tuple(drawn)), _shown(tuple(placed))
    texts = []
    for row, obj in found:
        shown = of_nodes if row.key == "nodes" else of_others
        texts.append(f"{row.key} {shown(_text_of(obj) if history else _wish_of(obj))}")
    return Counter(texts)


@lru_cache(maxsize=8)
def _shown(drawn: tuple[tuple[str, str], ...]) -> Callable[[str], str]:
    """What puts something else in the place of some names in a text. Most texts come again in the next run."""

    @lru_cache(maxsize=1024)
    def shown(text: str) -> str:
        for name, stands in drawn:
            text = text.replace(name, stands)
        return text

    return shown


def _as_made(cluster: Cluster) -> Iterator[Any]:
    """All that was created, as it was then: what its name was drawn for may have been taken away since."""
    for change in cluster.api.log.since(1):
        if change.old is None and change.new is not None:
            yield change.new


def _made(cluster: Cluster, by: tuple[str, ...]) -> dict[str, None]:
    """The uids of all that some have created."""
    return {
        change.new.metadata.uid: None
        for change in cluster.api.log.since(1)
        if change.old is None and change.new is not None and change.actor in by
    }


def _bare(obj: Any, *, history: bool = True) -> str:
    encoded = codec.encode(obj)
    if not history:
        encoded.pop("status", None)
        encoded["metadata"] = {**encoded["metadata"], "annotations": {}, "finalizers": []}
    if len(obj.metadata.finalizers) > 1:
        encoded["metadata"]["finalizers"] = sorted(encoded["metadata"]["finalizers"])
    if obj.__class__.__name__ == "Pod":
        encoded["status"] = {key: value for key, value in (encoded.get("status") or {}).items() if key in _POD_STATUS}
    if obj.__class__.__name__ == "Node":
        (encoded.get("status") or {}).pop("images", None)  # which pods have been there
    return str(_without(encoded))


_text_of = Memo(_bare, 8192)
_wish_of = Memo(partial(_bare, history=False), 1024)


@lru_cache(maxsize=1 << 14)
def _undrawn(text: str) -> str:
    """A text with the same in place of what is drawn in it, whatever was drawn."""
    return _DRAWN.sub(lambda found: f"<{found.lastgroup}>", text)


def _without(value: Any) -> Any:
    """A document without what does not count, without what is empty, and without what is drawn."""
    if isinstance(value, dict):
        kept = {_undrawn(key): _without(value[key]) for key in sorted(value) if key not in _LEFT_OUT and key != EDITED}
        return {key: held for key, held in kept.items() if held not in ({}, [], "None")}
    if isinstance(value, list | tuple):
        conditions = [_undrawn(f"{each['type']}={each['status']}") for each in value if _is_condition(each)]
        return sorted(conditions) if conditions else [_without(each) for each in value]
    return _undrawn(str(value))


def _is_condition(value: Any) -> bool:
    """Whether it is one of an object's conditions, which may tell in its words and its place of the way to it."""
    return isinstance(value, dict) and "type" in value and "status" in value
