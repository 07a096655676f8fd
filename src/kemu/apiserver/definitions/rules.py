"""What a definition must be, in the order in which a real server says it."""

from __future__ import annotations

import base64
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...cel.fieldpaths import field_path
from ...values import names, pem
from ..failures import (
    FieldError,
    duplicate,
    forbidden_field,
    invalid_form,
    invalid_value,
    not_supported,
    required,
    too_many,
)
from ..inner import inside
from ..rules import webhook_url
from .forms import Form, Part, form_of
from .schemas import schema_errors
from .terms import APPROVED, approval, is_true, protected

ESTABLISHED = "Established"
COLUMN_TYPES = ("boolean", "date", "integer", "number", "string")
COLUMN_FORMATS = ("byte", "date", "date-time", "double", "float", "int32", "int64", "password")
MAX_SELECTABLE = 8
IMMUTABLE = "field is immutable"


def named_for_its_group(definition: Any, old: Any) -> Iterator[FieldError]:
    """A new definition is called after its plural and its group."""
    spec = definition.spec
    name = definition.metadata.name
    if old is None and name and name != f"{spec.names.plural}.{spec.group}":
        text = 'must be spec.names.plural+"."+spec.group'
        yield invalid_value("metadata.name", name, text)


def new_errors(definition: Any) -> Iterator[FieldError]:
    """Everything that is wrong with a new definition."""
    yield from _errors(definition, None)


def changed_errors(definition: Any, old: Any) -> Iterator[FieldError]:
    """Everything that is wrong with a changed definition. Its names stay what they are once it is served."""
    yield from _errors(definition, old)


def status_errors(definition: Any, old: Any) -> Iterator[FieldError]:
    """What is wrong with the names in the status."""
    yield from _names(definition.status.accepted_names, "status.acceptedNames")


def _errors(definition: Any, old: Any) -> Iterator[FieldError]:
    spec = definition.spec
    yield from _specification(form_of(spec))
    if old is not None:
        yield from _authority(spec, old)
        yield from _stays(spec, old)
    yield from _names(definition.status.accepted_names, "status.acceptedNames")
    yield from _stored_versions(definition.status.stored_versions, spec.versions)
    yield from _approval(definition, old)
    if spec.preserve_unknown_fields and not (old is not None and old.spec.preserve_unknown_fields):
        advice = (
            "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"
        )
        yield invalid_value("spec.preserveUnknownFields", True, advice)


def _authority(spec: Any, old: Any) -> Iterator[FieldError]:
    """Whom a kind trusts that is served already, unless it said so badly before."""
    told, before = (None if each.conversion is None else each.conversion.webhook for each in (spec, old.spec))
    bundle = _bundle(told)
    if bundle and is_true(old, ESTABLISHED) and (not _bundle(before) or not untrusted(_bundle(before))):
        path, why = "spec.conversion.webhookClientConfig.caBundle", untrusted(bundle)
        if why:
            yield invalid_value(path, bundle, why)


def _bundle(webhook: Any) -> str:
    return "" if webhook is None or webhook.client_config is None else webhook.client_config.ca_bundle or ""


def untrusted(bundle: str) -> str:
    """Why the certificates of a bundle, which is base64, cannot be trusted. They are not read themselves."""
    found = pem.blocks(base64.b64decode(bundle))
    if b"CERTIFICATE" in found:
        return ""
    why = "no valid certificate authority data seen" if found else "unable to parse bytes as PEM block"
    return f"unable to load root certificates: {why}"


def _stays(spec: Any, old: Any) -> Iterator[FieldError]:
    was = old.spec
    served = is_true(old, ESTABLISHED)
    pairs = [("spec.group", spec.group, was.group), ("spec.names.plural", spec.names.plural, was.names.plural)]
    if served:
        pairs = [
            ("spec.scope", spec.scope, was.scope),
            ("spec.names.kind", spec.names.kind, was.names.kind),
            *pairs,
        ]
    for path, new, before in pairs:
        if new != before:
            yield invalid_value(path, new, IMMUTABLE)


