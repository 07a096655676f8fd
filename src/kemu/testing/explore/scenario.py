"""What a setup and a scenario can be, and the acts that they come to."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any

import attrs

from ...cluster import Cluster
from ...errors import ApiError, UsageError
from ...values.durations import Duration, format_duration, seconds_of
from .disturbances import made_by, remove
from .verdict import PATIENCE
from .world import Act


def root_of(setup: Any, seed: int) -> Cluster:
    """The cluster in which all runs begin: `setup` is one, makes one, or is given one with one node.

    A function that takes a `seed` is given it. Raises UsageError for what gives none.
    """
    if isinstance(setup, Cluster):
        return setup.fork()
    if not callable(setup):
        raise UsageError(f"a setup is a cluster or a function that makes one, not {setup!r}")
    names = inspect.signature(setup).parameters
    if "seed" in names:
        found = setup(seed=seed)
    elif any(each.default is each.empty and each.kind is not each.VAR_KEYWORD for each in names.values()):
        cluster = Cluster(nodes=1, seed=seed)
        given = setup(cluster)
        found = cluster if given is None else given
    else:
        found = setup()
    if not isinstance(found, Cluster):
        raise UsageError(f"{setup!r} gave back {found!r}, and no cluster")
    return found


def acts_of(scenario: Any) -> tuple[Act, ...]:
    """The steps of a scenario: a function of a cluster, or a list of functions, manifests, and durations that pass.

    Raises UsageError for one without a step.
    """
    said = scenario if isinstance(scenario, list | tuple) else (scenario,)
    found: list[Act] = []
    for number, step in enumerate(said):
        pause = _pause_of(step)
        if pause is None:
            found.append(Act(_called(step, number), step if callable(step) else partial(_apply, step)))
        elif found:
            found[-1] = attrs.evolve(found[-1], pause=found[-1].pause + pause)
        else:
            found.append(Act(f"wait {format_duration(pause)}", _nothing, pause))
    if not found:
        raise UsageError("a scenario has at least one step")
    return tuple(found)


def whole(acts: Iterable[Act], until: float) -> tuple[Act, ...]:
    """The acts of a run: those of the scenario, calm, and the deletion of all that users have made."""
    return (*acts, Act("calm", _nothing, until), Act("delete all that users have made", delete_all, PATIENCE))


def delete_all(cluster: Cluster) -> None:
    """Delete what the users have made, the last first."""
    for resource, obj in reversed(made_by(cluster, ("user",))):
        try:
            remove(cluster, resource, obj)
        except ApiError:
            continue


def name_of(function: Any) -> str:
    """How something can be imported, as `module:name`; empty if it cannot."""
    name, module = getattr(function, "__qualname__", ""), getattr(function, "__module__", "")
    return f"{module}:{name}" if name.isidentifier() and module != "__main__" else ""


def _pause_of(step: Any) -> float | None:
    """The seconds that a step lets pass; None for one that does something."""
    if isinstance(step, int | float | timedelta) or (isinstance(step, str) and "\n" not in step and ":" not in step):
        duration: Duration = step
        return seconds_of(duration)
    return None


def _called(step: Any, number: int) -> str:
    name = getattr(step, "__name__", "")
    if name and name != "<lambda>":
        return str(name)
    if isinstance(step, dict):
        return f"apply {str(step.get('kind', 'object')).lower()} {step.get('metadata', {}).get('name', '')}"
    return f"step {number}"


def _apply(manifest: Any, cluster: Cluster) -> None:
    cluster.apply(manifest)


def _nothing(cluster: Cluster) -> None:
    """Only time passes."""
