"""What passes through the server's door: a request, the answer to it, and the desk that its steps may turn to.

A `Request` is one read or write as a frozen value. REST, the typed client, the hand of a user, controllers, the
scheduler and kubelets build one and hand it to `ApiServer.do`; there is no other way in. Whoever holds the cluster can
lay a function `wrap(request, next)` around the door: a fault, a recording is nothing else.

A step of a write (see `sequence.py`) is a function of a request and a `Desk`. The desk answers four questions: what is
stored, what time it is, what chance has it, and who else is to be told; a step never sees the server or its store.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import attrs

from ..values.evolving import evolved
from ..values.frozen import EMPTY_MAP, FrozenMap
from ..values.times import Time

if TYPE_CHECKING:
    from ..entropy import Entropy, Purpose
    from ..values.fork_map import ForkIndex
    from ..values.ranges import Ranges
    from ..values.selectors import FieldSelector, Selector
    from .calling import Dial
    from .holders import Held
    from .patching import Difference
    from .policies.webhooks import Webhook
    from .resources import Resource

MASTERS = "system:masters"
AUTHENTICATED = "system:authenticated"
UNAUTHENTICATED = "system:unauthenticated"


@attrs.frozen
class User:
    """Who asks: a name, groups, and what else an authenticator knows.

    `trusted` marks those of whom nobody asks for roles: kubelets, which write what is theirs and no more, and the
    controllers of whoever holds the cluster, as long as it is not said who they are.
    """

    name: str
    groups: tuple[str, ...] = ()
    uid: str = ""
    extra: FrozenMap[str, tuple[str, ...]] = EMPTY_MAP
    trusted: bool = False


ADMINISTRATOR = User("kubernetes-admin", (MASTERS, AUTHENTICATED))
ANONYMOUS = User("system:anonymous", (UNAUTHENTICATED,))


@attrs.frozen
class WriteOptions:
    """The options that creates, updates and patches share: metav1.CreateOptions, UpdateOptions, PatchOptions."""

    dry_run: bool = False
    force: bool = False
    """Whether a server-side apply takes fields from their owners."""


@attrs.frozen
class DeleteOptions:
    """How to delete: see metav1.DeleteOptions."""

    dry_run: bool = False
    grace_seconds: int | None = None
    uid: str | None = None
    resource_version: str | None = None
    propagation: str | None = None
    """Background, Foreground or Orphan; None leaves it to the object's finalizers."""
    labels: Selector | None = None
    """Which objects of a collection: only of a `deletecollection`."""
    fields: FieldSelector | None = None
    limit: int = 0
    after: str = ""
    """The same of which page of them."""

    def selection(self) -> ListOptions:
        """The options of the list of what is to be deleted."""
        return ListOptions(labels=self.labels, fields=self.fields, limit=self.limit, after=self.after)


@attrs.frozen
class GetOptions:
    """What to read of one object: see metav1.GetOptions. `at_least` is a revision that must have been reached."""

    at_least: int = 0


@attrs.frozen
class LogOptions:
    """Which part of a container's log to read: see v1.PodLogOptions. None means: all of it."""

    container: str = ""
    follow: bool = False
    previous: bool = False
    since_seconds: int | None = None
    since_time: Time | None = None
    timestamps: bool = False
    tail_lines: int | None = None
    limit_bytes: int | None = None


@attrs.frozen
class ConnectOptions:
    """How to talk to a container: see v1.PodExecOptions and v1.PodAttachOptions. Without a `command` it is to the
    container's own process."""

    container: str = ""
    command: tuple[str, ...] = ()
    stdin: bool = False
    stdout: bool = True
    stderr: bool = True
    tty: bool = False


@attrs.frozen
class ForwardOptions:
    """Which ports of a pod to lead to: see v1.PodPortForwardOptions."""

    ports: tuple[int, ...] = ()


