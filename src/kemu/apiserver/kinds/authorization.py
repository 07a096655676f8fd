"""Questions about what somebody may do: answered at once, and never stored."""

from __future__ import annotations

from ..policy import Policy

POLICIES = (
    Policy("subjectaccessreviews.authorization.k8s.io", stored=False),
    Policy("selfsubjectaccessreviews.authorization.k8s.io", stored=False),
    Policy("localsubjectaccessreviews.authorization.k8s.io", stored=False),
    Policy("selfsubjectrulesreviews.authorization.k8s.io", stored=False),
)
