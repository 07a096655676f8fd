"""Flow schemas: whether the priority levels that they name are there.

No request waits for another here, so that schemas and levels share out nothing. What a real server says of a schema is
still said: its condition `Dangling` is true while there is no such level.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

from ..loop import Loop
from ..objects import evolve, flowcontrol, scheme
from ..objects.conditions import with_condition
from ..values.times import Time
from ..wellknown import APISERVER
from . import own_writes
from .changes import Change

if TYPE_CHECKING:
    from .server import ApiServer

FLOWS = "flow-control"
"""What it is called on the loop."""

SCHEMAS = scheme.find("flowschemas")
LEVELS = scheme.find("prioritylevelconfigurations")
NOTICED = frozenset({SCHEMAS.group_resource, LEVELS.group_resource})
"""The keys of the kinds that it goes by."""

NO_LEVEL = "but there is no such object"


class Flows:
    """Attached to the loop. It remembers nothing."""

    __slots__ = ("_loop", "_server")

    def __init__(self, server: ApiServer, loop: Loop) -> None:
        self._server = server
        self._loop = loop
        loop.attach(FLOWS, self)

    def notice(self, change: Change) -> None:
        """A schema or a level was written (`NOTICED`)."""
        if change.actor != APISERVER:
            self._loop.schedule(FLOWS, ("look",))

    def run(self, item: tuple[Hashable, ...]) -> None:
        """Say of each schema whether its level is there."""
        schemas = self._server.resources.of(SCHEMAS)
        for pair in self._server.store.items(schemas.prefix):
            schema: Any = pair.value
            level = schema.spec.priority_level_configuration.name
            is_there = self._server.desk.find(flowcontrol.PriorityLevelConfiguration, None, level) is not None
            said = with_condition(schema.status.conditions, dangling(level, is_there, self._server.stamp()))
            if said is not schema.status.conditions:
                own_writes.status_of(self._server, schemas, evolve(schema, {"status.conditions": said}))


def dangling(level: str, is_there: bool, now: Time) -> Any:
    """Pure: the condition of a schema that names a level."""
    status, reason, rest = ("False", "Found", "and it exists") if is_there else ("True", "NotFound", NO_LEVEL)
    text = f'This FlowSchema references the PriorityLevelConfiguration object named "{level}" {rest}'
    return flowcontrol.FlowSchemaCondition(
        type="Dangling", status=status, reason=reason, message=text, last_transition_time=now
    )
