"""What a query asks for, as typed options, by the rules of a real server.

A query value is text; each option reads it in its own way and complains in Go's words. Options are decoded in the
order of their fields first (400), then checked as a whole (422).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import unquote

import attrs

from ... import errors
from ...objects import meta, text
from ...objects.lenient import json_text, noun
from ...objects.scheme import Kind
from ...values.durations import parse_nanoseconds, wrapped_seconds
from ...values.selectors import FieldSelector, Selector, parse_field_selector, parse_label_selector
from ...values.times import Time
from .. import failures, rbac
from ..deletion import checked_delete_options, dry_run_problems, refuse
from ..failures import FieldError
from ..request import (
    ConnectOptions,
    DeleteOptions,
    ForwardOptions,
    GetOptions,
    ListOptions,
    LogOptions,
    Page,
    WriteOptions,
)

T = TypeVar("T")

FIELD_MANAGER_MAX = 128
"""Bytes."""

VALIDATIONS = ("", "Ignore", "Strict", "Warn")
DEFAULT_WATCH_SECONDS = 1800
"""How long a watch lasts that names no timeoutSeconds."""

MAX_WATCH_SECONDS = 86_400
"""How long a watch lasts at most: reading it to its end lets all of this virtual time pass."""


@attrs.frozen
class Query:
    """The parameters of a query: each name with its values, in order."""

    values: Mapping[str, tuple[str, ...]]

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def first(self, name: str) -> str:
        """The first value of a parameter, or nothing."""
        found = self.values.get(name)
        return found[0] if found else ""

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a parameter."""
        return self.values.get(name, ())

    def flag(self, name: str) -> bool:
        """A boolean: false if it is absent, "0" or "false" in any case, and true otherwise."""
        return name in self.values and self.first(name).lower() not in ("0", "false")

    def integer(self, name: str) -> int | None:
        """A 64-bit integer, or None if it is absent. Raises BadRequest."""
        if name not in self.values:
            return None
        return _int64(self.first(name))

    def read(self, name: str, parse: Callable[[str], T]) -> T | None:
        """A value with a parser of its own, or None if it is absent or empty. Raises BadRequest."""
        value = self.first(name)
        if not value:
            return None
        try:
            return parse(value)
        except ValueError as problem:
            raise errors.BadRequest(str(problem)) from None


NO_QUERY = Query({})
_MALFORMED = re.compile(r"%(?![0-9a-fA-F]{2})")
_DIGITS = re.compile(r"[0-9]+")
_SIGNED = re.compile(r"[-+]?[0-9]+")


def parse_query(raw: str) -> Query:
    """Read a query. As in Go, a pair with a bad escape or a semicolon is dropped."""
    if not raw:
        return NO_QUERY
    found: dict[str, list[str]] = {}
    for pair in raw.split("&"):
        if not pair or ";" in pair or _MALFORMED.search(pair):
            continue
        name, _, value = pair.partition("=")
        name = unquote(name.replace("+", " "))
        found.setdefault(name, []).append(unquote(value.replace("+", " ")))
    return Query({name: tuple(values) for name, values in found.items()})


def well_escaped(path: str) -> bool:
    """Whether every escape of a path is one."""
    return _MALFORMED.search(path) is None


def _int64(value: str) -> int:
    if _SIGNED.fullmatch(value) is None:
        raise errors.BadRequest(f"strconv.ParseInt: parsing {failures.shown(value)}: invalid syntax")
    if len(value) > 40 or not -(1 << 63) <= int(value) < 1 << 63:
        raise errors.BadRequest(f"strconv.ParseInt: parsing {failures.shown(value)}: value out of range")
    return int(value)


def _version(value: str) -> int:
    """A resourceVersion; raises ValueError with the complaint about the field."""
    problem = ""
    if value and _DIGITS.fullmatch(value) is None:
        problem = "invalid syntax"
    elif value and (len(value) > 40 or int(value) >= 1 << 64):
        problem = "value out of range"
    if problem:
        why = f"strconv.ParseUint: parsing {failures.shown(value)}: {problem}"
        raise ValueError(str(failures.invalid_value("resourceVersion", value, why)))
    return int(value) if value else 0


# Reading


def get_options(query: Query) -> GetOptions:
    """Raises a 500 for a resourceVersion that is no number, as a real server does."""
    try:
        return GetOptions(_version(query.first("resourceVersion")))
    except ValueError as problem:
        raise failures.unexplained(str(problem)) from None


