"""What `wait` waits for, and what a wait that failed can tell about why."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from .apiserver.expiry import COMPACTION
from .apiserver.server import ETCD
from .errors import UsageError
from .objects import codec
from .values.durations import format_duration

if TYPE_CHECKING:
    from .assembly import Assembly

JSONPATH = re.compile(r"jsonpath=\{?(?P<path>[^}=]+)\}?(?:=(?P<value>.*))?")


@attrs.frozen
class Condition:
    """Something that can be true of objects: `met(objects)` says whether it is true of all of them."""

    text: str
    met: Callable[[Sequence[Any]], bool]
    absent_ok: bool = False

    def __str__(self) -> str:
        return self.text


def condition_of(text: str) -> Condition:
    """Read kubectl's grammar for `--for`. Raises UsageError for anything else."""
    if text == "delete":
        return Condition(text, lambda objects: not objects, absent_ok=True)
    if text == "create":
        return Condition(text, bool, absent_ok=True)
    if text.startswith("condition="):
        name, _, wanted = text.removeprefix("condition=").partition("=")
        wanted = wanted or "True"
        return Condition(text, lambda objects: bool(objects) and all(_holds(obj, name, wanted) for obj in objects))
    found = JSONPATH.fullmatch(text)
    if found:
        path, value = found["path"].strip(), found["value"]
        return Condition(text, lambda objects: bool(objects) and all(_reads(obj, path, value) for obj in objects))
    raise UsageError(
        f"cannot wait for {text!r}: use condition=NAME[=VALUE], jsonpath={{.path}}=VALUE, create or delete"
    )


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
    at: Any = codec.encode(obj)
    for part in re.findall(r"[^.\[\]]+", path):
        if isinstance(at, list):
            index = int(part) if part.lstrip("-").isdigit() else None
            at = at[index] if index is not None and -len(at) <= index < len(at) else None
        else:
            at = at.get(part) if isinstance(at, dict) else None
        if at is None:
            return False
    shown = str(at).lower() if isinstance(at, bool) else str(at)
    return wanted is None or shown == wanted.strip("'\"")


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