@attrs.frozen
class ProxyOptions:
    """What goes on behind a pod, a Service or a node."""

    path: str = "/"
    """With its query; empty for who only asks whether there is anybody to ask."""
    method: str = "GET"
    body: str = ""


@attrs.frozen
class Proxied:
    """What was answered behind a pod, a Service or a node: `form` is its media type, if who has answered says it."""

    status: int
    body: str
    form: str = ""


@attrs.frozen
class ListOptions:
    """What to read: see metav1.ListOptions. `revision` is 0 for the newest, `after` the key to go on behind."""

    labels: Selector | None = None
    fields: FieldSelector | None = None
    revision: int = 0
    at_least: int = 0
    """A revision that must have been reached (`resourceVersion` without `resourceVersionMatch=Exact`)."""
    limit: int = 0
    after: str = ""
    version: str = ""
    """Of a watch: the resourceVersion to start from, as the client wrote it."""
    initial: bool | None = None
    """Of a watch: whether it begins with what exists (`sendInitialEvents`), if that is said."""
    bookmarks: bool = False


@attrs.frozen
class Patch:
    """What a patch says. `form` is `json`, `merge`, `strategic` or `apply`; `document` is plain JSON.

    `validation` is what becomes of fields that the kind does not have (`Ignore`, `Warn`, `Strict`).
    """

    form: str
    document: Any
    validation: str = "Ignore"


WRITE = WriteOptions()
GET = GetOptions()
LIST = ListOptions()
NO_RESOURCE: Any = None
"""The resource of a request that is about a path."""


@attrs.frozen(eq=False, slots=True)
class Request:
    """One read or write. What stands at the top is what its sender said; the rest is filled in on the way."""

    verb: str
    """`get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`; `restore` stores as it is."""
    resource: Resource
    """The row of what is asked for; None for a path that is no resource: see `path`."""
    namespace: str | None = None
    name: str = ""
    obj: Any = None
    """The object as it will be: of a create, update or subresource the one that was sent, as the steps change it."""
    subresource: str = ""
    options: Any = WRITE
    """The options of its verb: `WriteOptions`, `DeleteOptions`, `GetOptions`, `ListOptions`, `LogOptions`,
    `ConnectOptions`."""
    user: User = ADMINISTRATOR
    actor: str = "user"
    """Who is named in the history: a user, or the component that wrote."""
    manager: str = "kemu"
    """Who owns the fields that are written (`fieldManager`)."""
    patch: Patch | Difference | None = None
    warn: Callable[[str], None] | None = None
    """What to tell of things that are accepted but hardly meant; None if nobody listens."""
    note: Callable[[str, str], None] | None = None
    """What is noted for an audit, by key; None if there is none."""
    path: str = ""
    """Of a request that is about no resource, such as `/version`: what it asks for."""
    old: Any = None
    """The object as it is stored."""
    shown: Any = None
    """The stored object as the resource shows it, which `old` is until the steps speak of its stored form."""
    stored: Any = None
    """The stored object as it is kept."""
    revision: int = 0
    """The revision of `old`, with which the store compares."""
    written: Any = None
    """The object as its sender meant it, before admission: what the fields of the writer are found by."""
    attempt: int = 0
    """Which try of its sender this is, where it was refused before: a name is drawn anew for each."""
    generated: str = ""
    """What a generated name was drawn for; empty if the object came with its name."""
    completed: bool = False
    """Of a new object: whether more is shown of it than a real server stores."""
    gone: bool = False
    """Of a deletion: whether the object is to be removed at once."""

    @property
    def applies(self) -> bool:
        """Whether this is a server-side apply, which says itself who owns what."""
        return self.patch is not None and self.patch.form == "apply"

    @property
    def operation(self) -> str:
        """What admission calls it: CREATE, UPDATE, DELETE or CONNECT."""
        if self.subresource in CONNECTIONS:
            return "CONNECT"
        return (
            "CREATE" if self.old is None and self.verb in ("update", "patch") else OPERATIONS.get(self.verb, "CONNECT")
        )

    def meeting(self, shown: Any, stored: Any, revision: int) -> Request:
        """The same request once it is known what is stored: as the resource shows it, and as it is kept."""
        return evolved(self, old=shown, shown=shown, stored=stored, revision=revision)

    def with_obj(self, obj: Any) -> Request:
        """The same request about another object."""
        return self if obj is self.obj else evolved(self, obj=obj)

    def written_as(self, obj: Any) -> Request:
        """The same request about this object, which is what its sender meant."""
        return evolved(self, obj=obj, written=obj)