def _specification(form: Form) -> Iterator[FieldError]:
    spec = form.spec
    yield from _group(spec.group or "")
    if not spec.scope:
        yield required("spec.scope")
    elif spec.scope not in ("Cluster", "Namespaced"):
        yield not_supported("spec.scope", spec.scope, ("Cluster", "Namespaced"))
    if form.common.schema is None:
        for part in form.versions:
            if part.schema is None:
                yield required(f"{part.path}.schema.openAPIV3Schema")
    for part in form.versions:
        yield from _label(f"{part.path}.name", part.version.name or "")
        yield from _version(part, form)
    yield from _versions(form)
    for path, value in (
        ("plural", spec.names.plural),
        ("singular", spec.names.singular),
        ("kind", spec.names.kind),
        ("listKind", spec.names.list_kind),
    ):
        if not value:
            yield required(f"spec.names.{path}")
    yield from _names(spec.names, "spec.names")
    if form.common.schema is not None:
        has_status = any(_has_status(part, form) for part in form.versions)
        yield from schema_errors(form.common.schema, "spec.validation", has_status)
    yield from _subresources(form.common.subresources, "spec.subresources")
    yield from _columns(form.common)
    yield from _selectable(form.common, form.common.schema, "may only be set when validations.schema is included")
    yield from _conversion(spec.conversion)


def _group(group: str) -> Iterator[FieldError]:
    problems = names.is_dns1123_subdomain(group)
    if not group:
        yield required("spec.group")
    elif problems:
        yield invalid_value("spec.group", group, ",".join(problems))
    elif "." not in group:
        yield invalid_value("spec.group", group, "should be a domain with at least one dot")


def _label(path: str, value: str, before: str = "", *, lower: bool = False) -> Iterator[FieldError]:
    problems = names.is_dns1035_label(value.lower() if lower else value)
    if problems:
        yield invalid_value(path, value, before + ",".join(problems))


def _has_status(part: Part, form: Form) -> bool:
    return "status" in (part.subresources or form.common.subresources or {})


def _version(part: Part, form: Form) -> Iterator[FieldError]:
    version = part.version
    yield from _deprecation(version, f"{part.path}.deprecationWarning")
    if part.schema is not None:
        yield from schema_errors(part.schema, f"{part.path}.schema", _has_status(part, form))
    yield from _subresources(part.subresources, f"{part.path}.subresources")
    yield from _columns(part)
    text = "may only be set when `version.schema.openAPIV3Schema` is not included"
    yield from _selectable(part, part.schema, text)


def _deprecation(version: Any, path: str) -> Iterator[FieldError]:
    text = version.deprecation_warning
    if text is None:
        return
    if not version.deprecated:
        yield invalid_value(path, text, "can only be set for deprecated versions")
        return
    if len(text.encode()) > 256:
        yield invalid_value(path, text, "must be <= 256 characters long")
    if not text:
        yield invalid_value(path, text, "must not be an empty string")
    place = next((index for index, letter in enumerate(text) if not _printable(letter)), None)
    if place is not None:
        at = len(text[:place].encode())
        why = f"must only contain printable UTF-8 characters; non-printable character found at index {at}"
        yield invalid_value(path, text, why)


def _printable(letter: str) -> bool:
    return letter == " " or unicodedata.category(letter)[0] in "LMNPS"


def _versions(form: Form) -> Iterator[FieldError]:
    versions = form.spec.versions
    listed = [version.name for version in versions]
    if len(set(listed)) < len(listed):
        yield _all_versions(form, versions, "must contain unique version names")
    if [bool(version.storage) for version in versions].count(True) != 1:
        yield _all_versions(form, versions, "must have exactly one version marked as storage version")
    if versions and versions[0].name:
        yield from _label("spec.version", versions[0].name or "")


def _all_versions(form: Form, versions: Sequence[Any], text: str) -> FieldError:
    return invalid_form("spec.versions", form.shown() if versions else inside(versions), text)


