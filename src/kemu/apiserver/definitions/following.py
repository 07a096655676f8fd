"""What the server does of its own accord when a definition has changed.

Names are accepted, kinds are served, instances go before their definition. A real server does this a moment after its
answer; here it is done when the answer is given, before the next request, so that a new kind is there at once. What it
writes goes through the door as all else does, as the server's own user.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ... import errors
from ...objects import evolve, scheme
from ...objects.custom_kinds import CustomKind
from .. import own_writes
from ..resources import kept_under
from .converting import Remote
from .names import condition, decided, established, with_condition
from .serving import rows_of
from .terms import APPROVALS, CLEANUP, COMPLETED, FAILED, IN_PROGRESS, NEVER, approval, is_true, protected

if TYPE_CHECKING:
    from ..resources import Convert, Resource
    from ..server import ApiServer

KIND = scheme.find("customresourcedefinitions")


class Definitions:
    """Follows the definitions of one server. What it knows follows from what is stored: a fork may begin anew."""

    __slots__ = ("_busy", "_leaving", "_prefix", "_seen", "converters")

    def __init__(self) -> None:
        self.converters: Mapping[str, Convert] = {}
        """What converts objects between the versions of a kind, by the name of its definition."""
        self._prefix = b""
        """Under which definitions are stored, once that was looked up."""
        self._seen = 0
        self._leaving: dict[bytes, int] = {}
        """The collections whose instances must go before their definition, and the change last seen in each."""
        self._busy = False

    def fork(self) -> Definitions:
        """The same for a forked server."""
        twin = Definitions()
        twin.converters = self.converters
        twin._seen, twin._leaving = self._seen, dict(self._leaving)
        return twin

    def follow(self, server: ApiServer) -> None:
        """Do what follows from the changes since the last time. O(1) if there are none, else O(definitions)."""
        if not self._prefix:
            self._prefix = _definitions(server).prefix
        last = server.log.last(self._prefix)
        if (last == self._seen and not self._leaving) or self._busy:
            return
        self._busy = True
        try:
            while last != self._seen or self._left(server):
                self._seen = last
                self._settle(server)
                last = server.log.last(self._prefix)
        finally:
            self._busy = False

    def again(self, server: ApiServer) -> None:
        """Serve all kinds anew, since what converts them has changed."""
        self._seen = -1
        self.follow(server)

    def _left(self, server: ApiServer) -> bool:
        """Whether something has happened among instances that must go."""
        return any(server.log.last(prefix) != seen for prefix, seen in self._leaving.items())

    def _settle(self, server: ApiServer) -> None:
        """Bring one definition a step further, or serve what all of them say."""
        definitions = [pair.value for pair in server.store.items(_definitions(server).prefix)]
        self._serve(server, definitions)
        self._leaving = {}
        for each in definitions:
            self._named(server, each, definitions)
        for each in definitions:
            if each.metadata.deletion_timestamp is not None and CLEANUP in each.metadata.finalizers:
                self._end(server, each)

    def _serve(self, server: ApiServer, definitions: list[Any]) -> None:
        """Make the table of resources say what the definitions say. Rows of other origin are left alone."""
        wanted: dict[str, Resource] = {}
        for each in definitions:
            if _is_served(each):
                rows = rows_of(each, self._converter(server, each))
                wanted |= {row.name: row for row in rows}
        served = {row.name: row for row in server.resources.all() if row.generation > 0}
        gone = [row for name, row in served.items() if name not in wanted]
        new = [row for name, row in wanted.items() if name not in served or not _same(row, served[name])]
        if gone or new:
            server.resources.replace(gone, new)

    def _converter(self, server: ApiServer, definition: Any) -> Convert | None:
        conversion = definition.spec.conversion
        if conversion is None or conversion.strategy != "Webhook":
            return None
        found = self.converters.get(definition.metadata.name)
        return found or Remote(server.desk, conversion.webhook.client_config)

    def wire(self, server: ApiServer) -> None:
        """Let the webhooks that convert kinds be called by this server, and not by the one it was forked from."""
        remote = [(row, row.convert) for row in server.resources.converting() if isinstance(row.convert, Remote)]
        if remote:
            new = [row.converted_by(Remote(server.desk, convert.client)) for row, convert in remote]
            server.resources.replace([], new)

    def _named(self, server: ApiServer, definition: Any, definitions: list[Any]) -> None:
        """Judge the names of a definition, and establish it."""
        others = [
            each
            for each in definitions
            if each.spec.group == definition.spec.group and each.metadata.name != definition.metadata.name
        ]
        now = server.stamp()
        self._write(server, definition, lambda found: decided(found, others, now))
        self._write(server, definition, lambda found: established(found, now))
        if protected(definition.spec.group):
            self._write(server, definition, lambda found: _approved(found, now))

    def _end(self, server: ApiServer, definition: Any) -> None:
        """Delete the instances of a definition, and let it go once there are none."""
        now = server.stamp()
        if not _is_served(definition):
            self._release(server, definition, NEVER)
            return
        if not is_true(definition, "Terminating"):
            self._write(server, definition, lambda found: with_condition(found.status, IN_PROGRESS, now))
        state = self._delete_instances(server, definition)
        self._write(server, definition, lambda found: with_condition(found.status, state, now))
        prefix = kept_under(definition.spec.group, definition.spec.names.plural)
        if server.store.items(prefix):
            self._leaving[prefix] = server.log.last(prefix)
        else:
            self._release(server, definition, COMPLETED)

    def _delete_instances(self, server: ApiServer, definition: Any) -> Any:
        """Delete what there is, as it is kept; the condition that says how that goes. What cannot be read, since nobody
        converts it, stays until something changes."""
        rows = [row for row in server.resources.of_group(definition.spec.group) if _serves(row, definition)]
        rows.sort(key=lambda row: row.stored is not row.kind)
        try:
            for row in rows[:1]:
                own_writes.emptied(server, row)
        except errors.ApiError as refusal:
            return condition("Terminating", "True", FAILED, f"could not list instances: {refusal}")
        return IN_PROGRESS

    def _release(self, server: ApiServer, definition: Any, why: Any) -> None:
        """Take away the finalizer, with which the definition goes."""
        now = server.stamp()

        def released(found: Any) -> Any:
            kept = tuple([each for each in found.metadata.finalizers if each != CLEANUP])
            return evolve(
                found,
                metadata=evolve(found.metadata, finalizers=kept),
                status=with_condition(found.status, why, now),
            )

        self._update(server, definition, released)

    def _write(self, server: ApiServer, definition: Any, status: Callable[[Any], Any]) -> None:
        self._update(server, definition, lambda found: evolve(found, status=status(found)))

    def _update(self, server: ApiServer, definition: Any, change: Callable[[Any], Any]) -> None:
        """Write a changed status, if it is one, unless somebody has taken the definition away."""
        resource = _definitions(server)
        found = server.find(resource, None, definition.metadata.name)
        if found is None:
            return
        new = change(found)
        if new == found:
            return
        own_writes.status_of(server, resource, new)


def _definitions(server: ApiServer) -> Resource:
    return server.resources.of(KIND)


def _is_served(definition: Any) -> bool:
    return any(each.type == "Established" and each.status == "True" for each in definition.status.conditions)


def _serves(row: Resource, definition: Any) -> bool:
    return isinstance(row.kind, CustomKind) and row.key == definition.metadata.name


def _same(one: Resource, other: Resource) -> bool:
    same = one.kind is other.kind and one.stored is other.stored
    return same and one.aged == other.aged and one.convert == other.convert and one.generation == other.generation


def _approved(definition: Any, now: Any) -> Any:
    """The status with what the annotation of a community group says."""
    state, text = approval(definition)
    status, reason = APPROVALS[state]
    new = condition("KubernetesAPIApprovalPolicyConformant", status, reason, text)
    return with_condition(definition.status, new, now)
