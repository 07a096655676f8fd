"""What the server serves: one row for every resource in every version, and where its objects are kept.

What the server knows of the kind behind a resource is its policy: see `policy.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import attrs

from ..objects import scheme
from ..objects.custom_kinds import CustomKind
from ..objects.schema import Shape
from ..objects.scheme import Kind, UnknownResource
from ..values.nearest import near
from . import kinds
from .policy import Policy, Scale, View

REGISTRY = b"/registry/"
"""The prefix under which every API object is kept, as in a real cluster's etcd."""

KEPT_AS = {
    "customresourcedefinitions.apiextensions.k8s.io": "apiextensions.k8s.io/customresourcedefinitions",
    "apiservices.apiregistration.k8s.io": "apiregistration.k8s.io/apiservices",
    "endpoints": "services/endpoints",
    "services": "services/specs",
    "nodes": "minions",
    "ingresses.networking.k8s.io": "ingress",
}
"""Where resources are kept that are not kept under their own name; custom ones are kept under group and name."""


Convert = Callable[[dict[str, Any], str], dict[str, Any]]
"""Makes of an object, as JSON, the same object in another `apiVersion`."""


@attrs.frozen(eq=False)
class Resource:
    """One resource in one served version. What the server knows of its kind is its policy."""

    kind: Kind
    key: str
    """`pods`, `deployments.apps`: the resource's name with its group, which identifies it in tables."""
    prefix: bytes
    namespaced: bool
    has_status: bool
    storage: str
    """The `key` of the resource in whose form the objects are kept; its own for nearly all."""
    stored: Kind
    """The version of a custom kind in whose form the objects are kept."""
    shown: bool = False
    """Whether this is a view of objects that are kept in another form: see `conversion.py`."""
    _policy: Policy | None = None
    aged: bool = False
    """Whether what is stored may follow an older schema of a custom kind: then it is looked at when it is shown."""
    convert: Convert | None = None
    """What converts objects of a custom kind from other versions, where that is more than another name."""
    generation: int = 0
    """The generation of the definition that a custom kind is served by; negative if another server says what it is."""
    policy: Policy = attrs.field(init=False)
    """What the server knows of the kind; of a view, of the kind that is stored."""
    name: str = attrs.field(init=False)
    """The key with the version, which tells apart the views of one stored object."""
    canonical: bool = attrs.field(init=False)
    """Whether the objects are kept in the form in which this resource shows them; true for nearly all."""
    exact: bool = attrs.field(init=False)
    """Whether it shows the very objects that are stored; true for nearly all."""
    shows: str = attrs.field(init=False)
    """The name with the generation of the schema: by it is remembered what the resource shows of an object."""

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "name", f"{self.key}/{self.kind.version}")
        object.__setattr__(self, "canonical", not self.shown and self.stored is self.kind)
        object.__setattr__(self, "exact", self.canonical and not self.aged)
        object.__setattr__(self, "shows", f"{self.name}@{self.generation}" if self.generation else self.name)

    def __getattr__(self, name: str) -> Any:
        """The policy of a built-in kind, which is looked up when it is first needed, and is there from then on."""
        if name != "policy":
            raise AttributeError(f"{self.__class__.__name__} has no attribute {name!r}")
        found = self._policy or kinds.policy_of(self.kind)
        object.__setattr__(self, "policy", found)
        return found

    @property
    def view(self) -> View | None:
        """How clients of this resource see what is stored; None where they see the stored object itself."""
        return self.policy.views[self.kind.api_version] if self.shown else None

    @property
    def type(self) -> Any:
        """The class of the objects."""
        return self.kind.type

    @property
    def shape(self) -> Shape:
        """The shape of the objects."""
        return self.kind.shape

    def __reduce__(self) -> Any:
        """A row follows from its kind; that of a built-in kind is itself again where it is unpickled."""
        place = _path_of(self)
        if _built_in().by_path.get(place) is self:
            return (_built_in_row, place)
        return (row, (self.kind, self.stored, None, self.aged, self.convert, self.generation))

    def converted_by(self, convert: Convert) -> Resource:
        """The same row of a custom kind with something else that converts its objects."""
        return row(self.kind, self.stored, None, self.aged, convert, self.generation)

    def path(self, namespace: str | None, name: str) -> bytes:
        """Where one object is kept in the store."""
        if self.namespaced:
            return self.prefix + f"{namespace}/{name}".encode("utf-8", "replace")
        return self.prefix + name.encode("utf-8", "replace")

    def collection(self, namespace: str | None) -> bytes:
        """The prefix of the objects of one namespace, or of all of them."""
        return self.prefix + f"{namespace}/".encode() if self.namespaced and namespace else self.prefix


