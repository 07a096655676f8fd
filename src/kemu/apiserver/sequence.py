"""The order of every write, as data, and the one short interpreter that reads it.

A step is a function of a request and a desk. It gives the request back, as it is or with another object in it, or it
raises the refusal. Nothing is stored before the last step, so a refused write leaves no trace. A request whose object
is the stored one has nothing left to do: the interpreter stops there, and nothing is written.

What single kinds add is in their policies (`kinds/`); what other objects have to say is admission.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

from .. import errors
from ..objects import meta, replaced
from ..values.evolving import evolved
from . import admission, applying, failures, managed, patching, rbac, strategies, validation, warnings
from .conversion import to_storage
from .defaults import with_defaults
from .failures import ELSEWHERE, FieldError
from .request import Desk, Request
from .resources import Resource

Step = Callable[[Request, Desk], Request]

GENERATED_NAME_MAX = 58
"""A generateName is cut to this length before the suffix is added, so that a label can hold the name."""

GENERATE_ATTEMPTS = 8
"""How many suffixes are tried before a generated name that is taken is reported."""

CLEARED = (meta.ManagedFieldsEntry(),)
"""What a client sends as managedFields to have them emptied."""


def run(steps: tuple[Step, ...], request: Request, desk: Desk) -> Request:
    """Take a request through its steps. Raises what a step refuses it with."""
    for step in steps:
        request = step(request, desk)
        if request.obj is request.old and request.obj is not None:
            return request
    return request


# Where a new object goes


def placed(request: Request, desk: Desk) -> Request:
    """Something new is taken, and the object has the namespace of the request, which must not contradict its own."""
    if request.resource.policy.closed:
        raise failures.forbidden(request.resource.kind, request.obj.metadata.name or "", request.resource.policy.closed)
    obj, namespace = request.obj, request.namespace
    own = obj.metadata.namespace
    if not request.resource.namespaced:
        return request.with_obj(replaced(obj, metadata=replaced(obj.metadata, namespace=None))) if own else request
    if namespace is None:
        namespace = own or "default"
    if own and own != namespace:
        raise failures.bad_request(ELSEWHERE)
    if not own:
        obj = replaced(obj, metadata=replaced(obj.metadata, namespace=namespace))
    request = request.with_obj(obj)
    return request if request.namespace == namespace else evolved(request, namespace=namespace)


def named(request: Request, desk: Desk) -> Request:
    """The object has a name: its own, or one made from generateName that is free."""
    metadata = request.obj.metadata
    if metadata.name or not metadata.generate_name:
        return request
    base = metadata.generate_name[:GENERATED_NAME_MAX]
    collection = f"{request.resource.key}/{metadata.namespace or ''}/{base}"
    occasion = desk.occasion(request, collection)
    if request.attempt:
        occasion = (*occasion, "refused", request.attempt)
    for attempt in range(GENERATE_ATTEMPTS):
        name = base + desk.entropy.suffix("name", collection, *occasion, attempt)
        if desk.find(request.resource, metadata.namespace, name) is None:
            break
    obj = replaced(request.obj, metadata=replaced(metadata, name=name))
    return evolved(request, obj=obj, generated=collection)


# What every object gets


def defaulted(request: Request, desk: Desk) -> Request:
    """What the client left out is filled in: so much counts as written by the client, and nothing that follows.

    A part that this request may not write is as it was, and what is as it was has its defaults.
    """
    obj, old = request.obj, request.old
    if old is not None:
        obj = strategies.parts_written(request.resource, obj, old, request.subresource)
    return request.written_as(with_defaults(request.resource.kind.settled(obj), old))


def mutated(request: Request, desk: Desk) -> Request:
    """Admission changes the object, or refuses it."""
    return admission.changed(request, desk)


REPEATED = (
    ".metadata.ownerReferences contains duplicate entries{}; API server dedups owner references in 1.20+, and may "
    "reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: {}"
)
"""The warning about owners that are there twice; those of a patch are looked at after admission."""


def owned_once(request: Request, desk: Desk) -> Request:
    """The same owner is there once; who listens is warned of more."""
    given = request.obj.metadata.owner_references
    if len(given) < 2:
        return request
    once = tuple(dict.fromkeys(given))
    if len(once) == len(given):
        return request
    if request.warn is not None:
        again = [each.uid for index, each in enumerate(given) if each in given[:index]]
        late = " after mutating admission happens" if request.patch is not None else ""
        request.warn(REPEATED.format(late, ", ".join(again)))
    return request.with_obj(replaced(request.obj, metadata=replaced(request.obj.metadata, owner_references=once)))


def permitted_new(request: Request, desk: Desk) -> Request:
    """Who makes an object where there was one to be changed may create objects as well."""
    if not rbac.is_free(request.user):
        rbac.authorise(desk, evolved(request, verb="create"))
    return request


def admitted(request: Request, desk: Desk) -> Request:
    """Admission refuses the finished object, or lets it pass."""
    chosen = admission.plugins_for(request, desk)
    if request.operation == "DELETE" and chosen.dynamic:
        admission.told(request, desk)
    for plugin in chosen.validating:
        plugin.validate(request, desk)
    return request


def warned(request: Request, desk: Desk) -> Request:
    """Who listens is told of what is accepted but hardly meant."""
    if request.warn is not None and request.subresource in ("", "status"):
        for text in warnings.of_write(request.resource, request.obj, request.old, request.subresource):
            request.warn(text)
    return request


def converted(request: Request, desk: Desk) -> Request:
    """From here on the object is in the form in which it is kept, of which the kind's policy speaks.

    The versions of a custom kind are judged as they are, and converted when they are stored.
    """
    if request.resource.view is None:
        return request
    obj = to_storage(request.resource, request.obj)
    return evolved(request, obj=obj, old=request.stored)


# A new object


def prepared_new(request: Request, desk: Desk) -> Request:
    """The server's own fields are filled in, and nothing else of that kind is left from the client."""
    resource, obj = request.resource, request.obj
    metadata = obj.metadata
    path = f"{metadata.namespace or ''}/{metadata.name}"
    obj = replaced(
        obj,
        metadata=replaced(
            metadata,
            uid=desk.entropy.uid(resource.key, path, *desk.occasion(request, f"{resource.key}/{path}")),
            creation_timestamp=desk.stamp(),
            deletion_timestamp=None,
            deletion_grace_period_seconds=None,
            generation=resource.policy.first_generation if resource.policy.generation else metadata.generation,
            self_link=None,
        ),
    )
    if request.warn is not None and resource.policy.warns_sent is not None:
        for text in resource.policy.warns_sent(obj, None):
            request.warn(text)
    obj = strategies.before_create(desk, resource, obj)
    asked = resource.policy.requested
    return request.with_obj(obj if asked is None else asked(obj, request.user))


