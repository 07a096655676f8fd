"""Webhooks and admission policies: what the server knows of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..cells import AGE, NAME, UNSET, cell, row, selector_text
from ..policy import Policy, always
from .admission_rules import mutating_binding, mutating_policy, validating_binding, validating_policy, webhooks


def _param_kind(obj: Any) -> str:
    found = obj.spec.param_kind
    return f"{found.api_version}/{found.kind}" if found is not None else UNSET


def _param_ref(obj: Any) -> str:
    found = obj.spec.param_ref
    if found is None:
        return UNSET
    if found.name:
        return f"{found.namespace}/{found.name}" if found.namespace else str(found.name)
    return selector_text(found.selector) if found.selector is not None else UNSET


WEBHOOK: Mapping[str, Any] = {
    "webhooks[*].failurePolicy": "Fail",
    "webhooks[*].matchPolicy": "Equivalent",
    "webhooks[*].namespaceSelector": {},
    "webhooks[*].objectSelector": {},
    "webhooks[*].timeoutSeconds": 10,
    "webhooks[*].clientConfig.service.port": 443,
    "webhooks[*].rules[*].scope": "*",
}
WEBHOOK_CELLS = row(NAME, cell(lambda obj: len(obj.webhooks)), AGE)
BINDING_CELLS = row(NAME, cell(lambda obj: obj.spec.policy_name or ""), cell(_param_ref), AGE)


def _matches(path: str) -> dict[str, Any]:
    """The defaults of what a policy or a binding is about."""
    return {
        f"{path}.matchPolicy": "Equivalent",
        f"{path}.namespaceSelector": {},
        f"{path}.objectSelector": {},
        f"{path}.resourceRules[*].scope": "*",
        f"{path}.excludeResourceRules[*].scope": "*",
    }


MUTATING_WEBHOOKS = Policy(
    "mutatingwebhookconfigurations.admissionregistration.k8s.io",
    rules=(webhooks,),
    declared=False,
    guards=always,
    generation=True,
    version_required=True,
    defaults={**WEBHOOK, "webhooks[*].reinvocationPolicy": "Never"},
    cells=WEBHOOK_CELLS,
)

VALIDATING_WEBHOOKS = Policy(
    "validatingwebhookconfigurations.admissionregistration.k8s.io",
    rules=(webhooks,),
    declared=False,
    guards=always,
    generation=True,
    version_required=True,
    defaults=WEBHOOK,
    cells=WEBHOOK_CELLS,
)

MUTATING_POLICY = Policy(
    "mutatingadmissionpolicies.admissionregistration.k8s.io",
    rules=(mutating_policy,),
    declared=False,
    generation=True,
    version_required=True,
    defaults={"spec.failurePolicy": "Fail", **_matches("spec.matchConstraints")},
    cells=row(NAME, cell(lambda obj: len(obj.spec.mutations)), cell(_param_kind), AGE),
)

VALIDATING_POLICY = Policy(
    "validatingadmissionpolicies.admissionregistration.k8s.io",
    rules=(validating_policy,),
    declared=False,
    generation=True,
    version_required=True,
    defaults={"spec.failurePolicy": "Fail", **_matches("spec.matchConstraints")},
    cells=row(NAME, cell(lambda obj: len(obj.spec.validations)), cell(_param_kind), AGE),
)

MUTATING_BINDING = Policy(
    "mutatingadmissionpolicybindings.admissionregistration.k8s.io",
    rules=(mutating_binding,),
    declared=False,
    guards=always,
    generation=True,
    version_required=True,
    defaults=_matches("spec.matchResources"),
    cells=BINDING_CELLS,
)

VALIDATING_BINDING = Policy(
    "validatingadmissionpolicybindings.admissionregistration.k8s.io",
    rules=(validating_binding,),
    declared=False,
    guards=always,
    generation=True,
    version_required=True,
    defaults=_matches("spec.matchResources"),
    cells=BINDING_CELLS,
)

POLICIES = (
    MUTATING_WEBHOOKS,
    VALIDATING_WEBHOOKS,
    MUTATING_POLICY,
    VALIDATING_POLICY,
    MUTATING_BINDING,
    VALIDATING_BINDING,
)
