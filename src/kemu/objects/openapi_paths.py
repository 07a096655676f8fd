"""The paths of OpenAPI documents: which operations there are on a resource, who travels in and who travels out.

An operation is written once, as a plain `Operation`; how versions 2 and 3 say the same thing is told apart at the end.
Parameters that all operations of a path have stand at the path, as a real server puts them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import attrs

from . import meta, scheme
from .custom_kinds import CustomKind
from .openapi_queries import Json, own_queries, path_parameter, queries, query
from .scheme import Kind, Subresource

_JSON, _YAML = "application/json", "application/yaml"
_PROTOBUF = "application/vnd.kubernetes.protobuf"
_PLAIN = (_JSON, _YAML)
_FORMS = (_JSON, _YAML, _PROTOBUF)
_STREAMS = (*_FORMS, f"{_JSON};stream=watch", f"{_PROTOBUF};stream=watch")
_ANY = ("*/*",)
_PATCHES = {
    "json": "application/json-patch+json",
    "merge": "application/merge-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "apply": "application/apply-patch+yaml",
}
"""By the form of a patch: kubectl sees here whether a kind knows strategic ones."""

_TEXT: Json = {"type": "string"}
_METHODS = {"get": "get", "create": "post", "update": "put", "patch": "patch", "delete": "delete"}
_PROXIED = ("delete", "get", "head", "options", "patch", "post", "put")
_WORDS = {"get": "read", "put": "replace", "post": "create"}
_CODES = {"200": "OK", "201": "Created", "202": "Accepted", "401": "Unauthorized"}
_ANSWERS = {"post": ("200", "201", "202"), "put": ("200", "201"), "patch": ("200", "201"), "delete": ("200", "202")}
_PATCH_TYPE = "io.k8s.apimachinery.pkg.apis.meta.v1.Patch"


class Writer(Protocol):
    """What writes the schemas: gives references to them, in its version."""

    three: bool

    def to_class(self, cls: Any) -> Json: ...
    def to_special(self, name: str) -> Json: ...
    def to_kind(self, kind: Kind) -> Json: ...
    def to_list(self, kind: Kind) -> Json: ...


@attrs.frozen
class Operation:
    """One method of a path."""

    name: str
    """Its `operationId`."""
    tag: str
    description: str
    out: Json | None
    """The schema of what is answered."""
    produces: tuple[str, ...]
    action: str = ""
    gvk: Json | None = None
    takes: tuple[str, ...] = _ANY
    into: Json | None = None
    """The schema of the body, if there is one."""
    required: bool = True
    codes: tuple[str, ...] = ("200",)
    parameters: tuple[Json, ...] = ()


def gvk_of(api_version: str, kind: str) -> Json:
    """A kind, as documents name it."""
    group, _, version = api_version.rpartition("/")
    return {"group": group, "kind": kind, "version": version}


def identifier(text: str, capital: bool) -> str:
    """A text as a part of the name of an operation: `flowcontrol.apiserver` as `flowcontrolApiserver`."""
    found = ""
    for number, letter in enumerate(text):
        if letter.isalpha() or letter == "_" or (number and letter.isdigit()):
            found += letter.upper() if capital else letter
            capital = False
        else:
            capital = True
    return found


def _names(api_version: str) -> tuple[str, str]:
    """The tag of a group and version, and what stands for them in the names of operations."""
    group, _, version = api_version.rpartition("/")
    short = group.removesuffix(".k8s.io") or "core"
    return f"{identifier(short, False)}_{version}", identifier(short, True) + identifier(version, True)


def item(path: str, operations: dict[str, Operation], writer: Writer) -> tuple[str, Json]:
    """A path with its operations."""
    lists = [operation.parameters for operation in operations.values()]
    shared = [each for each in lists[0] if all(each in others for others in lists[1:])]
    written: Json = {method: _written(each, shared, writer.three) for method, each in operations.items()}
    if shared:
        written["parameters"] = _sorted(shared)
    return path, written


def _sorted(parameters: Iterable[Json]) -> list[Json]:
    return sorted(parameters, key=lambda each: (each["name"], each["in"]))


def _written(operation: Operation, shared: list[Json], three: bool) -> Json:
    """An operation in either version, but for the parameters that its path has."""
    written: Json = {
        "tags": [operation.tag],
        "description": operation.description,
        "operationId": operation.name,
        "responses": _responses(operation, three),
    }
    own = [each for each in operation.parameters if each not in shared]
    if operation.into is not None:
        required = {"required": True} if operation.required else {}
        if three:
            content = {media: {"schema": operation.into} for media in operation.takes}
            written["requestBody"] = {"content": content, **required}
        else:
            own.append({"name": "body", "in": "body", "schema": operation.into, **required})
    if own:
        written["parameters"] = _sorted(own)
    if not three:
        written.update(consumes=[*operation.takes], produces=[*operation.produces], schemes=["https"])
    if operation.action:
        written["x-kubernetes-action"] = operation.action
    if operation.gvk is not None:
        written["x-kubernetes-group-version-kind"] = operation.gvk
    return written


def _responses(operation: Operation, three: bool) -> Json:
    found: Json = {}
    for code in operation.codes:
        if three:
            content = {media: {"schema": operation.out} for media in operation.produces}
            found[code] = {"description": _CODES[code], "content": content}
        else:
            found[code] = {"description": _CODES[code], "schema": operation.out}
    found["401"] = {"description": _CODES["401"]}
    return found


def resource_paths(kind: Kind, writer: Writer, returned: bool) -> Iterator[tuple[str, Json]]:
    """The paths of a resource and of its subresources; `returned` says whether to delete gives back the object."""
    return _Resource(kind, writer, returned).paths()


class _Resource:
    """One resource, whose paths are to be written."""

    def __init__(self, kind: Kind, writer: Writer, returned: bool) -> None:
        self.kind = kind
        self.writer = writer
        self.returned = returned
        self.tag, self.words = _names(kind.api_version)
        self.gvk = gvk_of(kind.api_version, kind.kind)
        self.custom = isinstance(kind, CustomKind)
        self.forms = _PLAIN if self.custom else _FORMS
        self.takes = _PLAIN if self.custom else _ANY
        self.scope = "Namespaced" if kind.namespaced else ""

    def paths(self) -> Iterator[tuple[str, Json]]:
        kind = self.kind
        root = f"/apis/{kind.api_version}" if kind.group else f"/api/{kind.api_version}"
        inner = f"namespaces/{{namespace}}/{kind.plural}" if kind.namespaced else kind.plural
        base = f"{root}/{inner}"
        for path, actions in (
            (base, (("list", "get"), ("create", "post"), ("deletecollection", "deletecollection"))),
            (f"{base}/{{name}}", (("get", "get"), ("update", "put"), ("patch", "patch"), ("delete", "delete"))),
        ):
            found = {
                "delete" if action == "deletecollection" else action: self.plain("list" if verb == "list" else action)
                for verb, action in actions
                if verb in kind.verbs
            }
            if found:
                yield item(path, found, self.writer)
        for subresource in kind.subresources.values():
            yield from self.below(subresource, f"{base}/{{name}}/{subresource.name}")
        if kind.namespaced and "list" in kind.verbs:
            yield item(f"{root}/{kind.plural}", {"get": self.everywhere("list", "")}, self.writer)
        if "watch" in kind.verbs and not self.custom:
            yield item(f"{root}/watch/{inner}", {"get": self.watching("watchlist", "List")}, self.writer)
            yield item(f"{root}/watch/{inner}/{{name}}", {"get": self.watching("watch", "")}, self.writer)
            if kind.namespaced:
                yield item(f"{root}/watch/{kind.plural}", {"get": self.everywhere("watchlist", "List")}, self.writer)

    def name(self, verb: str, what: str) -> str:
        """The name of an operation: the group and version stand behind its first word."""
        return f"{verb}{self.words}{what}"

    def parameters(self, one: str = "", scope: str | None = None) -> tuple[Json, ...]:
        """What the path of an operation asks for, and whether the answer is to be pretty."""
        found = [path_parameter("name", self.writer.three, f"name of the {one}")] if one else []
        if self.scope if scope is None else scope:
            found.append(path_parameter("namespace", self.writer.three))
        return (*found, query("pretty", self.writer.three))

    def plain(self, action: str) -> Operation:
        """An operation on the resource itself."""
        kind, writer = self.kind, self.writer
        own, on_one = writer.to_kind(kind), action in ("get", "put", "patch", "delete")
        verb, what = _WORDS.get(action, action), f"{self.scope}{kind.kind}"
        out, into = own, own if action in ("post", "put") else None
        if action == "list":
            out = writer.to_list(kind)
        elif action.startswith("delete"):
            out = own if self.returned and on_one else writer.to_class(meta.Status)
            into = None if self.custom and not on_one else writer.to_class(meta.DeleteOptions)
        elif action == "patch":
            into = writer.to_special(_PATCH_TYPE)
        if action == "deletecollection":
            verb, what = "delete", f"Collection{what}"
        return Operation(
            name=self.name(verb, what),
            tag=self.tag,
            description=f"{verb} {'collection of ' if action == 'deletecollection' else ''}{kind.kind}",
            out=out,
            produces=_STREAMS if action == "list" and not self.custom else self.forms,
            action=action,
            gvk=self.gvk,
            takes=self.patches() if action == "patch" else self.takes,
            into=into,
            required=not action.startswith("delete"),
            codes=("200",) if self.custom and action == "patch" else _ANSWERS.get(action, ("200",)),
            parameters=(*self.parameters(kind.kind if on_one else ""), *self.queries(action)),
        )

    def patches(self) -> tuple[str, ...]:
        return tuple([media for form, media in _PATCHES.items() if form in self.kind.patches])

    def queries(self, action: str) -> tuple[Json, ...]:
        """What the query may hold; of custom kinds it is said by the options of the verb."""
        if self.custom and action == "get":
            return (query("resourceVersion", self.writer.three),)
        if self.custom and action == "deletecollection":
            return queries("list", self.writer.three)
        return queries(action, self.writer.three)

    def everywhere(self, action: str, suffix: str) -> Operation:
        """A list, or a watch, of the objects of all namespaces."""
        watches = action != "list"
        return Operation(
            name=self.name("watch" if watches else "list", f"{self.kind.kind}{suffix}ForAllNamespaces"),
            tag=self.tag,
            description=f"{'watch' if watches else 'list'} {self.kind.kind} in all namespaces",
            out=self.writer.to_class(meta.WatchEvent) if watches else self.writer.to_list(self.kind),
            produces=self.forms if self.custom else _STREAMS,
            action=action,
            gvk=self.gvk,
            takes=self.takes,
            parameters=(*self.parameters(scope=""), *queries("list", self.writer.three)),
        )

    def watching(self, action: str, suffix: str) -> Operation:
        """A watch at a path of its own, as old clients ask for it."""
        one = self.kind.kind if action == "watch" else ""
        return Operation(
            name=self.name("watch", f"{self.scope}{self.kind.kind}{suffix}"),
            tag=self.tag,
            description=f"watch {self.kind.kind}; deprecated, list with the parameter watch",
            out=self.writer.to_class(meta.WatchEvent),
            produces=_STREAMS,
            action=action,
            gvk=self.gvk,
            parameters=(*self.parameters(one), *queries("list", self.writer.three)),
        )

    def below(self, subresource: Subresource, path: str) -> Iterator[tuple[str, Json]]:
        """The paths of a subresource."""
        if subresource.kind.endswith("Options"):
            yield item(path, self.connections(subresource, ""), self.writer)
            if subresource.name == "proxy":
                yield item(f"{path}/{{path}}", self.connections(subresource, "WithPath"), self.writer)
            return
        methods = {_METHODS[verb]: self.onto(subresource, _METHODS[verb]) for verb in subresource.verbs}
        yield item(path, methods, self.writer)

    def onto(self, subresource: Subresource, action: str) -> Operation:
        """An operation on a subresource."""
        kind, writer = self.kind, self.writer
        verb = _WORDS.get(action, action)
        log = subresource.name == "log"
        same = (subresource.api_version, subresource.kind) == (kind.api_version, kind.kind)
        cls = None if same or log else scheme.type_of(subresource.api_version, subresource.kind)
        travels = _TEXT if log else writer.to_kind(kind) if cls is None else writer.to_class(cls)
        into = writer.to_special(_PATCH_TYPE) if action == "patch" else travels if action in ("post", "put") else None
        return Operation(
            name=self.name(verb, f"{self.scope}{kind.kind}{subresource.name.title()}"),
            tag=self.tag,
            description=f"{verb} {subresource.name} of {kind.kind}",
            out=travels,
            produces=("text/plain", *self.forms) if log else self.forms,
            action=action,
            gvk=self.gvk if self.custom else gvk_of(subresource.api_version, subresource.kind),
            takes=self.patches() if action == "patch" else self.takes,
            into=into,
            codes=("200",) if self.custom and action == "patch" else _ANSWERS.get(action, ("200",)),
            parameters=(
                *self.parameters(kind.kind if self.custom else subresource.kind),
                *self.queries(action),
                *own_queries(subresource.name, writer.three),
            ),
        )

    def connections(self, subresource: Subresource, suffix: str) -> dict[str, Operation]:
        """The operations on what is no object but a way to somewhere: exec, attach, portforward and proxy."""
        three = self.writer.three
        parameters = (*self.parameters(subresource.kind)[:-1], *own_queries(subresource.name, three))
        if suffix:
            parameters = (*parameters, path_parameter("path", three))
        methods = _PROXIED if subresource.name == "proxy" else [_METHODS[verb] for verb in sorted(subresource.verbs)]
        return {
            method: Operation(
                name=self.name(
                    "connect",
                    f"{method.title()}{self.scope}{self.kind.kind}{subresource.name.title()}{suffix}",
                ),
                tag=self.tag,
                description=f"{method.upper()} to {subresource.name} of {self.kind.kind}",
                out=_TEXT,
                produces=_ANY,
                action="connect",
                gvk=gvk_of(subresource.api_version, subresource.kind),
                parameters=parameters,
            )
            for method in methods
        }


def version_path(api_version: str, writer: Writer) -> tuple[str, Json]:
    """The path that tells which resources a group and version has."""
    tag, words = _names(api_version)
    path = f"/apis/{api_version}/" if "/" in api_version else f"/api/{api_version}/"
    return _told(path, f"get{words}APIResources", tag, meta.APIResourceList, writer)


def group_path(group: str, writer: Writer) -> tuple[str, Json]:
    """The path that tells which versions a group has."""
    short = group.removesuffix(".k8s.io")
    return _told(
        f"/apis/{group}/", f"get{identifier(short, True)}APIGroup", identifier(short, False), meta.APIGroup, writer
    )


def _told(path: str, name: str, tag: str, cls: Any, writer: Writer) -> tuple[str, Json]:
    operation = Operation(name, tag, f"what is at {path}", writer.to_class(cls), produces=_FORMS, takes=_FORMS)
    return item(path, {"get": operation}, writer)
