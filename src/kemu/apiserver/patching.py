"""A patch meets the stored object: from the object to a document, the patch on it, and back to an object.

The arithmetic of the patches is in `patch.py`; here are the ways between objects and documents, and the Status that a
real API server gives where a patch makes no object of the kind any more.

A merge patch, strategic or not, that only says what the type can hold, which is nearly every one, is merged into the
object itself: what it does not name stays the very same value. Only what is odd about a patch takes the long way over
the document.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .. import errors
from ..objects import codec, replaced, scheme
from ..objects.custom_kinds import CustomKind
from ..objects.lenient import noun
from ..objects.scheme import Kind
from ..objects.text import sent
from ..objects.writer import compact
from ..values.evolving import evolved
from . import failures, merging, patch, strategic
from .failures import go_text
from .request import Patch
from .resources import Resource

Warn = Callable[[str], None] | None

SCHEME = "pkg/api/legacyscheme/scheme.go:30"
"""Where the real server's registry of kinds says that it is."""

SCHEMES = {
    "apiextensions.k8s.io": "k8s.io/apiextensions-apiserver/pkg/apiserver/apiserver.go:55",
    "apiregistration.k8s.io": "k8s.io/kube-aggregator/pkg/apiserver/scheme/scheme.go:28",
}
"""The same of groups that have registries of their own."""

PATCHES = {
    "application/json-patch+json": "json",
    "application/merge-patch+json": "merge",
    "application/strategic-merge-patch+json": "strategic",
    "application/apply-patch+yaml": "apply",
}


UNREADABLE = "Invalid JSON Patch"
NO_KIND = "couldn't get version/kind; json parse error: "
TYPE_META = r'struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }'

STRICT = "strict decoding error: "
"""What complaints begin with that only a strict reader has."""


class Difference:
    """The merge patch that makes `new` of `old`, as far as some parts (JSON names, such as `status`) go.

    It names the uid of `old`, so that it fits no other object. A typed client sends it: the values in it are those of
    `new`, not copies. While `old` is still what is stored nobody needs to know what it says, and it is not worked out.
    """

    __slots__ = ("_document", "new", "old", "parts")

    form = "merge"
    validation = "Ignore"

    def __init__(self, old: Any, new: Any, parts: tuple[str, ...]) -> None:
        self.old = old
        self.new = new
        self.parts = parts
        self._document: dict[str, Any] | None = None

    def __bool__(self) -> bool:
        """Whether anything differs."""
        return any(getattr(self.new, part) != getattr(self.old, part) for part in self.parts)

    @property
    def made(self) -> Any:
        """What becomes of `old`."""
        return replaced(self.old, **{part: getattr(self.new, part) for part in self.parts})

    @property
    def document(self) -> dict[str, Any]:
        """What the patch says."""
        found = self._document
        if found is None:
            said = {part: merging.between(self.old, self.new, part) for part in self.parts}
            found = {part: changed for part, changed in said.items() if changed}
            found["metadata"] = {**found.get("metadata", {}), "uid": self.old.metadata.uid}
            self._document = found
        return found


def patched(resource: Resource, given: Patch | Difference, old: Any, warn: Warn) -> Any:
    """The object with a JSON, merge or strategic merge patch applied; `old` itself if a merge changes nothing.

    Raises Invalid, BadRequest, InternalError or UnsupportedMediaType as a real server does.
    """
    if isinstance(given, Difference):
        if given.old is old:
            return given.made
        given = Patch(given.form, given.document)
    if given.form in PATCHES.values() and given.form not in resource.kind.patches:
        raise unaccepted(resource.kind.patches)
    given = evolved(given, document=resetting(given.document))
    strict = given.validation == "Strict" and codec.duplicates(given.document)
    if given.form == "merge" and not isinstance(given.document, Mapping):
        if not isinstance(given.document, list):
            raise errors.BadRequest(UNREADABLE)
        raise _unfit(compact([patch.merge(None, each) for each in given.document]), NO_KIND + kindless(given.document))
    if given.form in ("merge", "strategic") and not strict and not _names_a_kind(given.document):
        try:
            return merging.merged(old, given.document, given.form == "strategic")
        except merging.Unfit:
            pass
    document = _patched_document(resource, given, codec.encode(old))
    if resource.kind.extension:
        _check_type(resource, document)
    return codec.sharing(decoded(resource, given, document, warn, old), old)


def _check_type(resource: Resource, document: Any) -> None:
    """Raise Invalid for a custom object that a patch has made one of another kind."""
    kind = resource.kind
    said = {name: document.get(name) for name in ("kind", "apiVersion")} if isinstance(document, dict) else {}
    wanted = {"kind": kind.kind, "apiVersion": kind.api_version}
    problems = [
        failures.invalid_value(name, value, f"must be {wanted[name]}")
        for name, value in said.items()
        if isinstance(value, str) and value != wanted[name]
    ]
    if problems:
        group = str(said["apiVersion"]).rpartition("/")[0]
        name = (document.get("metadata") or {}).get("name") or ""
        raise failures.invalid_as(str(said["kind"]), group, name, problems)