def validated_new(request: Request, desk: Desk) -> Request:
    """The object is acceptable, or all that is wrong with it is said at once."""
    problems, permitted = validation.created(request.resource, request.obj), request.resource.policy.permitted
    if permitted is not None:
        problems = (*permitted(request.obj, None, request.subresource, desk), *problems)
    if problems:
        raise _invalid(request.resource, request.obj, problems)
    return request


def _invalid(resource: Resource, obj: Any, problems: Sequence[FieldError]) -> errors.Invalid:
    """The refusal of an object, which names the group in which its kind is kept."""
    group = resource.policy.key.partition(".")[2]
    return failures.invalid_as(resource.kind.kind, group, obj.metadata.name or "", problems)


def finished_new(request: Request, desk: Desk) -> Request:
    """What was found acceptable is completed by what nobody has to judge: that is shown, and stored with the next
    write."""
    finish = request.resource.policy.finish_create
    obj = request.obj if finish is None else finish(request.obj)
    return request if obj is request.obj else evolved(request, obj=obj, completed=True)


def readable_version(request: Request, desk: Desk) -> Request:
    """The resourceVersion of an object that is created in place of a change is a number, or none."""
    version = request.obj.metadata.resource_version
    if version and not version.isdigit():
        raise failures.bad_version(version)
    return request


