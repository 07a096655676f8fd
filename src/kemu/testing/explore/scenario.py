"""What a setup and a scenario can be, and the acts that they come to."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import partial
from importlib import import_module
from operator import attrgetter
from pathlib import Path
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
    """The steps of a scenario: a function of a cluster, or a list of functions, manifests, and durations that pass, or
    of acts that were read from a file.

    Raises UsageError for one without a step.
    """
    said = scenario if isinstance(scenario, list | tuple) else (scenario,)
    found: list[Act] = []
    for number, step in enumerate(said):
        pause = None if isinstance(step, Act) else _pause_of(step)
        if isinstance(step, Act):
            found.append(step)
        elif pause is None:
            found.append(Act(_called(step, number), step if callable(step) else partial(_apply, step), said=step))
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
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return f"{module}:{name}" if found is function and module != "__main__" else ""


def written(act: Act) -> dict[str, Any]:
    """An act as JSON: the manifest that is applied, or the name of the function that is called, as far as they can be
    written down; and how long the pause after it is."""
    found: dict[str, Any] = {"name": act.name, "pause": act.pause}
    if callable(act.said):
        found["call"] = name_of(act.said)
    elif isinstance(act.said, Path):
        found["apply"] = act.said.read_text(encoding="utf-8")
    elif act.said is not None:
        found["apply"] = _plain(act.said)
    return found


def read(record: Mapping[str, Any]) -> Act:
    """An act as it was `written`. Raises UsageError if its function, or what it applied, is not to be had."""
    name, pause = str(record["name"]), float(record["pause"])
    if "call" in record:
        function = named(record["call"], f"step {name!r}")
        return Act(name, function, pause, function)
    if "apply" not in record:
        return Act(name, _nothing, pause)
    manifest = record["apply"]
    if manifest is None:
        raise UsageError(f"what the step {name!r} applied was not written down: say it as dicts or as text")
    return Act(name, partial(_apply, manifest), pause, manifest)


def named(name: str, what: str) -> Any:
    """What `name_of` has given a name. Raises UsageError."""
    module, _, attributes = name.partition(":")
    if not module:
        raise UsageError(f"the {what} cannot be imported by a name: define it at the top of a module, and record again")
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        return attrgetter(attributes)(import_module(module))
    except (ImportError, AttributeError) as problem:
        raise UsageError(f"there is no {what} {name}: {problem}") from None


def _plain(manifest: Any) -> Any:
    """A manifest as JSON; None for one that is more than that."""
    try:
        plain = json.loads(json.dumps(manifest))
    except (TypeError, ValueError):
        return None
    return plain if plain == manifest or isinstance(manifest, tuple) else None


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