def _names(said: Any, path: str) -> Iterator[FieldError]:
    if said is None:
        return
    mixed = "may have mixed case, but should otherwise match: "
    for name, value, lower in (
        ("plural", said.plural, False),
        ("singular", said.singular, False),
        ("kind", said.kind, True),
        ("listKind", said.list_kind, True),
    ):
        if value:
            yield from _label(f"{path}.{name}", value, mixed if lower else "", lower=lower)
    for number, each in enumerate(said.short_names):
        yield from _label(f"{path}.shortNames[{number}]", each)
    if said.kind and said.kind == said.list_kind:
        yield invalid_value(f"{path}.listKind", said.list_kind, "kind and listKind may not be the same")
    for number, each in enumerate(said.categories):
        yield from _label(f"{path}.categories[{number}]", each)


def _subresources(said: Mapping[str, Any] | None, path: str) -> Iterator[FieldError]:
    scale = (said or {}).get("scale")
    if scale is None:
        return
    for name, starts, text in (
        ("specReplicasPath", (".spec.",), "should be a json path under .spec"),
        ("statusReplicasPath", (".status.",), "should be a json path under .status"),
        ("labelSelectorPath", (".spec.", ".status."), "should be a json path under either .spec or .status"),
    ):
        value = scale.get(name) or ""
        here = f"{path}.scale.{name}"
        if not value:
            if name != "labelSelectorPath":
                yield required(here)
            continue
        problems = [*_json_path(here, value)]
        yield from problems
        if not problems and not value.startswith(starts):
            yield invalid_value(here, value, text)


def _json_path(path: str, value: str) -> Iterator[FieldError]:
    if not value.startswith("."):
        yield invalid_value(path, value, "must be a simple json path starting with .")


def _columns(part: Part) -> Iterator[FieldError]:
    for number, column in enumerate(part.columns):
        path = f"{part.path}.additionalPrinterColumns[{number}]"
        types, formats = (f"must be one of {','.join(words)}" for words in (COLUMN_TYPES, COLUMN_FORMATS))
        if not column.name:
            yield required(f"{path}.name")
        if not column.type:
            yield required(f"{path}.type", types)
        elif column.type not in COLUMN_TYPES:
            yield invalid_value(f"{path}.type", column.type, types)
        if column.format and column.format not in COLUMN_FORMATS:
            yield invalid_value(f"{path}.format", column.format, formats)
        if not column.json_path:
            yield required(f"{path}.JSONPath")
        else:
            yield from _json_path(f"{path}.JSONPath", column.json_path)


def _selectable(part: Part, schema: Mapping[str, Any] | None, unfounded: str) -> Iterator[FieldError]:
    if not part.selectable:
        return
    path = f"{part.path}.selectableFields"
    if schema is None:
        yield invalid_value(path, "", unfounded)
        return
    seen: dict[str, None] = {}
    for number, each in enumerate(part.selectable):
        here, given = f"{path}[{number}].jsonPath", each.json_path or ""
        if not given:
            yield required(here)
            continue
        try:
            found, inner = field_path(given, schema, brackets=False)
        except ValueError as problem:
            yield invalid_value(here, given, f"is an invalid path: {problem}")
            continue
        if found.partition(".")[0] == "metadata":
            yield invalid_value(here, given, "must not point to fields in metadata")
        if inner.get("type") not in ("string", "boolean", "integer"):
            wanted = "must point to a field of type string, boolean or integer."
            yield invalid_value(here, given, f"{wanted} Enum string fields and strings with formats are allowed.")
        if found in seen:
            yield duplicate(here, given)
        seen[found] = None
    if len(seen) > MAX_SELECTABLE:
        yield too_many(path, len(seen), MAX_SELECTABLE)