def unversioned(request: Request, desk: Desk) -> Request:
    """What is new has no resourceVersion yet; that of an object which a PUT creates is not looked at."""
    version = request.obj.metadata.resource_version
    if version in (None, "", "0"):
        return request
    if request.verb != "update":
        raise failures.unexplained("resourceVersion should not be set on objects to be created")
    metadata = replaced(request.obj.metadata, resource_version=None)
    return request.with_obj(replaced(request.obj, metadata=metadata))


# A changed object

_server_owned = attrgetter(
    "name",
    "namespace",
    "uid",
    "resource_version",
    "creation_timestamp",
    "deletion_timestamp",
    "deletion_grace_period_seconds",
    "generation",
    "self_link",
)


def preconditioned(request: Request, desk: Desk) -> Request:
    """The object names the stored uid and resourceVersion, or none; what only the server writes is as it was."""
    had, wants = request.old.metadata, request.obj.metadata
    if wants is had:
        return request
    _check_uid(request, wants, had)
    _check_version(request, wants, had)
    changes: dict[str, Any] = {}
    grace = wants.deletion_grace_period_seconds
    if _server_owned(wants) != _server_owned(had):
        changes = {
            "name": had.name,
            "namespace": had.namespace,
            "uid": wants.uid or had.uid,
            "resource_version": had.resource_version,
            "creation_timestamp": had.creation_timestamp,
            "deletion_timestamp": wants.deletion_timestamp or had.deletion_timestamp,
            "deletion_grace_period_seconds": had.deletion_grace_period_seconds if grace is None else grace,
            "generation": had.generation,
            "self_link": None,
        }
    given, kept = wants.managed_fields, had.managed_fields
    if given is not kept and not request.applies:
        unsaid = request.subresource or not given or given == kept
        changes["managed_fields"] = kept if unsaid else () if given == CLEARED else given
    if not changes:
        return request
    return request.with_obj(replaced(request.obj, metadata=replaced(wants, **changes)))


def _check_uid(request: Request, wants: Any, had: Any) -> None:
    if not wants.uid or wants.uid == had.uid or request.verb == "patch":
        return
    raise another(request.resource, had, wants.uid, dry_run=request.options.dry_run)


def another(resource: Resource, had: Any, uid: str, *, dry_run: bool) -> errors.Conflict:
    """The refusal of a write that means an object of another uid."""
    why = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {had.uid}"
    path = resource.path(had.namespace, had.name).decode()
    path = path.removeprefix("/registry") if dry_run else path
    detail = f"StorageError: invalid object, Code: 4, Key: {path}, ResourceVersion: 0, AdditionalErrorMsg: {why}"
    return failures.conflict(resource.kind, had.name, detail)


def _check_version(request: Request, wants: Any, had: Any) -> None:
    resource = request.resource
    version = wants.resource_version
    if version and version != had.resource_version and not version.isdigit():
        raise failures.bad_version(version)
    if version and version.strip("0"):
        if version != had.resource_version:
            raise failures.conflict(resource.kind, had.name, failures.STALE)
    elif resource.policy.version_required and request.subresource in ("", "status"):
        raise failures.unversioned(resource.kind, had.name)


def patched(request: Request, desk: Desk) -> Request:
    """The stored object with the patch applied, which must still be the same object."""
    assert request.patch is not None
    obj = patching.patched(request.resource, request.patch, request.old, request.warn)
    if obj is not request.old and obj.metadata.name != request.name:
        raise errors.BadRequest(patching.misnamed(obj.metadata.name or "", request.name))
    if (obj.metadata.namespace or request.namespace) != request.namespace:
        raise failures.bad_request(ELSEWHERE)
    return request.with_obj(obj)


def applied(request: Request, desk: Desk) -> Request:
    """The stored object, or none, with the configuration of a server-side apply merged in."""
    obj = applying.applied(request, desk)
    _check_place(obj.metadata, request)
    return request.with_obj(obj)


