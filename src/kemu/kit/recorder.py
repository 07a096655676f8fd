"""Events, as client-go records them: a repeated one counts up instead of piling up."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Any, NamedTuple, TypeVar

import attrs

from .. import errors
from ..apiserver.resources import Resource
from ..apiserver.validation import created
from ..objects import core, meta
from ..objects.references import reference_to
from ..values.fork_map import ForkMap
from ..values.names import is_path_segment_name
from ..values.state import State
from ..values.times import MicroTime, Time
from .client import Client

K = TypeVar("K")
V = TypeVar("V")

SIMILAR_MAX = 10
"""How many events that differ only in their message are written before they are combined into one."""

SIMILAR_SECONDS = 600.0
"""Seconds after which similar events are counted from one again."""

SPAM_BURST = 25
SPAM_SECONDS = 300.0
"""How many events of one type a component writes about an object at once, and after how many seconds one more."""

REMEMBERED = 4096
"""How many entries each table of a recorder has at most."""

SERIES_SECONDS = 360.0
"""Seconds after which an event of events.k8s.io that happens again is a new one and not part of the series."""

CREATE_ATTEMPTS = 8
"""How many names are tried for a new event; names are drawn so that one is nearly always enough."""

SHORT = 256
"""A message of so many characters is not too long, whatever they are."""

COMBINED = "(combined from similar events): "


@attrs.define(eq=False)
class RecorderState(State):
    """What recorders remember of the events that they have written. Of each table the latest entries are the last."""

    recorders: int = 1
    """How many processes share these tables, each with room for as many entries."""
    known: ForkMap[tuple[str, ...], tuple[str, str, int]] = attrs.field(factory=ForkMap)
    """What was last written for each distinct event."""
    similar: ForkMap[tuple[str, ...], tuple[float, tuple[str, ...]]] = attrs.field(factory=ForkMap)
    """How many similar ones there were lately."""
    tokens: ForkMap[tuple[str, ...], tuple[float, float]] = attrs.field(factory=ForkMap)
    """How many events about an object may still be written, and when that was counted."""
    series: ForkMap[tuple[str, ...], tuple[str, str, int, float]] = attrs.field(factory=ForkMap)
    """What was last written for each event of events.k8s.io."""

    def clear(self) -> None:
        """Forget everything."""
        for table in (self.known, self.similar, self.tokens, self.series):
            table.clear()

    def forget(self, host: str) -> None:
        """Forget what those on one node have written. O(everything)."""
        for table in (self.known, self.similar, self.tokens, self.series):
            for key in [key for key in table if key[1] == host]:
                del table[key]

    def latest(self, table: ForkMap[K, V], key: K, entry: V) -> None:
        """Put an entry last, and forget the first one if there are too many."""
        if table.put_last(key, entry) > REMEMBERED * self.recorders:
            del table[next(iter(table))]


class EventRecorder:
    """Writes events for one component. `host` is the node it runs on, if it runs on one.

    An event that the server refuses is lost, as upstream: nothing waits for it.
    """

    __slots__ = ("_client", "component", "host", "state")

    def __init__(self, client: Client, component: str, host: str = "", state: RecorderState | None = None) -> None:
        self._client = client
        self.component = component
        self.host = host
        self.state = state or RecorderState()

    def named(self, component: str) -> EventRecorder:
        """A recorder for another component of the same process, which remembers in the same place."""
        if component == self.component:
            return self
        return EventRecorder(self._client, component, self.host, self.state)

    def event(
        self,
        obj: Any,
        type: str,
        reason: str,
        message: str,
        *,
        field_path: str | None = None,
        action: str | None = None,
        related: Any | None = None,
    ) -> None:
        """Record that something happened to `obj`.

        With `action` the event has the form of events.k8s.io (eventTime and reporting controller, as the scheduler
        writes); without, that of core/v1 (first and last timestamp, count and source).
        """
        involved = reference_to(obj, field_path)
        if action is not None:
            now, other = _micro(self._client.unix), reference_to(related) if related is not None else None
            report = _Report(self.component, self.host, involved, type, reason, message, now, action, other)
            self._record(report)
            return
        about = self._about(involved, type, reason)
        combined = self._combined(about, message)
        seen = about  # what is combined is one event, whatever it says
        seen = seen if combined is not message else (*seen, involved.field_path or "", message)
        message = combined
        known = self.state.known.get(seen)
        if self._is_spam((*about[:-1], "")):
            if known is not None:
                self.state.latest(self.state.known, seen, (known[0], known[1], known[2] + 1))
            return
        if known is not None:
            if self._count_up(known, seen, message):
                return
            del self.state.known[seen]
        name = self._create(_Report(self.component, self.host, involved, type, reason, message, self._client.stamp()))
        if name is not None:
            self.state.latest(self.state.known, seen, (involved.namespace or "default", name, 1))

    def _about(self, involved: Any, type: str, reason: str) -> tuple[str, ...]:
        return (
            self.component,
            self.host,
            involved.kind or "",
            involved.namespace or "",
            involved.name or "",
            involved.uid or "",
            type,
            reason,
        )

    def _combined(self, key: tuple[str, ...], message: str) -> str:
        """The message, or the combined one once too many that differ only in their message have been written."""
        now = self._client.now
        since, messages = self.state.similar.get(key, (now, ()))
        if now - since > SIMILAR_SECONDS:
            messages = ()
        fresh = message not in messages
        if fresh and len(messages) + 1 < SIMILAR_MAX:
            messages = (*messages, message)
            fresh = False
        self.state.latest(self.state.similar, key, (now, messages))
        return COMBINED + message if fresh else message

    def _is_spam(self, key: tuple[str, ...]) -> bool:
        """Whether too much of one type has been said about an object: 25 events, and then one in five minutes."""
        now = self._client.now
        left, since = self.state.tokens.get(key, (float(SPAM_BURST), now))
        left = min(left + (now - since) / SPAM_SECONDS, float(SPAM_BURST))
        self.state.latest(self.state.tokens, key, (left - 1.0 if left >= 1.0 else left, now))
        return left < 1.0

    def _count_up(self, known: tuple[str, str, int], seen: tuple[str, ...], message: str) -> bool:
        namespace, name, times = known
        now = self._client.stamp()
        try:
            document = {"count": times + 1, "lastTimestamp": now, "message": message}
            self._client.patch_named(core.Event, name, namespace, document)
        except errors.NotFound:
            return False
        except errors.ApiError:
            return True
        self.state.latest(self.state.known, seen, (namespace, name, times + 1))
        return True

    def _record(self, event: _Report) -> None:
        """Write an event of events.k8s.io, or count it up if it is about the same version of the same object.

        What it says does not matter, as upstream: a series keeps the message of its first event.
        """
        now = self._client.unix
        series = self.state.series
        while series:
            oldest = next(iter(series))
            if now - series[oldest][3] <= SERIES_SECONDS:
                break
            del series[oldest]
        involved, related = event.involved, event.related
        key = (
            *self._about(involved, event.type, event.reason),
            involved.resource_version or "",
            event.action or "",
            (related.uid or "") if related is not None else "",
        )
        known = series.pop(key, None)
        if known is not None:
            namespace, name, times, _ = known
            observed = core.EventSeries(count=times + 1, last_observed_time=_micro(now))
            try:
                self._client.patch_named(core.Event, name, namespace, {"series": observed})
            except errors.NotFound:
                pass
            except errors.ApiError:
                series[key] = known
                return
            else:
                series[key] = (namespace, name, times + 1, now)
                return
        created_as = self._create(event)
        if created_as is not None:
            series[key] = (involved.namespace or "default", created_as, 1, now)

    def _name(self, event: _Report, attempt: int) -> str:
        """A name of its own: the moment, and what tells this event apart from others of the moment."""
        involved, client = event.involved, self._client
        namespace = involved.namespace or "default"
        who = (client.actor, self.component, self.host)
        what = (namespace, involved.kind or "", involved.name or "", involved.resource_version or "")
        more = (involved.field_path or "", event.related.uid or "" if event.related is not None else "")
        says = (event.type, event.reason, event.message, event.action)
        bits = client.entropy.bits("event", *who, *what, *more, *says, client.unix, attempt)
        stamp = f"{round(client.unix * 1_000_000_000):x}{bits & 0xFFFFF:05x}"
        return f"{involved.name}"[: 252 - len(stamp)] + f".{stamp}"

    def _create(self, event: _Report) -> str | None:
        """Write a new event; its name, or None if it is refused. A name that is taken calls for another.

        What it says is worked out when somebody looks, if nothing can be wrong with it.
        """
        client, namespace = self._client, event.involved.namespace or "default"
        resource = client.resource_of(core.Event)
        for attempt in range(CREATE_ATTEMPTS):
            name = self._name(event, attempt)
            make = partial(event.made, name)
            try:
                if event.is_acceptable(resource):
                    client.create_unread(resource, name, namespace, make)
                else:
                    client.create(make())
            except errors.AlreadyExists:
                continue
            except errors.ApiError:
                return None
            return name
        return None


class _Report(NamedTuple):
    """What a recorder says of an object. With a `MicroTime` it has the form of events.k8s.io."""

    component: str
    host: str
    involved: Any
    type: str
    reason: str
    message: str
    moment: Time | MicroTime
    action: str = ""
    related: Any | None = None

    def made(self, name: str) -> core.Event:
        """The event, under a name."""
        moment, modern = self.moment, isinstance(self.moment, MicroTime)
        first = moment if isinstance(moment, Time) else None
        return core.Event(
            metadata=meta.ObjectMeta(name=name, namespace=self.involved.namespace or "default"),
            involved_object=self.involved,
            reason=self.reason,
            message=self.message,
            type=self.type,
            source={} if modern else {"component": self.component, "host": self.host or None},
            first_timestamp=first,
            last_timestamp=first,
            count=None if modern else 1,
            event_time=moment if isinstance(moment, MicroTime) else None,
            action=self.action or None,
            related=self.related,
            reporting_component=self.component,
            reporting_instance=self.host or (f"{self.component}-0" if modern else ""),
        )

    def is_acceptable(self, resource: Resource) -> bool:
        """Whether a server takes it for sure: in what differs from one event to the next little can be wrong."""
        texts = (self.component, self.host, self.type, self.reason, self.action)
        return (
            len(self.message) <= SHORT
            and not is_path_segment_name(self.involved.name or "")
            and _are_acceptable(resource, isinstance(self.moment, MicroTime), *texts)
        )


@lru_cache(maxsize=REMEMBERED)
def _are_acceptable(
    resource: Resource, modern: bool, component: str, host: str, type: str, reason: str, action: str
) -> bool:
    """Whether a server takes events with these texts: found by one that says nothing else."""
    about = core.ObjectReference(kind="Pod", name="any", namespace="default")
    moment = MicroTime(0) if modern else Time(0)
    return not created(resource, _Report(component, host, about, type, reason, "", moment, action).made("any"))


def _micro(unix: float) -> MicroTime:
    return MicroTime(round(unix * 1_000_000))
