"""Assertions that read as sentences, and explain themselves when they fail.

    cluster.assert_that("deployment/web").becomes("Available", within="2m")
    cluster.assert_that("pod/web-0").never("Failed", for_="10m")

What an object is said to be is a condition or a phase by its name, what `wait` takes, `gone`, or a function of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from .errors import NeverEnds
from .names import some
from .objects import codec
from .values.durations import Duration, format_duration, seconds_of
from .values.nearest import near
from .waiting import about, condition_of, pending

if TYPE_CHECKING:
    from .cluster import Cluster

Said = str | Callable[[Any], Any]


class Claim:
    """Something that can be said of an object, or of all objects of a kind."""

    __slots__ = ("_cluster", "_name", "_namespace", "_resource", "_shown")

    def __init__(self, cluster: Cluster, what: Any, name: str, namespace: str | None) -> None:
        self._cluster = cluster
        self._resource, self._name, self._namespace = some(cluster.api.resources, what, name, namespace)
        kind = self._resource.kind
        self._shown = f"{kind.singular}/{self._name}" if self._name else kind.plural

    def becomes(self, said: Said, within: Duration = "30s") -> Any:
        """It is so within some virtual time; gives back the object. Raises AssertionError, UsageError."""
        holds = self._holding(said)
        if not self._wait(holds, within):
            within = format_duration(seconds_of(within))
            self._fail(f"did not become {_text(said)} within {within}{self._meant(said)}")
        return self._found()

    def always(self, said: Said, for_: Duration = "1m") -> Any:
        """It is so now, and after everything that happens in some virtual time. Raises AssertionError, UsageError."""
        holds = self._holding(said)
        if self._wait(lambda: not holds(), for_):
            self._fail(f"is not always {_text(said)}")
        return self._found()

    def never(self, said: Said, for_: Duration = "1m") -> Any:
        """It is not so now, nor after anything that happens in some virtual time; of a kind it is so of no object.

        Raises AssertionError, UsageError.
        """
        if self._wait(self._holding(said, any), for_):
            self._fail(f"became {_text(said)}, which it never should")
        return self._found()

    def _wait(self, ready: Callable[[], bool], duration: Duration) -> bool:
        cluster = self._cluster
        try:
            return cluster.wait_until(ready, cluster.now + seconds_of(duration))
        except NeverEnds:
            return False

    def _objects(self) -> tuple[Any, ...]:
        admin = self._cluster.parts.admin
        if not self._name:
            return admin.list(self._resource, self._namespace)
        found = admin.find(self._resource, self._name, self._namespace)
        return () if found is None else (found,)

    def _found(self) -> Any:
        objects = self._objects()
        return objects if not self._name else objects[0] if objects else None

    def _holding(self, said: Said, of: Callable[[Iterable[Any]], bool] = all) -> Callable[[], bool]:
        """Whether something is so of all objects that there are, if there are any; or of `any` of them."""
        if said == "gone":
            return lambda: not self._objects()
        if said in ("create", "delete"):
            condition = condition_of(said, self._resource)
            return lambda: condition.met(self._objects())
        if callable(said):
            holds = said
        elif "=" in said:
            met = condition_of(said, self._resource).met
            holds = lambda each: met((each,))  # noqa: E731
        else:
            holds = partial(_is, said)
        return lambda: bool(objects := self._objects()) and of(map(holds, objects))

    def _meant(self, said: Said) -> str:
        """What might have been meant by the name of a phase or a condition that no object has."""
        names = dict.fromkeys(name for each in self._objects() for name in _names(each))
        return "" if not isinstance(said, str) or said in names or "=" in said else near(said, sorted(names))

    def _fail(self, what: str) -> None:
        cluster = self._cluster
        raise AssertionError(
            f"{self._shown} {what} (now {cluster.now:g}s, seed {cluster.seed}); "
            f"{about(self._objects())}; {pending(cluster.parts)}"
        )


def _is(said: str, obj: Any) -> bool:
    """Whether an object is in a phase of this name, or has a condition of it that is true."""
    return _names(obj).get(said, False)


def _names(obj: Any) -> dict[str, bool]:
    """The names of an object's phase and of its conditions, with whether they are true."""
    status = codec.encode(obj).get("status") or {}
    found = {str(each.get("type")): each.get("status") == "True" for each in status.get("conditions") or ()}
    return found | ({str(status["phase"]): True} if status.get("phase") else {})


def _text(said: Said) -> str:
    return said if isinstance(said, str) else getattr(said, "__name__", repr(said))