def timeout(query: Query) -> None:
    """How long an answer may take. Any time is long enough here. Raises BadRequest for what is no duration."""
    text = query.first("timeout")
    try:
        parse_nanoseconds(text) if text else None
    except ValueError as problem:
        raise errors.BadRequest(f"invalid timeout specified in the request URL - {problem}") from None


def list_options(query: Query) -> ListOptions:
    """What a list asks for. Raises BadRequest, or Invalid for options that contradict each other."""
    labels, fields = selectors(query)
    query.integer("timeoutSeconds")
    limit = query.integer("limit") or 0
    refuse("ListOptions", _list_problems(query))
    version, token = query.first("resourceVersion"), query.first("continue")
    limit = 0 if version == "0" else limit  # a real server answers this from its cache, whole
    after, revision, at_least = "", 0, 0
    if token:
        after, revision = read_token(token)
        if version not in ("", "0"):
            raise errors.BadRequest("specifying resource version is not allowed when using continue")
    else:
        try:
            at_least = _version(version)
        except ValueError as problem:
            raise errors.BadRequest(f"invalid resource version: {problem}") from None
        revision = at_least if query.first("resourceVersionMatch") == "Exact" else 0
    return ListOptions(labels, fields, revision=max(revision, 0), at_least=at_least, limit=max(limit, 0), after=after)


def watch_options(query: Query) -> ListOptions:
    """What a watch asks for."""
    labels, fields = selectors(query)
    query.integer("timeoutSeconds")
    query.integer("limit")
    refuse("ListOptions", _watch_problems(query))
    version = query.first("resourceVersion")
    try:
        _version(version)
    except ValueError as problem:
        raise failures.unexplained(str(problem)) from None
    return ListOptions(
        labels,
        fields,
        version=version,
        initial=query.flag("sendInitialEvents") if "sendInitialEvents" in query else None,
        bookmarks=query.flag("allowWatchBookmarks"),
    )


def watch_seconds(query: Query) -> float:
    """How long a watch lasts. A number that overflows nanoseconds wraps around, as in Go."""
    seconds = query.integer("timeoutSeconds")
    if not seconds:
        return DEFAULT_WATCH_SECONDS
    return min(max(wrapped_seconds(seconds), 0), MAX_WATCH_SECONDS)


def selectors(query: Query) -> tuple[Selector | None, FieldSelector | None]:
    """The label and field selectors of a list, watch or deletion of a collection. Raises BadRequest."""
    return query.read("labelSelector", parse_label_selector), query.read("fieldSelector", parse_field_selector)


def only_name(query: Query) -> str:
    """The one name that the field selector of a list or watch leaves, if it leaves one and can be read."""
    try:
        return rbac.only_name(parse_field_selector(query.first("fieldSelector")))
    except ValueError:
        return ""


def _list_problems(query: Query) -> list[FieldError]:
    found = []
    match, version = query.first("resourceVersionMatch"), query.first("resourceVersion")
    if match:
        if not version:
            why = "resourceVersionMatch is forbidden unless resourceVersion is provided"
            found.append(failures.forbidden_field("resourceVersionMatch", why))
        if query.first("continue"):
            found.append(_no_match_with_continue())
        if match not in ("Exact", "NotOlderThan"):
            found.append(failures.not_supported("resourceVersionMatch", match, ("Exact", "NotOlderThan", "")))
        if match == "Exact" and version == "0":
            why = 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'
            found.append(failures.forbidden_field("resourceVersionMatch", why))
    if "sendInitialEvents" in query:
        found.append(failures.forbidden_field("sendInitialEvents", "sendInitialEvents is forbidden for list"))
    return found


def _watch_problems(query: Query) -> list[FieldError]:
    found = []
    match, initial = query.first("resourceVersionMatch"), "sendInitialEvents" in query
    if initial and match != "NotOlderThan":
        why = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
        found.append(failures.forbidden_field("resourceVersionMatch", why))
    if match:
        if not initial:
            why = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
            found.append(failures.forbidden_field("resourceVersionMatch", why))
        if match != "NotOlderThan":
            found.append(failures.not_supported("resourceVersionMatch", match, ("NotOlderThan",)))
    if query.first("continue"):
        found.append(_no_match_with_continue())
    return found


def _no_match_with_continue() -> FieldError:
    return failures.forbidden_field(
        "resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided"
    )


def include_object(query: Query) -> str:
    """What a Table holds of its objects: `Metadata` (by default), `Object` or `None`. Raises BadRequest."""
    include = query.first("includeObject")
    if include not in ("", "Metadata", "Object", "None"):
        problem = failures.invalid_value("includeObject", include, "must be 'Metadata', 'Object', 'None', or empty")
        raise errors.BadRequest(f"Unable to convert to Table as requested: {problem}")
    return include or "Metadata"