CONNECTIONS = frozenset({"attach", "exec", "portforward", "proxy"})
"""The subresources at which somebody is connected to what runs on a node."""

OPERATIONS = {
    "create": "CREATE",
    "update": "UPDATE",
    "patch": "UPDATE",
    "delete": "DELETE",
    "deletecollection": "DELETE",
}


@attrs.frozen(eq=False)
class Page:
    """A list: its items, the revision at which it is true, and where it goes on."""

    items: tuple[Any, ...]
    revision: int
    resume: str | None = None
    remaining: int | None = None


@attrs.frozen(eq=False)
class Answer:
    """What the door gives back: an object, a `Page` or a watch; whether it is new, and whether it is gone."""

    obj: Any
    created: bool = False
    gone: bool = False


class Desk(Protocol):
    """What a step may ask for. Everything that it answers is read; nothing is written and no chance is used up."""

    @property
    def entropy(self) -> Entropy:
        """Chance by purpose: a draw is a function of the seed and of what it is for, so asking leaves no trace."""

    @property
    def ranges(self) -> Ranges:
        """Which addresses the cluster gives out."""

    @property
    def webhooks(self) -> Mapping[str, Webhook]:
        """Who answers for webhooks, by service or URL: see `policies/webhooks.py`."""

    @property
    def dial(self) -> Dial:
        """The line to the network, at which those webhooks answer that are servers in the cluster."""

    @property
    def guarded(self) -> frozenset[str]:
        """The keys of the kinds with a say in what is admitted (`Policy.guards`) that there are, or were."""

    @property
    def granted(self) -> frozenset[Hashable]:
        """What a role allows for all objects of a kind, as far as it was asked since roles last changed."""

    def grant(self, what: Hashable) -> None:
        """Remember that a role allows something for all objects of a kind."""

    def holders(self, kind: Any, held: Held) -> ForkIndex[Hashable, Any]:
        """By value: the stored objects of a class that hold it, by uid. O(changes since the last call)."""

    def completed(self, request: Request) -> bool:
        """Whether the object that is written says more than is stored of it, so that even no change is a write."""

    def occasion(self, request: Request, what: str) -> tuple[Purpose, ...]:
        """What tells this draw for `what` apart from earlier ones: the moment, and how often it was drawn for then."""

    @property
    def unix(self) -> float:
        """Now, in seconds since 1970."""

    def stamp(self) -> Time:
        """Now, as object metadata shows it: whole seconds."""

    def find(self, kind: Any, namespace: str | None, name: str) -> Any | None:
        """One stored object of a class (or resource), or None. O(log n)."""

    def list(self, kind: Any, namespace: str | None = None) -> Iterable[Any]:
        """The stored objects of a class (or resource) in order of namespace and name. O(objects)."""

    def resource_of(self, kind: Any) -> Resource:
        """The resource of a class or object."""

    def versions_of(self, resource: Resource) -> Iterable[Resource]:
        """All rows of a resource: one for each version in which it is served."""

    def row_of_kind(self, api_version: str, kind: str) -> Resource | None:
        """The row of a kind in a version, if it is served."""

    def stamped(self, obj: Any, step: str, inputs: tuple[Any, ...], make: Callable[[], Any]) -> Any:
        """What `make` gives for an object that a controller stamped from a template, made once for all its siblings.

        `inputs` are what it depends on, compared by identity or equality; objects without a controller share nothing.
        """