def unaccepted(accepted: Sequence[str]) -> errors.UnsupportedMediaType:
    """The refusal of a patch in a form that a kind does not know, which names those that it does."""
    types = ", ".join(media for media, form in PATCHES.items() if form in accepted)
    text = f"the body of the request was in an unknown format - accepted media types include: {types}"
    return errors.UnsupportedMediaType(text, details={})


def _patched_document(resource: Resource, given: Patch, before: Any) -> Any:
    document = codec.encode(given.document)
    if given.form == "merge":
        return patch.merge(before, document)
    if given.form == "strategic":
        return strategic.strategic(before, document or {}, resource.shape)
    if given.form != "json":
        raise errors.UsageError(f"unknown patch type {given.form!r}: use merge, strategic, json or apply")
    try:
        return patch.json_patch(before, document or ())
    except patch.PatchFailed:
        raise errors.Invalid(patch.REJECTED, details={}) from None


def decoded(resource: Resource, given: Patch, document: Any, warn: Warn, old: Any = None) -> Any:
    """The patched document as an object. What is no object of the kind any more is an Invalid that shows it.

    A strategic patch of `old` shows what is left of it, as Go prints it; the others what they made of the object.
    """
    as_given = given.form == "strategic"
    twice = codec.duplicates(given.document) if given.validation == "Strict" else []
    try:
        if not as_given:
            _check_kind(resource.kind, document)
        found = resource.kind.decode(
            resetting(document), field_validation=given.validation, on_warning=warn, unstructured=as_given
        )
        if twice:
            raise codec.DecodeError(STRICT + ", ".join(twice))
        return found
    except codec.DecodeError as problem:
        if as_given:
            text = go_text(strategic.left_over(codec.encode(old), given.document, resource.shape))
        else:
            text = compact(document)
        why = str(problem)
        if twice and why.startswith(STRICT) and twice[0] not in why:
            why = STRICT + ", ".join([*twice, why.removeprefix(STRICT)])
        raise _unfit(text, why) from None


def _unfit(text: str, why: str) -> errors.Invalid:
    """The refusal of a patch that makes no object of the kind any more."""
    field = failures.invalid_value("patch", text, why)
    causes = [{"reason": field.reason, "message": field.text, "field": field.field}]
    return errors.Invalid(f' "" is invalid: {field}', details={"causes": causes})


def kindless(document: Any) -> str:
    """The complaint about what is no JSON object, and so says nothing of its kind."""
    return f"json: cannot unmarshal {noun(document)} into Go value of type {TYPE_META}"


def resetting(document: Any) -> Any:
    """A document in which no managedFields at all, which resets them, is said as what an object can hold: an empty one.

    Without this nobody could tell them apart from managedFields that are not spoken of.
    """
    metadata = document.get("metadata") if isinstance(document, Mapping) else None
    if not isinstance(metadata, Mapping) or metadata.get("managedFields") != []:
        return document
    return {**document, "metadata": {**metadata, "managedFields": [{}]}}


def _names_a_kind(document: Any) -> bool:
    return isinstance(document, Mapping) and ("kind" in document or "apiVersion" in document)


def _check_kind(wanted: Kind, document: Mapping[str, Any]) -> None:
    """Raise DecodeError for a document that has become one of another kind, or is none of that kind either."""
    version, name = str(document.get("apiVersion") or ""), str(document.get("kind") or "")
    if (version, name) == (wanted.api_version, wanted.kind) or wanted.extension or isinstance(wanted, CustomKind):
        return
    other = scheme.by_gvk(version, name)
    if other is not None:
        other.decode(document)
    raise codec.DecodeError(mismatch(wanted, version, name).partition(f" cannot be handled as a {wanted.kind}: ")[2])


def mismatch(wanted: Kind, api_version: str, kind: str) -> str:
    """The complaint about a document that is of another kind or version than its path."""
    start = f'{kind} in version "{api_version.rpartition("/")[2]}" cannot be handled as a {wanted.kind}: '
    other = scheme.by_gvk(api_version, kind)
    if other is None:
        where = SCHEMES.get(wanted.group, SCHEME)
        return start + f'no kind "{kind}" is registered for version "{api_version}" in scheme "{where}"'
    if other.kind == wanted.kind:
        expected = f"does not match the expected API version ({wanted.api_version})"
        return f"the API version in the data ({api_version}) {expected}"
    group = wanted.group.partition(".")[0] or "core"
    return start + f"converting ({other.version}.{kind}) to ({group}.{wanted.kind}): unknown conversion"


def misnamed(name: str, wanted: str) -> str:
    """The complaint about an object whose name is not the one in the path."""
    if not name:
        return f"the name of the object ({wanted} based on URL) was undeterminable: name must be provided"
    return f"the name of the object ({name}) does not match the name on the URL ({wanted})"


def given(form: str, document: Any) -> Patch:
    """A patch as somebody wrote it in Python. Raises UsageError for an unknown form and for what is no JSON."""
    if form not in ("merge", "strategic", "json"):
        raise errors.UsageError(f"unknown patch type {form!r}: use merge, strategic or json")
    if not isinstance(document, list if form == "json" else Mapping):
        wanted = "a list of operations" if form == "json" else "a dict"
        raise errors.UsageError(f"a {form} patch is {wanted}, not {document!r}")
    document, problem = sent(codec.encode(document))
    if problem is not None:
        raise errors.UsageError(f"a patch is JSON: {problem}")
    return Patch(form, document)