# Where a list goes on

_ENDING = "(version meta.k8s.io/v1)"
_URL_SAFE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def list_metadata(kind: Kind, found: Page, *, whole: bool = True) -> dict[str, Any]:
    """The metadata of a list, of whole objects or of what else is shown of them."""
    metadata: dict[str, Any] = {"resourceVersion": str(found.revision)}
    if kind.extension and whole:
        metadata = {"continue": "", **metadata}
    if found.resume:
        metadata["continue"] = write_token(found.resume, found.revision)
        if found.remaining is not None:
            metadata["remainingItemCount"] = found.remaining
    return metadata


def write_token(key: str, revision: int) -> str:
    """The `continue` of a list that goes on behind a key."""
    document = {"v": "meta.k8s.io/v1", "rv": revision, "start": key + "\0"}
    return base64.urlsafe_b64encode(json.dumps(document, separators=(",", ":")).encode()).decode().rstrip("=")


NEWEST = -1
"""What a token has as its revision if the list goes on with what is there by then."""

TOO_OLD = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without "
    "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. "
    "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or "
    "deleted between the time the first chunk was returned and now may show up in the list."
)


def expired(key: str) -> errors.Expired:
    """The refusal of a token whose revision has been compacted, with one with which the list can go on nevertheless."""
    refusal = errors.Expired(TOO_OLD)
    refusal.status["metadata"] = {"continue": write_token(key, NEWEST)}
    return refusal


def read_token(token: str) -> tuple[str, int]:
    """The key to go on behind, and the revision (negative: the newest). Raises BadRequest."""
    try:
        document = _token_document(token)
    except ValueError as problem:
        raise errors.BadRequest(f"invalid continue token: continue key is not valid{problem}") from None
    return document


def _token_document(token: str) -> tuple[str, int]:
    data = _token_bytes(token)
    complaint = text.syntax_error(data.decode("utf-8", "surrogateescape"))
    if complaint is not None:
        raise ValueError(f": {complaint}")
    try:
        document = text.read_json(data.decode("utf-8", "replace"))
    except text.DecodeError as problem:
        raise ValueError(f": {problem}") from None
    document = {} if document is None else document
    if not isinstance(document, dict):
        raise ValueError(f": json: cannot unmarshal {noun(document)} into Go value of type storage.continueToken")
    version = _token_field(document, "v", str, "string", "")
    revision = _token_field(document, "rv", int, "int64", 0)
    start = _token_field(document, "start", str, "string", "")
    if version != "meta.k8s.io/v1":
        raise ValueError(f": server does not recognize this encoded version {version}")
    if revision == 0:
        raise ValueError(f": incorrect encoded start resourceVersion {_ENDING}")
    if not start:
        raise ValueError(f": encoded start key empty {_ENDING}")
    if any(part in ("", ".", "..") for part in start.removeprefix("/").removesuffix("\0").split("/")):
        raise ValueError(f": {start}")
    return start.removesuffix("\0"), revision


def _token_bytes(token: str) -> bytes:
    letters = token.replace("\r", "").replace("\n", "")
    for at, letter in enumerate(letters):
        if letter not in _URL_SAFE:
            raise ValueError(f": illegal base64 data at input byte {at}")
    if len(letters) % 4 == 1:
        raise ValueError(f": illegal base64 data at input byte {len(letters) - 1}")
    return base64.urlsafe_b64decode(letters + "=" * (-len(letters) % 4))


def _token_field(document: Mapping[str, Any], name: str, kind: type, go: str, absent: Any) -> Any:
    value = document.get(name)
    if value is None:
        return absent
    if type(value) is not kind or (isinstance(value, int) and not -(1 << 63) <= value < 1 << 63):
        given = f"number {json_text(value)}" if isinstance(value, int | float) and kind is int else noun(value)
        raise ValueError(f": json: cannot unmarshal {given} into Go struct field continueToken.{name} of type {go}")
    return value


# Writing

NO_WRITE_OPTIONS = WriteOptions()


