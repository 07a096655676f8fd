"""Tell the writer of a validating policy what is wrong with the types in its expressions.

Imitates  the validating admission policy status controller of Kubernetes 1.36
Wakes on  ValidatingAdmissionPolicy
Writes    ValidatingAdmissionPolicy status
Differs   nothing known
"""

from __future__ import annotations

from typing import Any

from ..kit import DONE, Api, Cache, Result, Wiring
from ..objects import admissionregistration as registration
from ..objects import evolve

COMPONENT = "validatingadmissionpolicy-status"
WIRING = Wiring("validatingadmissionpolicy-status-controller", reconciles=registration.ValidatingAdmissionPolicy)


def reconcile(api: Api, cache: Cache, key: str) -> Result:
    """Check a policy once for each of its generations."""
    policy: Any = cache.get(registration.ValidatingAdmissionPolicy, key)
    if policy is None or policy.metadata.generation <= (policy.status.observed_generation or 0):
        return DONE
    from ..apiserver.policies.typed import warnings_of  # read when the first policy is there

    warnings = [
        registration.ExpressionWarning(field_ref=where, warning=text) for where, text in warnings_of(policy, api.rows())
    ]
    status = evolve(
        policy.status,
        observed_generation=policy.metadata.generation,
        type_checking=registration.TypeChecking(expression_warnings=tuple(warnings)),
    )
    api.update_status(evolve(policy, status=status))
    return DONE