def _check_place(metadata: Any, request: Request) -> None:
    """Raise BadRequest for an object that is not where its path says."""
    if (metadata.namespace or request.namespace) != request.namespace:
        raise failures.bad_request(ELSEWHERE)
    if metadata.name != request.name:
        raise errors.BadRequest(patching.misnamed(metadata.name or "", request.name))


def prepared(request: Request, desk: Desk) -> Request:
    """Each part of the object is taken from the side that this request may write; `generation` counts."""
    new = strategies.before_update(desk, request.resource, request.obj, request.old, request.subresource)
    request = request.with_obj(new)
    if new == request.old and not managed.takes_over(request, desk.stamp()) and not desk.completed(request):
        if request.resource.kind.extension:
            validated(request, desk)  # the schema of what is stored may have become another
        warned(request, desk)
        return request.with_obj(request.old)
    return request


def validated(request: Request, desk: Desk) -> Request:
    """The changed object is acceptable, or all that is wrong with it is said at once."""
    resource = request.resource
    problems = validation.updated(resource, request.obj, request.old, request.subresource, request.warn)
    permitted = resource.policy.permitted
    if permitted is not None:
        problems = (*permitted(request.obj, request.old, request.subresource, desk), *problems)
    if problems:
        raise _invalid(resource, request.obj, problems)
    return request


# An object on its way out


def deletable(request: Request, desk: Desk) -> Request:
    """The stored object is the one that the preconditions of the deletion mean."""
    options, had, kind = request.options, request.old.metadata, request.resource.kind
    if options.uid and options.uid != had.uid:
        what, given, found, why = "UID", options.uid, had.uid, "deleted and then recreated"
    elif options.resource_version and options.resource_version != had.resource_version:
        what, given, found, why = "ResourceVersion", options.resource_version, had.resource_version, "modified"
    else:
        return request
    text = f"the {what} in the precondition ({given}) does not match the {what} in record ({found}). "
    text += f"The object might have been {why}"
    named = f"{kind.kind}.{kind.group}" if kind.group else kind.kind
    details = {"name": had.name, **({"group": kind.group} if kind.group else {}), "kind": kind.kind}
    raise errors.Conflict(f'Operation cannot be fulfilled on {named} "{had.name}": {text}', details=details)


def marked(request: Request, desk: Desk) -> Request:
    """The object as the deletion leaves it; `gone` says that it is to be removed at once."""
    new, gone = strategies.before_delete(desk, request.resource, request.old, request.options)
    return evolved(request, obj=new, gone=gone)


_GIVEN: tuple[Step, ...] = (owned_once, placed, defaulted, mutated)
_MADE: tuple[Step, ...] = (named, converted, prepared_new, validated_new, finished_new, warned)
CREATE: tuple[Step, ...] = (*_GIVEN, *_MADE, admitted, unversioned)
CREATE_BY_UPDATE: tuple[Step, ...] = (*_GIVEN, readable_version, *_MADE, permitted_new, admitted, unversioned)
UPDATE: tuple[Step, ...] = (
    owned_once,
    preconditioned,
    defaulted,
    mutated,
    converted,
    prepared,
    validated,
    warned,
    admitted,
)
PATCH: tuple[Step, ...] = (patched, *UPDATE)
APPLY: tuple[Step, ...] = (applied, *UPDATE)
APPLY_NEW: tuple[Step, ...] = (applied, *CREATE_BY_UPDATE)
DELETE: tuple[Step, ...] = (deletable, admitted, marked)
PART: tuple[Step, ...] = (preconditioned, defaulted, prepared, validated)
"""The rest of a write whose own object, a Scale, has been admitted already."""

OWN: tuple[Step, ...] = (prepared, validated)
"""A write that is the server's own doing, such as the node of a pod that is bound: nobody becomes its owner."""

__all__ = [
    "APPLY",
    "APPLY_NEW",
    "CREATE",
    "CREATE_BY_UPDATE",
    "DELETE",
    "OWN",
    "PART",
    "PATCH",
    "UPDATE",
    "Step",
    "run",
]