def kept_under(group: str, plural: str) -> bytes:
    """The prefix of the keys of a custom resource."""
    return REGISTRY + f"{group}/{plural}/".encode()


def row(
    kind: Kind,
    stored: Kind | None = None,
    policy: Policy | None = None,
    aged: bool = False,
    convert: Convert | None = None,
    generation: int = 0,
) -> Resource:
    """The row of a kind. A custom kind brings a policy, or has that of all custom kinds.

    `stored` is the version of a custom kind in whose form its objects are kept, if that is another one.
    """
    view_of = kinds.VIEWS.get((kind.group, kind.version, kind.plural))
    storage = view_of or kind.group_resource
    plural, _, group = storage.partition(".")
    kept = REGISTRY + KEPT_AS.get(storage, plural).encode() + b"/"
    if policy is None and isinstance(kind, CustomKind):
        policy = custom_policy(kind)
    return Resource(
        kind=kind,
        key=kind.group_resource,
        prefix=kept_under(group, plural) if isinstance(kind, CustomKind) else kept,
        namespaced=kind.namespaced,
        has_status="status" in kind.subresources,
        storage=storage,
        stored=stored or kind,
        shown=view_of is not None,
        policy=policy,
        aged=aged,
        convert=convert,
        generation=generation,
    )


CLOSED = "create not allowed while custom resource definition is terminating"


def custom_policy(kind: CustomKind) -> Policy:
    """The policy of a custom kind, whose schema says what a value may be; what nobody can create is not kept."""
    return Policy(
        kind.group_resource,
        stored="create" in kind.verbs,
        generation=True,
        version_required=True,
        status_writes_metadata=False,
        selectable=dict.fromkeys(kind.selectable),
        scale=None if kind.scale is None else Scale(kind.scale.spec, kind.scale.status, kind.scale.selector),
        closed=CLOSED if kind.terminating else "",
        deprecated=kind.deprecated,
    )


class Resources:
    """The rows of everything that one server serves. Generic code asks this table and nothing else what there is.

    Every question is answered in O(1). A fork shares the table until one of the two serves something more.
    """

    __slots__ = ("_tables",)

    def __init__(self, kinds: Iterable[Kind] = ()) -> None:
        self._tables = _Tables(tuple([row(kind) for kind in kinds])) if kinds else _built_in()

    def add(self, resource: Resource) -> None:
        """Serve one more resource, or a resource differently than before. O(resources)."""
        rows = {_path_of(each): each for each in self._tables.rows}
        rows[_path_of(resource)] = resource
        self._tables = _Tables(tuple(rows.values()))

    def replace(self, gone: Iterable[Resource], new: Iterable[Resource]) -> None:
        """Serve some resources no longer, and others in their place. O(resources)."""
        rows = {_path_of(each): each for each in self._tables.rows}
        for each in gone:
            rows.pop(_path_of(each), None)
        rows |= {_path_of(each): each for each in new}
        self._tables = _Tables(tuple(rows.values()))

    def remove(self, resource: Resource) -> None:
        """Serve a resource no longer. O(resources)."""
        self._tables = _Tables(tuple([each for each in self._tables.rows if each is not resource]))

    def fork(self) -> Resources:
        """An independent table with the same rows. O(1)."""
        twin = Resources.__new__(Resources)
        twin._tables = self._tables
        return twin

    def find(self, group: str, version: str, plural: str) -> Resource | None:
        """The row behind a URL, or None if it is not served."""
        return self._tables.by_path.get((group, version, plural))

    def by_kind(self, api_version: str, kind: str) -> Resource | None:
        """The row of the kind that a manifest or a reference names, or None."""
        return self._tables.by_kind.get((api_version, kind))

    def by_name(self, text: str) -> Resource | None:
        """The row that a person means: `po`, `pods`, `Pod`, `deployments.apps`, `deploy.v1.apps`, `apps/v1/Deployment`.

        Where a name is that of several, built-in kinds go first, then groups by name, and the version that is most
        stable.
        """
        api_version, slash, kind = text.rpartition("/")
        if slash:
            found = self.by_kind(api_version, kind)
            group, _, version = api_version.rpartition("/")
            return found or self._tables.by_name.get((kind.lower(), group, version))
        name, dot, rest = text.partition(".")
        if not dot:
            return self._tables.by_name.get((name.lower(),))
        version, _, group = rest.partition(".")
        names = self._tables.by_name
        return names.get((name.lower(), rest)) or names.get((name.lower(), group, version))

    def of(self, what: Any) -> Resource:
        """The row of a class, an object, a row, or a name as in `by_name`. Raises UnknownResource."""
        cls = what.__class__
        if cls is Resource:
            row: Resource = what
            return row
        if cls is str:
            found = self.by_name(what)
            if found is None:
                hint = near(what.lower(), [name[0] for name in self._tables.by_name])
                raise UnknownResource(f'the server doesn\'t have a resource type "{what}"{hint}')
            return found
        try:
            found = self._tables.by_kind.get((what.api_version, what.kind))
        except AttributeError:
            if isinstance(what, str):
                return self.of(str(what))
            found = None
        if found is None:
            raise UnknownResource(f"{what!r} is not of a kind that the server serves")
        return found

    def at(self, key: bytes) -> Resource | None:
        """The row whose objects are kept where `key` points."""
        found, end = self._tables.by_prefix, key.find(b"/", len(REGISTRY))
        return found.get(key[: end + 1]) or found.get(key[: key.find(b"/", end + 1) + 1])

    def groups(self) -> Iterable[str]:
        """The groups that are served, the core group first; those of custom kinds follow, by name."""
        return self._tables.by_group.keys()

    def of_group(self, group: str) -> tuple[Resource, ...]:
        """The rows of a group, the version that is most stable first."""
        return self._tables.by_group.get(group, ())

    def of_version(self, group: str, version: str) -> tuple[Resource, ...]:
        """The rows of one version of a group."""
        return self._tables.by_version.get((group, version), ())

    def converting(self) -> tuple[Resource, ...]:
        """The rows of custom kinds whose versions differ in more than their name."""
        return self._tables.converting

    def all(self) -> Iterable[Resource]:
        """Every served resource: the built-in kinds in the order of the scheme, then custom ones by group."""
        return self._tables.rows


