"""HTTP to verbs and back: the REST API of the server, in process.

`Rest.request` is the whole of it: it finds the resource and the verb that a method and a path mean, decodes the body,
calls the verb and encodes the answer. It knows nothing of sockets; a real one hands it the same four things.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import yaml

from .. import errors
from ..objects import codec, core
from ..values.selectors import FieldSelector, Selector, parse_field_selector, parse_label_selector
from . import bodies, discovery, failures, rbac, subresources, tables, warnings
from .applying import apply_config, tracked
from .exchange import JSON, YAML, Call, Response, World
from .resources import NOT_STORED
from .server import ApiServer, DeleteOptions, Page
from .watch import WatchCursor, bookmark

PATCHES = {
    "application/json-patch+json": "json",
    "application/merge-patch+json": "merge",
    "application/strategic-merge-patch+json": "strategic",
    "application/apply-patch+yaml": "apply",
}
BOOKMARK_SECONDS = 60.0
BOOKMARK_MARGIN = 2.0
DEFAULT_WATCH_SECONDS = 1800
"""How long a watch lasts that names no timeoutSeconds."""


class Rest:
    """The REST API over one server. `tokens` maps bearer tokens to users; without credentials it is the administrator
    (or, when `anonymous` is set, nobody in particular)."""

    __slots__ = ("server", "tokens", "world")

    def __init__(self, server: ApiServer, world: World, tokens: Mapping[str, rbac.User]) -> None:
        self.server = server
        self.world = world
        self.tokens = tokens

    def request(
        self, method: str, target: str, headers: Mapping[str, Any] | None = None, body: bytes | str | Any = None
    ) -> Response:
        """Answer one request. Never raises for what a client got wrong: that is a Status with its code."""
        call = self._call(method, target, headers or {}, body)
        try:
            response = self._dispatch(call)
        except errors.ApiError as refusal:
            response = self._answer(call, refusal.status, refusal.status["code"])
            seconds = refusal.status.get("details", {}).get("retryAfterSeconds")
            if seconds:
                response.headers.append(("Retry-After", str(seconds)))
        for text in dict.fromkeys(call.warnings):
            response.headers.append(("Warning", f"299 - {json.dumps(text, ensure_ascii=False)}"))
        return response

    # Reading a request

    def _call(self, method: str, target: str, headers: Mapping[str, Any], body: Any) -> Call:
        parts = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        lower = {name.lower(): value if isinstance(value, str) else value[0] for name, value in headers.items()}
        if body is None:
            data = b""
        elif isinstance(body, bytes):
            data = body
        elif isinstance(body, str):
            data = body.encode()
        else:
            data = json.dumps(body).encode()
        return Call(method.upper(), unquote(parts.path), query, lower, data, rbac.ANONYMOUS, [])

    def _authenticate(self, call: Call) -> None:
        header = call.headers.get("authorization", "")
        if not header:
            call.user = rbac.ADMINISTRATOR
        elif header.lower().startswith("bearer "):
            found = self.tokens.get(header[7:].strip())
            if found is None:
                raise errors.Unauthorized("Unauthorized")
            call.user = found
        wanted = call.headers.get("impersonate-user")
        if wanted:
            call.user = rbac.User(wanted, (rbac.AUTHENTICATED,))

    def _authorise(self, call: Call) -> None:
        resource = call.resource
        if resource is None:
            attempt = rbac.Attempt(call.method.lower(), path=call.path)
            if not rbac.allowed(self.server, call.user, attempt) and not discovery.is_public(call.path):
                raise errors.Forbidden(f"forbidden: {rbac.refusal(call.user, attempt)}", details={})
            return
        attempt = rbac.Attempt(
            self._verb(call),
            group=resource.kind.group,
            resource=resource.kind.plural,
            subresource=call.subresource,
            namespace=call.namespace or "",
            name=call.name,
        )
        if not rbac.allowed(self.server, call.user, attempt):
            raise failures.forbidden(resource.kind, call.name, rbac.refusal(call.user, attempt))

    def _verb(self, call: Call) -> str:
        if call.method == "GET" or call.method == "HEAD":
            if call.name:
                return "get"
            return "watch" if call.query.get("watch") in ("true", "1") else "list"
        if call.method == "DELETE" and not call.name:
            return "deletecollection"
        return {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}.get(call.method, "get")

    def _dispatch(self, call: Call) -> Response:
        self._authenticate(call)
        self._locate(call)
        self._authorise(call)
        if call.resource is None:
            return self._plain(call)
        call.warnings.extend(warnings.of_resource(call.resource))
        verb = self._verb(call)
        if call.subresource:
            return self._subresource(call, verb)
        if not self._serves(call, verb):
            raise failures.method_not_allowed(None, verb)
        handler: Callable[[Call], Response] = getattr(self, f"_{verb}")
        return handler(call)

    def _plain(self, call: Call) -> Response:
        """The answer for a path that is no resource: a document, a text, or a plain 404."""
        document = discovery.document(self.server, call.path, call.headers.get("accept", ""))
        text = [("Content-Type", "text/plain; charset=utf-8")]
        if document is None:
            if call.path.startswith(("/api/", "/apis/")) and self._known_group(call.path):
                raise errors.NotFound("the server could not find the requested resource", details={})
            return Response(404, text, whole=b"404 page not found\n")
        if isinstance(document, str):
            return Response(200, text, whole=document.encode())
        return self._answer(call, document, 200)

    def _known_group(self, path: str) -> bool:
        parts = [part for part in path.split("/") if part]
        if parts[0] == "api":
            return True
        return any(resource.kind.group == parts[1] for resource in self.server.resources.all() if parts[1:])

    def _serves(self, call: Call, verb: str) -> bool:
        """Whether the method means something at this path: an item cannot be posted to, nor a collection put."""
        target = call.target
        if call.method not in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            return False
        if (verb in ("update", "patch") and not call.name) or (verb == "create" and call.name):
            return False
        everywhere = target.namespaced and call.namespace is None
        if everywhere and verb not in ("list", "watch"):
            return False
        if target.key == "bindings":
            return verb == "create"
        return target.key not in NOT_STORED and verb in target.kind.verbs

    def _locate(self, call: Call) -> None:
        """Fill in resource, namespace, name and subresource from the path; nothing if it names no resource.

        Raises NotFound for a resource that a served group does not have.
        """
        parts = [part for part in call.path.split("/") if part]
        if len(parts) >= 3 and parts[0] == "api":
            group, version, rest = "", parts[1], parts[2:]
        elif len(parts) >= 4 and parts[0] == "apis" and self._known_group(call.path):
            group, version, rest = parts[1], parts[2], parts[3:]
        else:
            return
        if rest and rest[0] == "watch":
            rest = rest[1:]
            call.query = {**call.query, "watch": "true"}
        if (
            len(rest) >= 3
            and rest[0] == "namespaces"
            and not (group == "" and rest[2] in ("status", "finalize") and len(rest) == 3)
        ):
            call.namespace, rest = rest[1], rest[2:]
        found = self.server.resources.find(group, version, rest[0]) if rest else None
        if found is None or (call.namespace is not None and not found.namespaced):
            raise errors.NotFound("the server could not find the requested resource", details={})
        call.resource = found
        call.name = rest[1] if len(rest) > 1 else ""
        call.subresource = "/".join(rest[2:])

    # Writing an answer

    def _answer(self, call: Call, document: Any, status: int) -> Response:
        if call.query.get("pretty") in ("1", "true"):
            text = json.dumps(document, indent=2, ensure_ascii=False)
        else:
            text = json.dumps(document, separators=(",", ":"), ensure_ascii=False) + "\n"
        media = JSON
        if YAML in call.headers.get("accept", "").partition(",")[0]:
            text, media = yaml.safe_dump(document, sort_keys=True), YAML
        return Response(status, [("Content-Type", media), ("Cache-Control", "no-cache, private")], whole=text.encode())

    def _object(self, call: Call, obj: Any, status: int = 200) -> Response:
        wanted = tables.requested(call.headers.get("accept", ""))
        if wanted == "Table":
            revision = obj.metadata.resource_version or ""
            return self._answer(
                call, tables.table(call.target, (obj,), revision, self._include(call), self.server.clock.unix), status
            )
        if wanted == "PartialObjectMetadata":
            return self._answer(call, tables.partial(obj), status)
        return self._answer(call, codec.encode(obj), status)

    def _include(self, call: Call) -> str:
        return call.query.get("includeObject", "Metadata")

    # The verbs

    def _get(self, call: Call) -> Response:
        return self._object(call, self.server.get(call.target, call.namespace, call.name))

    def _selectors(self, call: Call) -> tuple[Selector | None, FieldSelector | None]:
        labels, fields = call.query.get("labelSelector"), call.query.get("fieldSelector")
        try:
            return (
                parse_label_selector(labels) if labels else None,
                parse_field_selector(fields) if fields else None,
            )
        except ValueError as problem:
            raise errors.BadRequest(str(problem)) from None

    def _number(self, call: Call, name: str, default: int = 0) -> int:
        text = call.query.get(name, "")
        if not text:
            return default
        try:
            return int(text)
        except ValueError:
            if name == "resourceVersion":
                problem = failures.invalid_value(name, text, f'strconv.ParseUint: parsing "{text}": invalid syntax')
                raise errors.BadRequest(f"invalid resource version: {problem}") from None
            raise errors.BadRequest(f'strconv.ParseInt: parsing "{text}": invalid syntax') from None

    def _list(self, call: Call) -> Response:
        labels, fields = self._selectors(call)
        limit = self._number(call, "limit")
        after, revision = "", 0
        token = call.query.get("continue", "")
        if token:
            after, revision = _decode_continue(token)
        page = self._page(call, labels, fields, revision, limit, after)
        wanted = tables.requested(call.headers.get("accept", ""))
        metadata = self._list_metadata(page)
        if wanted == "Table":
            document = tables.table(
                call.target, page.items, str(page.revision), self._include(call), self.server.clock.unix
            )
            document["metadata"] = metadata
            return self._answer(call, document, 200)
        kind = call.target.kind
        if wanted == "PartialObjectMetadata":
            items = [tables.partial(item) for item in page.items]
            document = {"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1"}
            return self._answer(call, {**document, "metadata": metadata, "items": items}, 200)
        items = [_bare(codec.encode(item)) for item in page.items]
        document = {"kind": kind.list_kind, "apiVersion": kind.api_version, "metadata": metadata, "items": items}
        return self._answer(call, document, 200)

    def _page(
        self,
        call: Call,
        labels: Selector | None,
        fields: FieldSelector | None,
        revision: int,
        limit: int,
        after: str,
    ) -> Page:
        if call.query.get("resourceVersionMatch") == "Exact" and not revision:
            revision = self._number(call, "resourceVersion")
        wanted = self._number(call, "resourceVersion")
        if wanted > self.server.store.revision:
            raise failures.future_revision(wanted, self.server.store.revision)
        return self.server.list(
            call.target,
            call.namespace,
            labels=labels,
            field_selector=fields,
            revision=revision,
            limit=limit,
            after=after,
        )

    def _list_metadata(self, page: Page) -> dict[str, Any]:
        metadata: dict[str, Any] = {"resourceVersion": str(page.revision)}
        if page.resume:
            metadata["continue"] = _encode_continue(page.resume, page.revision)
            if page.remaining is not None:
                metadata["remainingItemCount"] = page.remaining
        return metadata

    def _watch(self, call: Call) -> Response:
        labels, fields = self._selectors(call)
        server = self.server
        seconds = self._number(call, "timeoutSeconds", DEFAULT_WATCH_SECONDS)
        bookmarks = call.query.get("allowWatchBookmarks") == "true"
        cursor = WatchCursor.start(
            server,
            call.target,
            call.namespace,
            labels=labels,
            field_selector=fields,
            version=call.query.get("resourceVersion", ""),
            initial=call.query.get("sendInitialEvents") == "true",
            bookmarks=bookmarks,
        )
        wanted = tables.requested(call.headers.get("accept", ""))

        def shown(obj: Any, first: bool) -> Any:
            if wanted == "Table":
                version = obj.metadata.resource_version or ""
                table = tables.table(call.target, (obj,), version, self._include(call), server.clock.unix)
                return table if first else {**table, "columnDefinitions": None}
            if wanted == "PartialObjectMetadata":
                return tables.partial(obj)
            return codec.encode(obj)

        def line(type_: str, obj: Any) -> bytes:
            return (
                json.dumps({"type": type_, "object": obj}, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
            )

        def lines() -> Iterator[bytes]:
            deadline = server.clock.now + seconds
            marks = _bookmark_times(server.clock.now, deadline) if bookmarks else iter(())
            mark = next(marks, None)
            first = True
            while True:
                for event in cursor.poll(server):
                    yield line(event.type, shown(event.object, first))
                    first = False
                until = deadline if mark is None else mark
                if self.world.wait_until(lambda: cursor.has_more(server), until):
                    continue
                if mark is None:
                    return
                yield line("BOOKMARK", shown(bookmark(call.target, cursor.revision), first))
                mark = next(marks, None)

        return Response(200, [("Content-Type", JSON), ("Cache-Control", "no-cache, private")], chunks=lines())

    def _create(self, call: Call) -> Response:
        _check_options(call, "CreateOptions")
        target = call.target
        if target.key == "bindings":
            return self._bind(call, call.namespace or "default", "")
        obj = bodies.decoded(call, target, bodies.parsed(call))
        stored = self.server.create(target, obj, tracked(self.server, call.context()), namespace=call.namespace)
        return self._object(call, stored, 201)

    def _update(self, call: Call) -> Response:
        _check_options(call, "UpdateOptions")
        sent = bodies.decoded(call, call.target, bodies.parsed(call))
        self._same_name(call, sent)
        created = self.server.find(call.target, call.namespace, call.name) is None

        stored = self.server.update(
            call.target,
            call.namespace,
            call.name,
            lambda old: sent,
            tracked(self.server, call.context()),
            subresource=call.subresource,
            create=True,
        )
        return self._object(call, stored, 201 if created else 200)

    def _same_name(self, call: Call, sent: Any) -> None:
        name = sent.metadata.name or ""
        if name != call.name:
            raise errors.BadRequest(bodies.misnamed(name, call.name))
        own = sent.metadata.namespace
        if own and call.namespace and own != call.namespace:
            raise errors.BadRequest(
                "the namespace of the provided object does not match the namespace sent on the request"
            )

    def _patch(self, call: Call) -> Response:
        form = _patch_form(call)
        if form == "apply":
            return self._apply(call)
        document = bodies.patch_document(call, form)

        def change(old: Any) -> Any:
            if old is None:
                raise failures.not_found(call.target.kind, call.name)
            patched = bodies.patched(call.target, form, codec.encode(old), document)
            new = bodies.decode_patched(call, call.target, form, patched, document)
            if new.metadata.name != call.name:
                raise errors.BadRequest(bodies.misnamed(new.metadata.name or "", call.name))
            failures.same_uid(call.target.kind, new, old)
            return new

        stored = self.server.update(
            call.target,
            call.namespace,
            call.name,
            change,
            tracked(self.server, call.context()),
            subresource=call.subresource,
        )
        return self._object(call, stored)

    def _apply(self, call: Call) -> Response:
        config = bodies.applied_config(call)
        stored, created = apply_config(
            self.server,
            call.target,
            call.namespace,
            call.name,
            config,
            call.context(),
            subresource=call.subresource,
            force=call.query.get("force") in ("true", "1"),
        )
        return self._object(call, stored, 201 if created else 200)

    def _options(self, call: Call) -> DeleteOptions:
        given: Any = bodies.parsed(call) if call.body.strip() else {}
        conditions = given.get("preconditions") or {}
        grace = given.get("gracePeriodSeconds")
        if grace is None and call.query.get("gracePeriodSeconds"):
            grace = self._number(call, "gracePeriodSeconds")
        propagation = given.get("propagationPolicy") or call.query.get("propagationPolicy")
        orphan = given.get("orphanDependents")
        if orphan is not None and not propagation:
            propagation = "Orphan" if orphan else "Background"
        if call.target.key == "jobs.batch" and not propagation:
            call.warnings.append(warnings.JOB_CHILDREN)
        if given.get("dryRun"):
            call.query = {**call.query, "dryRun": "All"}
        return DeleteOptions(
            grace_seconds=grace,
            uid=conditions.get("uid"),
            resource_version=conditions.get("resourceVersion"),
            propagation=propagation,
        )

    def _delete(self, call: Call) -> Response:
        options = self._options(call)
        obj, gone = self.server.delete(call.target, call.namespace, call.name, options, call.context())
        if not gone or call.target.returns_deleted:
            return self._object(call, obj)
        details = {"name": call.name}
        if call.target.kind.group:
            details["group"] = call.target.kind.group
        details |= {"kind": call.target.kind.plural, "uid": obj.metadata.uid}
        status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}
        return self._answer(call, status, 200)

    def _deletecollection(self, call: Call) -> Response:
        labels, fields = self._selectors(call)
        options = self._options(call)
        page = self.server.list(call.target, call.namespace, labels=labels, field_selector=fields)
        left = self.server.delete_collection(call.target, page.items, options, call.context())
        kind = call.target.kind
        items = [_bare(codec.encode(item)) for item in left]
        metadata = {"resourceVersion": str(self.server.store.revision)}
        document = {"kind": kind.list_kind, "apiVersion": kind.api_version, "metadata": metadata, "items": items}
        return self._answer(call, document, 200)

    # Subresources

    def _subresource(self, call: Call, verb: str) -> Response:
        target, name, sub = call.target, call.name, call.subresource
        if sub not in target.kind.subresources:
            raise errors.NotFound("the server could not find the requested resource", details={})
        if sub == "finalize" and verb != "update":
            raise failures.method_not_allowed(None, verb)
        if sub in ("status", "finalize", "ephemeralcontainers", "resize", "approval"):
            handler: Callable[[Call], Response] | None = {
                "get": self._get,
                "update": self._update,
                "patch": self._patch,
            }.get(verb)
            if handler is None:
                raise failures.method_not_allowed(None, verb)
            return handler(call)
        if sub == "scale" and target.key in subresources.SCALABLE:
            return self._scale(call, verb)
        if target.key == "pods" and sub == "binding" and verb == "create":
            return self._bind(call, call.namespace or "default", name)
        if target.key == "pods" and sub == "eviction" and verb == "create":
            return self._evict(call)
        if target.key == "pods" and sub == "log" and verb == "get":
            chunks = self.world.pod_logs(call.namespace or "default", name, call.query)
            return Response(200, [("Content-Type", "text/plain")], chunks=chunks)
        raise failures.method_not_allowed(None, verb)

    def _scale(self, call: Call, verb: str) -> Response:
        server, target, namespace = self.server, call.target, call.namespace or "default"
        live = subresources.scale_of(server.get(target, namespace, call.name))
        if verb == "get":
            return self._answer(call, codec.encode(live), 200)
        if verb == "update":
            sent = bodies.decoded(call, subresources.SCALE, bodies.parsed(call))
        elif verb == "patch":
            form = _patch_form(call)
            given = bodies.patch_document(call, form)
            patched = bodies.patched(call.target, form, codec.encode(live), given)
            sent = bodies.decode_patched(call, subresources.SCALE, form, patched, given)
        else:
            raise failures.method_not_allowed(None, verb)
        context = tracked(server, call.context())
        done = subresources.rescale(server, target, namespace, call.name, sent, context)
        return self._answer(call, codec.encode(done), 200)

    def _bind(self, call: Call, namespace: str, name: str) -> Response:
        binding = bodies.decoded(call, self.server.resources.of(core.Binding), bodies.parsed(call))
        if name and binding.metadata.name and binding.metadata.name != name:
            raise errors.BadRequest("name in URL does not match name in Binding object")
        name = name or binding.metadata.name
        if binding.target.kind not in (None, "", "Node"):
            supported = 'supported values: "Node", "<empty>"'
            shown = failures.shown(binding.target.kind)
            raise failures.unexplained(f"target.kind: Unsupported value: {shown}: {supported}")
        if not binding.target.name:
            raise failures.unexplained("target.name: Required value")
        subresources.bind(
            self.server,
            namespace,
            name,
            binding.target.name or "",
            call.context(),
            uid=binding.metadata.uid,
            annotations=binding.metadata.annotations,
            labels=binding.metadata.labels,
        )
        return self._success(call)

    def _evict(self, call: Call) -> Response:
        document = bodies.parsed(call)
        options = document.get("deleteOptions") or {}
        conditions = options.get("preconditions") or {}
        given = DeleteOptions(
            grace_seconds=options.get("gracePeriodSeconds"),
            uid=conditions.get("uid"),
            resource_version=conditions.get("resourceVersion"),
            propagation=options.get("propagationPolicy"),
        )
        subresources.evict(self.server, call.namespace or "default", call.name, document, given, call.context())
        return self._success(call)

    def _success(self, call: Call) -> Response:
        status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}
        return self._answer(call, status, 201)


def _bookmark_times(start: float, deadline: float) -> Iterator[float]:
    """When a watch gets bookmarks: every minute, and for the last time two seconds before its end."""
    last = deadline - BOOKMARK_MARGIN
    when = start + BOOKMARK_SECONDS
    while when < last:
        yield when
        when += BOOKMARK_SECONDS
    if last > start:
        yield last


def _bare(document: dict[str, Any]) -> dict[str, Any]:
    """An item of a list, which does not repeat what the list says of all of them."""
    return {name: value for name, value in document.items() if name not in ("kind", "apiVersion")}


def _encode_continue(key: str, revision: int) -> str:
    text = json.dumps({"v": "meta.k8s.io/v1", "rv": revision, "start": key}, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode_continue(token: str) -> tuple[str, int]:
    try:
        data = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        return str(data["start"]), int(data["rv"])
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise errors.BadRequest("continue key is not valid: invalid continue token") from None


FIELD_MANAGER_MAX = 128
"""Bytes."""


def _patch_form(call: Call) -> str:
    """Which of the four patches a request carries, once its options are found in order."""
    form = PATCHES.get(call.headers.get("content-type", "").partition(";")[0].strip())
    if form is None:
        raise errors.UnsupportedMediaType("415: Unsupported Media Type", details={})
    _check_options(call, "PatchOptions", form)
    return form


def _check_options(call: Call, kind: str, form: str = "") -> None:
    """Refuse a fieldManager that is missing, too long or not printable, and `force` where nothing can be forced."""
    manager = call.query.get("fieldManager", "")
    problems = []
    if form == "apply" and not manager:
        problems.append(failures.required("fieldManager", "is required for apply patch"))
    elif form and form != "apply" and call.query.get("force"):
        problems.append(failures.forbidden_field("force", "may not be specified for non-apply patch"))
    if len(manager.encode()) > FIELD_MANAGER_MAX:
        problems.append(failures.too_long("fieldManager", FIELD_MANAGER_MAX))
    for place, letter in enumerate(manager):
        if not letter.isprintable():
            why = f"invalid character U+{ord(letter):04X} (at position {place})"
            problems.append(failures.invalid_value("fieldManager", manager, why))
            break
    if problems:
        raise failures.invalid_options(kind, problems)
