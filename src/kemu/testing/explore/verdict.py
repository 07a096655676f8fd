"""What must hold of a run: at the end of its calm, and after all that its users have made is gone.

A controller is level-triggered: what there is in the end follows from what is wished for, whatever went wrong on the
way. So a run that was disturbed is compared with the one that was not, and that one with a fresh cluster that is told
the last wishes at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import attrs

from ...checks import GuaranteeBroken, evaluate, no_lost_update, outcome, owners_exist, quiet
from ...cluster import Cluster
from ...errors import NotReached
from ...kit.recorder import SIMILAR_MAX
from .disturbances import as_new, made_by, wish
from .world import BUILT_IN, Run

Check = Callable[[Cluster], Any]

PATIENCE = 600.0
"""Seconds of calm after which nothing is written any more."""

KEPT = ("persistentvolumeclaims", "persistentvolumes")
"""What controllers keep on purpose when its owner goes, since there is data in it."""


@attrs.define
class Reference:
    """What the run came to in which nothing went wrong."""

    calm: Counter[str] | None = None
    lost: Counter[str] = attrs.field(factory=Counter)
    """The volumes that controllers have deleted."""
    gone: Counter[str] | None = None
    refused: dict[Any, str] = attrs.field(factory=dict)


def calm(run: Run, checks: Sequence[Check], reference: Reference) -> None:
    """Raise AssertionError if the world is not as it should be now that nothing goes wrong any more."""
    cluster = run.cluster
    quiet(cluster, cluster.now - min(PATIENCE, run.course.until / 2))
    for check in checks:
        evaluate(check, cluster)
    if not run.actors:
        return
    owners_exist(cluster)
    no_lost_update(cluster)
    _stuck(run, reference)
    _talkative(run)
    if run.cut_short:
        return
    if _took(run, "unwatched"):
        idempotent(run)  # nobody need make it anew, but who would after a restart should have been told before
        return
    found, lost = outcome(cluster), _lost(run)
    if reference.calm is None:
        reference.calm, reference.lost = found, lost
        return
    _same("converges", reference.calm, found)
    more = lost - reference.lost
    if more and not _meddled(run):
        raise GuaranteeBroken(
            "no data lost", f"{next(iter(more))} was deleted, which it is not when nothing goes wrong"
        )


def _meddled(run: Run) -> bool:
    """Whether others than controllers did something else than when nothing goes wrong."""
    return _took(run, "deleted", "unwatched", "recreated", "early")


def _took(run: Run, *kinds: str) -> bool:
    """Whether something of a kind has happened in a run."""
    return any(choice.offer.startswith(kinds) for choice in run.taken)


def _lost(run: Run) -> Counter[str]:
    """The volumes that controllers have deleted, with the data that is in them."""
    return Counter(
        f"{change.kind} {change.name}"
        for change in run.cluster.api.log.since(1)
        if change.actor in run.actors and change.resource.key in KEPT and _deletes(change)
    )


def _deletes(change: Any) -> bool:
    """Whether a change lets an object go: at once, or as soon as its finalizers let it."""
    going = change.new is None or change.new.metadata.deletion_timestamp is not None
    return going and change.old is not None and change.old.metadata.deletion_timestamp is None


def _stuck(run: Run, reference: Reference) -> None:
    """No controller fails at a key for ever, unless it did so when nothing went wrong."""
    for process in run.processes:
        for key, why in process.state.refusals.items():
            if reference.calm is None:
                reference.refused[key] = why
            elif key not in reference.refused:
                raise GuaranteeBroken("gets on", f"{key[0]} fails at {key[1]} for ever: {why}")


def _talkative(run: Run) -> None:
    """No controller of one's own goes on recording events about an object that say something else each time, and more
    of them than are let through."""
    for process in run.processes if run.course.focus != (BUILT_IN,) else ():
        state = process.state.events
        for about, (at, messages) in state.similar.items():
            left, _ = state.tokens.get((*about[:-1], ""), (1.0, at))
            if left < 1 and len(messages) >= SIMILAR_MAX - 1 and run.cluster.now - at < PATIENCE / 10:
                text = f"{' '.join(filter(None, about))}, as in {messages[-1]!r}"
                raise GuaranteeBroken("no event storm", f"events go on and on, and most are dropped: {text}")


def _same(name: str, wanted: Counter[str], found: Counter[str]) -> None:
    missing, more = wanted - found, found - wanted
    if missing or more:
        lines = [f"missing: {text[:300]}" for text in list(missing)[:2]] + [
            f"too much: {text[:300]}" for text in list(more)[:2]
        ]
        raise GuaranteeBroken(name, "it does not end as it does when nothing goes wrong\n  " + "\n  ".join(lines))


def gone(run: Run, reference: Reference) -> None:
    """Raise AssertionError if something is left of what users have made, or of what was made for them."""
    if not run.actors:
        return
    left = [f"{resource.kind.singular} {obj.metadata.name}" for resource, obj in made_by(run.cluster, ("user",))]
    if left:
        raise GuaranteeBroken("nothing is stuck", f"deleted, and still there: {', '.join(left[:3])}")
    quiet(run.cluster, run.cluster.now - PATIENCE / 2)
    if run.cut_short:
        return
    found = _made_outcome(run)
    if reference.gone is None:
        reference.gone = found
        _leaks(run)
        return
    if found - reference.gone:
        _same("no leaks", reference.gone, found)
    less = [text for text in reference.gone - found if text.split(" ")[0] not in KEPT]
    if less and not _meddled(run):
        raise GuaranteeBroken("no leaks", f"{less[0]} is left when nothing goes wrong, and is not in another order")


def _made_outcome(run: Run) -> Counter[str]:
    made = made_by(run.cluster, run.actors)
    return Counter(
        f"{resource.key} {obj.metadata.namespace}/{obj.metadata.generate_name or obj.metadata.name}"
        for resource, obj in made
    )


def _leaks(run: Run) -> None:
    """What a controller has made is gone if others of its kind have gone with their users' wishes."""
    removed = {
        change.resource.key
        for change in run.cluster.api.log.since(1)
        if change.new is None and change.time > run.cluster.now - PATIENCE - 1
    }
    for resource, obj in made_by(run.cluster, run.actors):
        if resource.key in removed and resource.key not in KEPT:
            name = f"{resource.kind.singular} {obj.metadata.name}"
            raise GuaranteeBroken("no leaks", f"{name} is left, though all that users wished for is gone")


