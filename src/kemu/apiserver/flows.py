"""Flow schemas: whether the priority levels that they name are there.

No request waits for another here, so that schemas and levels share out nothing. What a real server says of a schema is
still said: its condition `Dangling` is true while there is no such level. And those with which a server starts are kept
as they are: every minute it makes again what is missing, and takes back what somebody wrote to one that says of itself
(by an annotation) that the server may do so.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TYPE_CHECKING, Any

from ..loop import Loop
from ..objects import evolve, flowcontrol, scheme
from ..objects.conditions import with_condition
from ..values.times import Time
from ..wellknown import APISERVER
from . import own_writes
from .changes import Change
from .defaults import with_defaults

if TYPE_CHECKING:
    from .server import ApiServer

FLOWS = "flow-control"
"""What it is called on the loop."""

SCHEMAS = scheme.find("flowschemas")
LEVELS = scheme.find("prioritylevelconfigurations")
NOTICED = frozenset({SCHEMAS.group_resource, LEVELS.group_resource})
"""The keys of the kinds that it goes by."""

KEPT = "apf.kubernetes.io/autoupdate-spec"
"""The annotation that says whether the server keeps the specification as it was."""

MANDATORY = ("exempt", "catch-all")
"""Those that are kept whatever they say."""

YES = ("1", "t", "T", "true", "TRUE", "True")
NO = ("0", "f", "F", "false", "FALSE", "False")
"""The texts that Go takes for a boolean."""

PERIOD = 60.0
"""Seconds between two looks at what a server started with."""

NO_LEVEL = "but there is no such object"


class Flows:
    """Attached to the loop. It remembers nothing."""

    __slots__ = ("_loop", "_server", "_wanted")

    def __init__(self, server: ApiServer, loop: Loop, wanted: Callable[[Time], Iterable[Any]]) -> None:
        """`wanted` are the levels and schemas with which a server starts."""
        self._server = server
        self._loop = loop
        self._wanted = wanted
        loop.attach(FLOWS, self)

    def notice(self, change: Change) -> None:
        """A schema or a level was written (`NOTICED`)."""
        if change.actor != APISERVER:
            self._loop.schedule(FLOWS, ("look",))
            now = self._loop.clock.now
            self._loop.schedule_at(FLOWS, ("ensure",), now - now % PERIOD + PERIOD)

    def run(self, item: tuple[Hashable, ...]) -> None:
        """Say of each schema whether its level is there; first make sure that there is what there has to be."""
        if item == ("ensure",):
            self._ensure()
        schemas = self._server.resources.of(SCHEMAS)
        for pair in self._server.store.items(schemas.prefix):
            schema: Any = pair.value
            level = schema.spec.priority_level_configuration.name
            is_there = self._server.desk.find(flowcontrol.PriorityLevelConfiguration, None, level) is not None
            said = with_condition(schema.status.conditions, dangling(level, is_there, self._server.stamp()))
            if said is not schema.status.conditions:
                own_writes.status_of(self._server, schemas, evolve(schema, {"status.conditions": said}))

    def _ensure(self) -> None:
        for wanted in self._wanted(self._server.stamp()):
            resource = self._server.resources.of(type(wanted))
            found: Any = self._server.desk.find(type(wanted), None, wanted.metadata.name)
            if found is None:
                own_writes.created(self._server, resource, wanted)
                continue
            spec = with_defaults(wanted).spec
            is_kept = wanted.metadata.name in MANDATORY or may_keep(found)
            annotations = {**found.metadata.annotations, KEPT: "true" if is_kept else "false"}
            mended = evolve(found, {"metadata.annotations": annotations, "spec": spec if is_kept else found.spec})
            if mended != found:
                own_writes.updated(self._server, resource, mended)


def may_keep(found: Any) -> bool:
    """Pure: whether the server may take back what was written to a level or schema: who wrote it says so, or nobody
    has changed it yet."""
    said = found.metadata.annotations.get(KEPT, "")
    return said in YES or (said not in NO and found.metadata.generation == 1)


def dangling(level: str, is_there: bool, now: Time) -> Any:
    """Pure: the condition of a schema that names a level."""
    status, reason, rest = ("False", "Found", "and it exists") if is_there else ("True", "NotFound", NO_LEVEL)
    text = f'This FlowSchema references the PriorityLevelConfiguration object named "{level}" {rest}'
    return flowcontrol.FlowSchemaCondition(
        type="Dangling", status=status, reason=reason, message=text, last_transition_time=now
    )
