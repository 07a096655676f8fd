"""Webhooks and admission policies: what makes them acceptable."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import attrs

from ...cel import BOOL, STRING, ObjectType, Type, list_of
from ...cel.types import NULL
from ...values import names
from ..failures import FieldError, duplicate, forbidden_field, invalid_value, not_supported, required, too_many
from ..policies.expressions import OBJECT, PATCH, Scope, checked, variables_of
from ..rows import below
from ..rules import webhook_url
from .pods.placement import SELECTS

FAILURE = ("Fail", "Ignore")
MATCH = ("Equivalent", "Exact")
HARMLESS = ("None", "NoneOnDryRun")
"""The side effects that a webhook may have."""

REINVOCATION = ("IfNeeded", "Never")
SCOPES = ("*", "Cluster", "Namespaced")
OPERATIONS = ("*", "CONNECT", "CREATE", "DELETE", "UPDATE")
MUTABLE = ("*", "CONNECT", "CREATE", "UPDATE")
"""What a mutating policy can be about: nothing is left to change of what is deleted."""

REASONS = ("Forbidden", "Invalid", "RequestEntityTooLarge")
ACTIONS = ("Audit", "Deny", "Warn")
REVIEWS = ("v1", "v1beta1")
PATCH_TYPES = ("ApplyConfiguration", "JSONPatch")
MOST_CONDITIONS, MOST_NOTES, LONGEST_NOTE = 64, 20, 5 * 1024

_IDENTIFIER = re.compile(r"[_a-zA-Z][_a-zA-Z0-9]*", re.ASCII)
_RESERVED = frozenset(
    {
        *("true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if"),
        *("import", "let", "loop", "package", "namespace", "return", "var", "void", "while"),
    }
)
WRITTEN: dict[str, Type] = {"ApplyConfiguration": ObjectType(OBJECT, {}).type, "JSONPatch": list_of(PATCH.type)}
"""What the expression of a mutation gives, by the type of its patch."""


# Rules and selectors


def _one_of(path: str, value: str | None, words: Iterable[str]) -> Iterator[FieldError]:
    if value is not None and value not in words:
        yield not_supported(path, value, words)


def _alone(path: str, values: tuple[str, ...], what: str) -> Iterator[FieldError]:
    """There are some values, and a star stands alone."""
    if not values:
        yield required(path)
    if len(values) > 1 and "*" in values:
        yield invalid_value(path, values, f"if '*' is present, must not specify other {what}")


def _rule(rule: Any) -> Iterator[FieldError]:
    yield from _alone("operations", rule.operations, "operations")
    for index, operation in enumerate(rule.operations):
        yield from _one_of(f"operations[{index}]", operation, OPERATIONS)
    yield from _alone("apiGroups", rule.api_groups, "API groups")
    yield from _alone("apiVersions", rule.api_versions, "API versions")
    for index, version in enumerate(rule.api_versions):
        if not version:
            yield required(f"apiVersions[{index}]")
    yield from _resources(rule.resources)
    yield from _one_of("scope", rule.scope, SCOPES)


def _resources(resources: tuple[str, ...]) -> Iterator[FieldError]:
    """Resources with their subresources: what a star says already is not said again."""
    if not resources:
        yield required("resources")
    all_below: list[str] = []
    everywhere: list[str] = []
    plain = False
    for index, text in enumerate(resources):
        where = f"resources[{index}]"
        if not text:
            yield required(where)
            continue
        resource, slash, sub = text.partition("/")
        if not slash:
            plain = text != "*"
            continue
        if resource in all_below:
            yield invalid_value(where, text, f"if '{resource}/*' is present, must not specify {text}")
        if sub in everywhere:
            yield invalid_value(where, text, f"if '*/{sub}' is present, must not specify {text}")
        all_below += [resource] if sub == "*" else []
        everywhere += [sub] if resource == "*" else []
    if len(resources) > 1 and "*/*" in resources:
        yield invalid_value("resources", resources, "if '*/*' is present, must not specify other resources")
    if "*" in resources and plain:
        text = "if '*' is present, must not specify other resources without subresources"
        yield invalid_value("resources", resources, text)


def _named_rule(rule: Any) -> Iterator[FieldError]:
    seen: dict[str, None] = {}
    for index, name in enumerate(rule.resource_names):
        where = f"resourceNames[{index}]"
        for text in names.is_path_segment_name(name):
            yield invalid_value(where, name, text)
        if name in seen:
            yield duplicate(where, name)
        seen[name] = None
    yield from _rule(rule)


def _resources_of(matched: Any, mutating: bool, path: str) -> Iterator[FieldError]:
    """What a policy or a binding is about."""
    if matched is None:
        return
    yield from _one_of(f"{path}.matchPolicy", matched.match_policy, MATCH)
    for name, selector in (
        ("namespaceSelector", matched.namespace_selector),
        ("objectSelector", matched.object_selector),
    ):
        if selector is not None:
            yield from below(f"{path}.{name}", SELECTS(selector))
    for name, rules in (
        ("resourceRules", matched.resource_rules),
        ("excludeResourceRules", matched.exclude_resource_rules),
    ):
        for index, rule in enumerate(rules):
            yield from below(f"{path}.{name}[{index}]", _named_rule(rule))
    if mutating:
        for rule in matched.resource_rules:
            for operation in rule.operations:
                yield from _one_of(f"{path}.resourceRules.operations", operation, MUTABLE)


# Expressions


def _expression(path: str, text: str | None, scope: Scope, *wanted: Type, missing: str = "") -> Iterator[FieldError]:
    if not (text or "").strip():
        yield required(path, missing)
        return
    problem = checked(text or "", scope, *wanted)
    if problem:
        yield invalid_value(path, text, problem)


def _conditions(conditions: Any, scope: Scope) -> Iterator[FieldError]:
    if len(conditions) > MOST_CONDITIONS:
        yield too_many("matchConditions", len(conditions), MOST_CONDITIONS)
    seen: dict[str, None] = {}
    for index, condition in enumerate(conditions):
        where = f"matchConditions[{index}]"
        yield from _expression(f"{where}.expression", (condition.expression or "").strip(), scope, BOOL)
        if not condition.name:
            yield required(f"{where}.name")
            continue
        for text in names.is_qualified_name(condition.name):
            yield invalid_value(f"{where}.name", condition.name, text)
        if condition.name in seen:
            yield duplicate(f"{where}.name", condition.name)
        seen[condition.name] = None


def _variables(variables: Any, scope: Scope) -> Iterator[FieldError]:
    for index, variable in enumerate(variables):
        where = f"variables[{index}]"
        if not (variable.name or "").strip():
            yield required(f"{where}.name", "name is not specified")
        elif not _IDENTIFIER.fullmatch(variable.name) or variable.name in _RESERVED:
            yield invalid_value(f"{where}.name", variable.name, "must be a valid CEL identifier")
        _, so_far = variables_of(variables[:index], scope)
        text = "expression is not specified"
        yield from _expression(f"{where}.expression", variable.expression, so_far, missing=text)


def _param_kind(kind: Any) -> Iterator[FieldError]:
    version = kind.api_version or ""
    if not version:
        yield required("apiVersion")
    elif version.count("/") > 1:
        yield invalid_value("apiVersion", version, f"unexpected GroupVersion string: {version}")
    else:
        group, _, short = version.rpartition("/")
        problems = names.is_dns1123_subdomain(group) if group else ()
        if problems:
            yield invalid_value("apiVersion", group, ",".join(problems))
        if not short:
            yield invalid_value("apiVersion", version, "version must be specified")
        elif names.is_dns1035_label(short):
            yield invalid_value("apiVersion", short, ",".join(names.is_dns1035_label(short)))
    if not kind.kind:
        yield required("kind")
    elif names.is_dns1035_label(kind.kind.lower()):
        text = "may have mixed case, but should otherwise match: "
        yield invalid_value("kind", kind.kind, text + ",".join(names.is_dns1035_label(kind.kind.lower())))


# Policies


def _policy(spec: Any, scope: Scope, *, mutating: bool) -> Iterator[FieldError]:
    """What validating and mutating policies have in common."""
    yield from _one_of("failurePolicy", spec.failure_policy, FAILURE)
    if spec.param_kind is not None:
        yield from below("paramKind", _param_kind(spec.param_kind))
    if spec.match_constraints is None:
        yield required("matchConstraints")
    else:
        yield from _resources_of(spec.match_constraints, False, "matchConstraints")
        if not spec.match_constraints.resource_rules:
            yield required("matchConstraints.resourceRules")
        for rule in spec.match_constraints.resource_rules if mutating else ():
            for operation in rule.operations:
                yield from _one_of("matchConstraints.resourceRules.operations", operation, MUTABLE)
    yield from _conditions(spec.match_conditions, attrs.evolve(scope, patches=False))
    yield from _variables(spec.variables, scope)


def validating_policy(policy: Any) -> Iterator[FieldError]:
    """A policy that judges."""
    yield from below("spec", _validating(policy.spec, policy.metadata.name or ""))


def _validating(spec: Any, name: str) -> Iterator[FieldError]:
    scope = Scope(params=spec.param_kind is not None)
    yield from _policy(spec, scope, mutating=False)
    if not spec.validations and not spec.audit_annotations:
        text = "validations or auditAnnotations must contain at least one item"
        yield required("validations", text)
        yield required("auditAnnotations", text)
        return
    inner = variables_of(spec.variables, scope)[1] if spec.variables else scope
    for index, validation in enumerate(spec.validations):
        yield from below(f"validations[{index}]", _validation(validation, inner))
    yield from _notes(spec.audit_annotations, inner, name)


def _validation(validation: Any, scope: Scope) -> Iterator[FieldError]:
    text = "expression is not specified"
    yield from _expression("expression", validation.expression, scope, BOOL, missing=text)
    said = validation.message_expression
    if said and not said.strip():
        yield invalid_value("messageExpression", said, "must be non-empty if specified")
    elif said:
        bare = attrs.evolve(scope, authorizer=False)
        yield from _expression("messageExpression", said, bare, STRING)
    message = validation.message
    if message and not message.strip():
        yield invalid_value("message", message, "must be non-empty if specified")
    elif message and re.search(r"[\n\r]", message.strip()):
        yield invalid_value("message", message, "must not contain line breaks")
    yield from _one_of("reason", validation.reason, REASONS)


def _notes(notes: Any, scope: Scope, name: str) -> Iterator[FieldError]:
    """Audit annotations: their keys follow the name of the policy."""
    if len(notes) > MOST_NOTES:
        yield invalid_value("auditAnnotations", notes, f"must not have more than {MOST_NOTES} auditAnnotations")
    seen: dict[str, None] = {}
    for index, note in enumerate(notes):
        where = f"auditAnnotations[{index}]"
        for text in names.is_qualified_name(f"{name}/{note.key}"):
            yield invalid_value(f"{where}.key", f"{name}/{note.key}", text)
        value = (note.value_expression or "").strip()
        if len(value.encode()) > LONGEST_NOTE:
            yield required(f"{where}.valueExpression", f"must not exceed {LONGEST_NOTE} bytes in length")
        else:
            text = "valueExpression is not specified"
            yield from _expression(f"{where}.valueExpression", value, scope, STRING, NULL, missing=text)
        if note.key in seen:
            yield duplicate(f"{where}.key", note.key)
        seen[note.key] = None


def mutating_policy(policy: Any) -> Iterator[FieldError]:
    """A policy that changes."""
    yield from below("spec", _mutating(policy.spec))


def _mutating(spec: Any) -> Iterator[FieldError]:
    scope = Scope(params=spec.param_kind is not None, patches=True)
    yield from _policy(spec, scope, mutating=True)
    if not spec.mutations:
        yield required("mutations", "mutations must contain at least one item")
    inner = variables_of(spec.variables, scope)[1]
    for index, mutation in enumerate(spec.mutations):
        yield from below(f"mutations[{index}]", _mutation(mutation, inner))
    if not spec.reinvocation_policy:
        yield required("reinvocationPolicy")
    else:
        yield from _one_of("reinvocationPolicy", spec.reinvocation_policy, REINVOCATION)


def _mutation(mutation: Any, scope: Scope) -> Iterator[FieldError]:
    kind = mutation.patch_type
    if not kind:
        yield required("patchType")
        return
    if kind not in PATCH_TYPES:
        yield not_supported("patchType", kind, PATCH_TYPES)
        return
    forms = {"JSONPatch": ("jsonPatch", mutation.json_patch)}
    forms["ApplyConfiguration"] = ("applyConfiguration", mutation.apply_configuration)
    name, held = forms.pop(kind)
    ((other, unwanted),) = forms.values()
    if held is None:
        yield required(name, f"must be specified when patchType is {kind}")
    else:
        yield from _expression(f"{name}.expression", (held.expression or "").strip(), scope, WRITTEN[kind])
    if unwanted is not None:
        yield invalid_value(other, "{" + other + "}", f"must not be specified when patchType is {kind}")


# Bindings


def validating_binding(binding: Any) -> Iterator[FieldError]:
    """A binding of a policy that judges."""
    yield from below("spec", _binding(binding.spec, mutating=False))
    actions = binding.spec.validation_actions
    path = "spec.validationActions"
    for index, action in enumerate(actions):
        yield from _one_of(f"{path}[{index}]", action, ACTIONS)
        if action in actions[:index]:
            yield duplicate(f"{path}[{index}]", action)
    if "Deny" in actions and "Warn" in actions:
        text = "must not contain both Deny and Warn (repeating the same validation failure information in the API "
        yield invalid_value(path, actions, text + "response and headers serves no purpose)")
    if not actions:
        yield required(path, "at least one validation action is required")


def mutating_binding(binding: Any) -> Iterator[FieldError]:
    """A binding of a policy that changes."""
    yield from below("spec", _binding(binding.spec, mutating=True))


def _binding(spec: Any, *, mutating: bool) -> Iterator[FieldError]:
    if not spec.policy_name:
        yield required("policyName")
    else:
        for text in names.is_dns1123_subdomain(spec.policy_name):
            yield invalid_value("policyName", spec.policy_name, text)
    if spec.param_ref is not None:
        yield from _param_ref(spec.param_ref)
    yield from _resources_of(spec.match_resources, mutating, "matchResources")


def _param_ref(reference: Any) -> Iterator[FieldError]:
    exclusive = "name and selector are mutually exclusive"
    if reference.name:
        for text in names.is_path_segment_name(reference.name):
            yield invalid_value("paramRef.name", reference.name, text)
        if reference.selector is not None:
            yield forbidden_field("paramRef.name", exclusive)
    if reference.selector is not None:
        yield from below("paramRef.selector", SELECTS(reference.selector))
        if reference.name:
            yield forbidden_field("paramRef.selector", exclusive)
    if not reference.name and reference.selector is None:
        yield required("paramRef", "one of name or selector must be specified")
    if not reference.parameter_not_found_action:
        yield required("paramRef.parameterNotFoundAction")
    else:
        words = ("Deny", "Allow")
        yield from _one_of("paramRef.parameterNotFoundAction", reference.parameter_not_found_action, words)


# Webhooks


def webhooks(configuration: Any) -> Iterator[FieldError]:
    """Webhooks of one configuration."""
    seen: dict[str, None] = {}
    for index, hook in enumerate(configuration.webhooks):
        where = f"webhooks[{index}]"
        yield from below(where, _webhook(hook))
        yield from below(where, _reviews(hook.admission_review_versions))
        if hook.name and hook.name in seen:
            yield duplicate(f"{where}.name", hook.name)
        seen[hook.name] = None


def _webhook(hook: Any) -> Iterator[FieldError]:
    yield from _full_name(hook.name)
    for index, rule in enumerate(hook.rules):
        yield from below(f"rules[{index}]", _rule(rule))
    yield from _one_of("failurePolicy", hook.failure_policy, FAILURE)
    yield from _one_of("matchPolicy", hook.match_policy, MATCH)
    if hook.side_effects is None:
        yield required("sideEffects", f"must specify one of {', '.join(HARMLESS)}")
    yield from _one_of("sideEffects", hook.side_effects, HARMLESS)
    if hook.timeout_seconds is not None and not 1 <= hook.timeout_seconds <= 30:
        text = "the timeout value must be between 1 and 30 seconds"
        yield invalid_value("timeoutSeconds", hook.timeout_seconds, text)
    for name, selector in (("namespaceSelector", hook.namespace_selector), ("objectSelector", hook.object_selector)):
        if selector is not None:
            yield from below(name, SELECTS(selector))
    yield from _one_of("reinvocationPolicy", getattr(hook, "reinvocation_policy", None), REINVOCATION)
    yield from below("clientConfig", _client(hook.client_config))
    yield from _conditions(hook.match_conditions, Scope())


def _full_name(name: str) -> Iterator[FieldError]:
    """A name with at least three parts."""
    if not name:
        yield required("name")
        return
    problems = names.is_dns1123_subdomain(name)
    if problems:
        yield invalid_value("name", name, ",".join(problems))
    elif len(name.split(".")) < 3:
        yield invalid_value("name", name, "should be a domain with at least three segments separated by dots")


def _client(config: Any) -> Iterator[FieldError]:
    """How a webhook is reached: by one of the two ways."""
    if (config.url is None) == (config.service is None):
        yield required("", "exactly one of url or service is required")
    elif config.url is not None:
        yield from webhook_url(config.url, "url")
    else:
        yield from below("service", _service(config.service))


def _service(service: Any) -> Iterator[FieldError]:
    """The Service of a webhook. A real server takes its name and its namespace for each other in what it tells."""
    if not service.namespace:
        yield required("name")
    if not service.name:
        yield required("namespace")
    problems = names.is_valid_port_num(service.port) if service.port is not None else ()
    if problems:
        yield invalid_value("port", service.port, f"port is not valid: {', '.join(problems)}")
    path = service.path
    if path in (None, "", "/"):
        return
    if path == "//":
        yield invalid_value("path", path, "segment[0] may not be empty")
        return
    if not path.startswith("/"):
        yield invalid_value("path", path, "must start with a '/'")
    for index, step in enumerate(path[1:].removesuffix("/").split("/")):
        if not step:
            yield invalid_value("path", path, f"segment[{index}] may not be empty")
            continue
        for text in names.is_dns1123_subdomain(step):
            yield invalid_value("path", path, f"segment[{index}]: {text}")


def _reviews(versions: tuple[str, ...]) -> Iterator[FieldError]:
    """The versions of the question that a webhook understands."""
    path, words = "admissionReviewVersions", ", ".join(REVIEWS)
    if not versions:
        yield required(path, f"must specify one of {words}")
        return
    for index, version in enumerate(versions):
        if version in versions[:index]:
            yield invalid_value(f"{path}[{index}]", version, "duplicate version")
            continue
        for text in names.is_dns1035_label(version):
            yield invalid_value(f"{path}[{index}]", version, text)
    if not any(version in REVIEWS for version in versions):
        yield invalid_value(path, versions, f"must include at least one of {words}")