def write_options(query: Query, kind: str, form: str = "") -> WriteOptions:
    """The options of a create, update or patch. `kind` is CreateOptions, UpdateOptions or PatchOptions.

    Raises Invalid for a fieldManager that is missing, too long or not printable, for `force` where nothing can be
    forced, and for a dryRun or fieldValidation that does not exist.
    """
    if not query.values and form != "apply":
        return NO_WRITE_OPTIONS
    manager, problems = query.first("fieldManager"), []
    if form == "apply" and not manager:
        problems.append(failures.required("fieldManager", "is required for apply patch"))
    elif form and form != "apply" and "force" in query:
        problems.append(failures.forbidden_field("force", "may not be specified for non-apply patch"))
    problems += _manager_problems(manager)
    problems += dry_run_problems(query.all("dryRun"))
    validation = query.first("fieldValidation")
    if validation not in VALIDATIONS:
        problems.append(failures.not_supported("fieldValidation", validation, VALIDATIONS))
    refuse(kind, problems)
    return WriteOptions(dry_run="dryRun" in query, force=query.flag("force"))


def field_manager(query: Query, agent: str) -> str:
    """Who owns the fields of a write: who the client says, or the first part of its user agent."""
    named = query.first("fieldManager")
    if named:
        return named
    found = ""
    for letter in agent.partition("/")[0].strip():
        if not letter.isprintable():
            continue
        if len((found + letter).encode()) > FIELD_MANAGER_MAX:
            break
        found += letter
    return found or "unknown"


def _manager_problems(manager: str) -> list[FieldError]:
    if len(manager.encode()) > FIELD_MANAGER_MAX:
        return [failures.too_long("fieldManager", FIELD_MANAGER_MAX)]
    found = []
    at = 0
    for letter in manager:
        if not letter.isprintable():
            why = f"invalid character U+{ord(letter):04X} (at position {at})"
            found.append(failures.invalid_value("fieldManager", manager, why))
        at += len(letter.encode())
    return found


def delete_options(query: Query) -> DeleteOptions:
    """The options of a deletion without a body. Raises BadRequest or Invalid."""
    given = meta.DeleteOptions(
        grace_period_seconds=query.integer("gracePeriodSeconds"),
        orphan_dependents=query.flag("orphanDependents") if "orphanDependents" in query else None,
        propagation_policy=query.first("propagationPolicy") if "propagationPolicy" in query else None,
        dry_run=query.all("dryRun"),
    )
    return checked_delete_options(given)


# Logs


def log_options(query: Query, pod: str) -> LogOptions:
    """Which part of a log is asked for. Raises BadRequest or Invalid."""
    found = LogOptions(
        container=query.first("container"),
        follow=query.flag("follow"),
        previous=query.flag("previous"),
        since_seconds=query.integer("sinceSeconds"),
        since_time=query.read("sinceTime", Time.parse),
        timestamps=query.flag("timestamps"),
        tail_lines=query.integer("tailLines"),
        limit_bytes=query.integer("limitBytes"),
    )
    problems = []
    if found.tail_lines is not None and found.tail_lines < 0:
        problems.append(failures.invalid_value("tailLines", found.tail_lines, "must be greater than or equal to 0"))
    if found.limit_bytes is not None and found.limit_bytes < 1:
        problems.append(failures.invalid_value("limitBytes", found.limit_bytes, "must be greater than 0"))
    if found.since_seconds is not None and found.since_time is not None:
        why = "at most one of `sinceTime` or `sinceSeconds` may be specified"
        problems.append(failures.forbidden_field("[]", why))
    elif found.since_seconds is not None and found.since_seconds < 1:
        problems.append(failures.invalid_value("sinceSeconds", found.since_seconds, "must be greater than 0"))
    if "stream" in query:
        problems.append(failures.forbidden_field("stream", "may not be specified"))
    if problems:
        raise failures.invalid_options("PodLogOptions", problems, group="", name=pod)
    return found


# Exec and attach


def connect_options(query: Query) -> ConnectOptions:
    """How to talk to a container. Output and errors are wanted unless the query says otherwise."""
    return ConnectOptions(
        container=query.first("container"),
        command=query.all("command"),
        stdin=query.flag("stdin"),
        stdout=query.flag("stdout") or "stdout" not in query,
        stderr=query.flag("stderr") or "stderr" not in query,
        tty=query.flag("tty"),
    )


def forward_options(query: Query) -> ForwardOptions:
    """Which ports of a pod to lead to. Raises BadRequest for what is none."""
    ports = [each for value in query.all("ports") for each in value.split(",")]
    if wrong := next((each for each in ports if not each.isdecimal() or not 0 < int(each) < 65536), None):
        raise errors.BadRequest(f"unable to parse {failures.shown(wrong)} as a port")
    return ForwardOptions(tuple(map(int, ports)))