def _conversion(said: Any) -> Iterator[FieldError]:
    if said is None:
        return
    path = "spec.conversion"
    if not said.strategy:
        yield required(f"{path}.strategy")
    elif said.strategy not in ("None", "Webhook"):
        yield not_supported(f"{path}.strategy", said.strategy, ("None", "Webhook"))
    webhook = said.webhook
    client = None if webhook is None else webhook.client_config
    versions = () if webhook is None else webhook.conversion_review_versions
    if said.strategy == "Webhook":
        yield from _client(client, f"{path}.webhookClientConfig")
        yield from _review_versions(versions, f"{path}.conversionReviewVersions")
        return
    unwanted = "should not be set when strategy is not set to Webhook"
    if client is not None:
        yield forbidden_field(f"{path}.webhookClientConfig", unwanted)
    if versions:
        yield forbidden_field(f"{path}.conversionReviewVersions", unwanted)


def _client(client: Any, path: str) -> Iterator[FieldError]:
    if client is None:
        yield required(path, "required when strategy is set to Webhook")
    elif (client.url is None) == (client.service is None):
        yield required(path, "exactly one of url or service is required")
    elif client.url is not None:
        yield from webhook_url(client.url, f"{path}.url")
    else:
        yield from _service(client.service, f"{path}.service")


def _service(service: Any, path: str) -> Iterator[FieldError]:
    if not service.name:
        yield required(f"{path}.name", "service name is required")
    if not service.namespace:
        yield required(f"{path}.namespace", "service namespace is required")
    problems = names.is_valid_port_num(service.port or 0)
    if problems:
        yield invalid_value(f"{path}.port", service.port or 0, f"port is not valid: {','.join(problems)}")
    if service.path is None:
        return
    here, text = f"{path}.path", service.path
    if text == "/" or not text:
        return
    if text == "//":
        yield invalid_value(here, text, "segment[0] may not be empty")
        return
    if not text.startswith("/"):
        yield invalid_value(here, text, "must start with a '/'")
    steps = text[1:].removesuffix("/").split("/")
    for number, step in enumerate(steps):
        if not step:
            yield invalid_value(here, text, f"segment[{number}] may not be empty")
            continue
        for failure in names.is_dns1123_subdomain(step):
            yield invalid_value(here, text, f"segment[{number}]: {failure}")


def _review_versions(versions: Sequence[str], path: str) -> Iterator[FieldError]:
    if not versions:
        yield required(path)
        return
    seen: set[str] = set()
    for number, version in enumerate(versions):
        if version in seen:
            yield invalid_value(f"{path}[{number}]", version, "duplicate version")
            continue
        seen.add(version)
        for problem in names.is_dns1035_label(version):
            yield invalid_value(f"{path}[{number}]", version, problem)
    if not seen & {"v1", "v1beta1"}:
        yield invalid_value(path, tuple(versions), "must include at least one of v1, v1beta1")


def _stored_versions(stored: Sequence[str], versions: Sequence[Any]) -> Iterator[FieldError]:
    path = "status.storedVersions"
    if not stored:
        yield invalid_value(path, None, "must have at least one stored version")
        return
    left = set(stored)
    for version in versions:
        if version.storage and version.name not in left:
            yield invalid_value(path, tuple(stored), f"must have the storage version {version.name}")
        left.discard(version.name)
    for number, name in enumerate(stored):
        if name in left:
            text = (
                f"missing from spec.versions; {name} was previously a storage version, and must remain in spec.versions"
                f" until a storage migration ensures no data remains persisted in {name} and removes {name} from"
                " status.storedVersions"
            )
            yield invalid_value(f"{path}[{number}]", name, text)


# Groups of the community


def _approval(definition: Any, old: Any) -> Iterator[FieldError]:
    if not protected(definition.spec.group or ""):
        return
    state, text = approval(definition)
    if old is not None and approval(old)[0] == state:
        return
    path = f"metadata.annotations[{APPROVED}]"
    if state == "Missing":
        yield required(path, text)
    elif state == "Invalid":
        yield invalid_value(path, definition.metadata.annotations[APPROVED], text)