class _Tables:
    """All that can be looked up among some rows. Never changed once it is made, so that forks can share it."""

    __slots__ = ("by_group", "by_kind", "by_name", "by_path", "by_prefix", "by_version", "converting", "rows")

    def __init__(self, rows: tuple[Resource, ...]) -> None:
        self.rows = tuple(sorted(rows, key=_rank))
        self.converting = tuple([each for each in self.rows if each.convert is not None])
        self.by_path = {_path_of(each): each for each in self.rows}
        self.by_kind = {(each.kind.api_version, each.kind.kind): each for each in self.rows}
        self.by_name: dict[tuple[str, ...], Resource] = {}
        self.by_prefix: dict[bytes, Resource] = {}
        self.by_group: dict[str, tuple[Resource, ...]] = {}
        self.by_version: dict[tuple[str, str], tuple[Resource, ...]] = {}
        for each in self.rows:
            kind = each.kind
            for name in (kind.plural, kind.singular, *kind.short_names, kind.kind.lower()):
                for key in ((name,), (name, kind.group), (name, kind.group, kind.version)):
                    self.by_name.setdefault(key, each)
            if each.canonical:
                self.by_prefix.setdefault(each.prefix, each)
            self.by_group[kind.group] = (*self.by_group.get(kind.group, ()), each)
            version = (kind.group, kind.version)
            self.by_version[version] = (*self.by_version.get(version, ()), each)
        for each in self.rows:
            self.by_prefix.setdefault(each.prefix, each)

    def __reduce__(self) -> Any:
        return (_Tables, (self.rows,))


_ORDER = {(kind.group, kind.version, kind.plural): number for number, kind in enumerate(scheme.KINDS)}


@lru_cache(maxsize=1)
def _built_in() -> _Tables:
    return _Tables(tuple([row(kind) for kind in scheme.KINDS]))


def _built_in_row(group: str, version: str, plural: str) -> Resource:
    return _built_in().by_path[group, version, plural]


def _path_of(resource: Resource) -> tuple[str, str, str]:
    kind = resource.kind
    return (kind.group, kind.version, kind.plural)


def _rank(resource: Resource) -> tuple[Any, ...]:
    """Where a row stands among the others."""
    kind = resource.kind
    return (_ORDER.get(_path_of(resource), len(_ORDER)), kind.group, version_rank(kind.version), kind.plural)


_VERSION = re.compile(r"v([1-9][0-9]*)(?:(alpha|beta)([1-9][0-9]*))?")


def version_rank(version: str) -> tuple[Any, ...]:
    """Sorts the versions of a group as Kubernetes does: v2, v1, v1beta1, v1alpha2, v1alpha1, then other names."""
    match = _VERSION.fullmatch(version)
    if match is None:
        return (3, 0, 0, version)
    major, stage, minor = match.groups()
    return ({None: 0, "beta": 1, "alpha": 2}[stage], -int(major), -int(minor or 0), version)
