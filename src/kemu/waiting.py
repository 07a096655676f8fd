"""What `wait` waits for, and what a wait that failed can tell about why."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from . import unsimulated
from .apiserver.expiry import COMPACTION
from .apiserver.resources import Resource
from .apiserver.server import ETCD
from .errors import UsageError
from .objects import codec
from .objects.schema import Shape, Type
from .values.durations import format_duration
from .values.jsonpath import Step, find, steps
from .values.nearest import meant

if TYPE_CHECKING:
    from .assembly import Assembly

MOST_UNTOLD = 3
"""So many things that are not simulated are named when a wait has failed."""

GRAMMAR = "use condition=NAME[=VALUE], jsonpath={.path}[=VALUE], create or delete"

JSONPATH = re.compile(
    r"""jsonpath=(?:
        (?P<quote>['"]?) \{ (?P<braced>[^}]*) \} (?P=quote) |
        (?P<bare>\.?[^{}='"\[]+ (?:\[[^\]]*\] [^{}=\[]*)*)
    )(?:=(?P<value>.*))?""",
    re.VERBOSE | re.DOTALL,
)


@attrs.frozen
class Condition:
    """Something that can be true of objects: `met(objects)` says whether it is true of all of them."""

    text: str
    met: Callable[[Sequence[Any]], bool]
    absent_ok: bool = False

    def __str__(self) -> str:
        return self.text


def condition_of(text: str, resource: Resource) -> Condition:
    """Read kubectl's grammar for `--for`.

    Raises UsageError for anything else, and for what no object of the kind can ever be.
    """
    if text == "delete":
        return Condition(text, lambda objects: not objects, absent_ok=True)
    if text == "create":
        return Condition(text, bool, absent_ok=True)
    if not isinstance(text, str) or not text:
        raise UsageError(f"wait for what? {GRAMMAR}, not {text!r}")
    if text.startswith("condition="):
        name, _, wanted = text.removeprefix("condition=").partition("=")
        wanted = wanted or "True"
        _check_path(resource, (("name", "status"), ("name", "conditions")))
        return Condition(text, lambda objects: bool(objects) and all(_holds(obj, name, wanted) for obj in objects))
    found = JSONPATH.fullmatch(text)
    if found:
        path, value = (found["braced"] or found["bare"] or "").strip(), found["value"]
        try:
            _check_path(resource, steps(path))
        except ValueError as problem:
            raise UsageError(f"{problem}: {GRAMMAR}") from None
        return Condition(text, lambda objects: bool(objects) and all(_reads(obj, path, value) for obj in objects))
    raise UsageError(f"cannot wait for {text!r}: {GRAMMAR}")


def _check_path(resource: Resource, path: Sequence[Step]) -> None:
    """Raise UsageError for a path that leads nowhere in any object of a kind."""
    shape: Shape | None = resource.shape
    held: Type | None = None
    walked = ""
    if not path:
        raise ValueError("an empty path")
    for form, argument in path:
        if shape is not None:
            if shape.preserve_unknown or (not walked and argument in ("kind", "apiVersion")):
                return
            field = shape.by_json.get(argument) if form == "name" else None
            if field is None:
                place = f"{walked} of a {resource.kind.kind}" if walked else f"a {resource.kind.kind}"
                raise UsageError(f"{place} has no field {argument!r}{meant(str(argument), shape.by_json)}")
            held = field.type
            walked += f".{argument}"
        elif held is not None and held.kind in ("list", "map") and (held.kind == "map" or form != "name"):
            held = held.item
        elif held is not None and held.kind == "json":
            return
        else:
            raise UsageError(f"{walked} of a {resource.kind.kind} has nothing inside: {argument!r} leads nowhere")
        shape = held.shape if held is not None and held.kind == "struct" else None


def _holds(obj: Any, name: str, wanted: str) -> bool:
    generation = obj.metadata.generation
    observed = getattr(obj.status, "observed_generation", None)
    if generation and observed is not None and observed < generation:
        return False
    for condition in getattr(obj.status, "conditions", None) or ():
        if condition.type.lower() == name.lower():
            return bool(condition.status.lower() == wanted.lower())
    return False


def _reads(obj: Any, path: str, wanted: str | None) -> bool:
    found = [each for each in find(codec.encode(obj), path) if each is not None]
    shown = [str(each).lower() if isinstance(each, bool) else str(each) for each in found]
    return bool(found) and (wanted is None or all(each == wanted.strip("'\"") for each in shown))


def _short(word: str) -> str:
    """A word for a message: of a container's id only the start."""
    return word[:12] if len(word) == 64 else word


def pending(parts: Assembly) -> str:
    """Who still has work, when, and why: everything that is scheduled, and what controllers failed at."""
    waiting = [work for work in parts.loop.waiting() if work.target not in (ETCD, COMPACTION)]
    if not waiting:
        text = "nothing is scheduled any more"
    else:
        described = parts.loop.described
        who = Counter(described(work)[0] for work in waiting)
        first = waiting[0]
        name, what = described(first)
        item = " ".join(_short(str(part)) for part in what)
        text = "still scheduled: " + ", ".join(f"{count}x {name}" for name, count in sorted(who.items()))
        text += f"; next is {name} {item} in {format_duration(first.due - parts.clock.now)}"
    refused = [
        f"{controller} {key}: {why}"
        for process in parts.processes.values()
        for (controller, key), why in process.state.refusals.items()
    ]
    return text + ("; refused: " + "; ".join(refused[:3]) if refused else "")


def untold(parts: Assembly, objects: Iterable[tuple[Resource, Any]]) -> str:
    """What of some objects is not simulated, which may be why nothing happens; empty if it is nothing."""
    processes = tuple(parts.processes.values())
    texts = [text for resource, obj in objects for text in unsimulated.of(resource, obj, processes)]
    return "".join([f"; not simulated: {text}" for text in dict.fromkeys(texts)][:MOST_UNTOLD])


def idle(parts: Assembly) -> Iterator[tuple[Resource, Any]]:
    """All objects of kinds that possibly nothing looks at."""
    for key in (*unsimulated.CONTROLLED, *unsimulated.KINDS):
        resource = parts.api.resources.of(key)
        yield from ((resource, obj) for obj in parts.admin.list(resource))


def about(objects: Sequence[Any]) -> str:
    """The state of what was waited for."""
    if not objects:
        return "there is no such object"
    shown = []
    for obj in objects[:3]:
        status = getattr(obj, "status", None)
        conditions = getattr(status, "conditions", ()) or ()
        reasons = [getattr(c, "reason", None) for c in conditions]
        words = [
            f"{c.type}={c.status}" + (f" ({reason})" if reason else "")
            for c, reason in zip(conditions, reasons, strict=True)
        ]
        phase = getattr(status, "phase", None)
        shown.append(f"{obj.metadata.name}: " + ", ".join(([phase] if phase else []) + words or ["no conditions"]))
    return "; ".join(shown)