def idempotent(run: Run) -> None:
    """Who starts anew in calm, and looks at everything, writes nothing. Raises AssertionError."""
    cluster = run.cluster.fork()
    names = [process.name for process in run.processes]
    since = cluster.now
    for name in names:
        cluster.parts.processes[name].fall()
    _advance(cluster, 60.0)
    try:
        quiet(cluster, since - 1e-6)
    except GuaranteeBroken as broken:
        raise GuaranteeBroken("idempotent", f"after a restart in calm: {broken}") from None


def follows_from_wishes(run: Run, fresh: Callable[[], Cluster]) -> None:
    """What controllers have made is what they make in a fresh cluster that is told the last wishes at once; unless
    users have changed some of it, which is a wish that a fresh cluster cannot be told.

    Raises AssertionError.
    """
    if _edited(run):
        return
    cluster = fresh()
    wishes = [(each, as_new(run.cluster, each, obj)) for each, obj in made_by(run.cluster, ("user",))]
    if not all(wish(cluster, *each) for each in wishes):
        return
    _advance(cluster, PATIENCE)
    actors = tuple(run.actors)
    wanted = outcome(cluster, history=False, by=actors)
    found = outcome(run.cluster, history=False, by=actors)
    for more, text in ((found - wanted, "is left of what nobody wishes for any more"), (wanted - found, "is missing")):
        named = [each for each in more if each.split(" ")[0] not in KEPT]
        if named:
            raise GuaranteeBroken(
                "follows from wishes", f"{named[0][:300]} {text}, compared with a cluster told the last wishes"
            )


def _edited(run: Run) -> bool:
    """Whether users have changed what controllers have made. O(changes)."""
    made = {
        change.new.metadata.uid
        for change in run.cluster.api.log.since(1)
        if change.old is None and change.new is not None and change.actor in run.actors
    }
    return any(
        change.actor == "user" and change.old is not None and change.new is not None and change.new.metadata.uid in made
        for change in run.cluster.api.log.since(1)
    )


def _advance(cluster: Cluster, seconds: float) -> None:
    try:
        cluster.advance(seconds)
    except NotReached as problem:
        raise GuaranteeBroken("no write storm", str(problem)) from None
