"""What a user sees of a cluster: objects in words and tables, the REST API, the past.

Kinds and names are as in `names.py`. Of the history all namespaces are shown if none is given.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import errors
from .apiserver.changes import Change
from .apiserver.rest import Asked, Response
from .assembly import Assembly
from .describe import Explanation, describe, explain
from .fingerprints import state_hash
from .history import PastView, changes
from .names import Fields, Labels, locate, many, one
from .objects import core
from .turns import by_turns


@by_turns()
class Looking:
    """The part of the hand that changes nothing."""

    parts: Assembly

    if TYPE_CHECKING:

        def list(
            self, kind: Any, *, namespace: str | None, label_selector: Labels = "", field_selector: Fields = ""
        ) -> tuple[Any, ...]: ...

    def events(self, what: Any = "", name: str = "", *, namespace: str | None = "default") -> tuple[core.Event, ...]:
        """The core/v1 events of a namespace, oldest first; of one object with `events("pod/web-0")`.

        Those of an object without a namespace, such as a node, are in "default".
        """
        found = self.list(core.Event, namespace=namespace)
        if what:
            target = one(self.parts.api.resources, what, name, namespace or "default")
            kind = target.resource.kind.kind
            found = tuple(
                [e for e in found if e.involved_object.kind == kind and e.involved_object.name == target.name]
            )
        return tuple(sorted(found, key=lambda event: int(event.metadata.resource_version or 0)))

    def describe(self, what: Any, name: str = "", *, namespace: str = "default") -> str:
        """What is known of an object, for a person to read. Raises NotFound."""
        return describe(self.parts, one(self.parts.api.resources, what, name, namespace))

    def explain(self, what: Any, name: str = "", *, namespace: str = "default") -> Explanation:
        """Why an object is in the state it is in; `str()` of the answer is text for a person. Raises NotFound."""
        return explain(self.parts, one(self.parts.api.resources, what, name, namespace))

    def table(self, kind: Any, *, namespace: str | None = "default", wide: bool = False) -> str:
        """The table that `kubectl get` prints."""
        from .apiserver.tables import rendered

        resource, _ = many(self.parts.api.resources, kind, namespace)
        objects = self.list(kind, namespace=namespace)
        return rendered(resource, objects, self.parts.clock.unix, wide=wide, namespaces=namespace is None)

    def request(self, method: str, path: str, headers: Mapping[str, Any] | None = None, body: Any = None) -> Response:
        """The REST API in process. Never raises for what a client gets wrong; that is a status and a Status body."""
        return self.parts.rest.request(method, path, headers, body)

    def request_log(self) -> tuple[Asked, ...]:
        """What was asked of the REST API, by whichever way, oldest first: `method`, `path`, `status`, `agent`.

        The last ten thousand requests are remembered.
        """
        return tuple(self.parts.rest.asked)

    def at(self, revision: int) -> PastView:
        """A read-only view of the cluster as it was at a revision. Raises UsageError for one that never was."""
        newest = self.parts.api.revision
        if not isinstance(revision, int) or not 0 < revision <= newest:
            raise errors.UsageError(f"revision {revision} never was: there are revisions 1 to {newest}")
        return PastView(self.parts.api, revision)

    def history(self, kind: Any = None, *, namespace: str | None = None, since: int = 0) -> tuple[Change, ...]:
        """Every change of a kind (or of all, or of the one object that is named) since a revision, oldest first."""
        if kind is None:
            return tuple(changes(self.parts.api, None, namespace, since))
        resource, name = locate(self.parts.api.resources, kind)
        found = changes(self.parts.api, resource, namespace, since)
        return tuple([change for change in found if name in ("", change.object.metadata.name)])

    def digest(self) -> str:
        """A hash of the whole history: equal for equal seed and equal calls, in any process."""
        return self.parts.digest.of(self.parts.api)

    def state_hash(self) -> str:
        """A hash of the present: equal for two ways into the same state, revision numbers aside.

        O(what has changed since the last call), and of the first one O(all there is).
        """
        return state_hash(self.parts)
