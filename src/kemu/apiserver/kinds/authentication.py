"""Questions about who somebody is: answered at once, and never stored."""

from __future__ import annotations

from ..policy import Policy

POLICIES = (
    Policy("tokenreviews.authentication.k8s.io", stored=False),
    Policy("selfsubjectreviews.authentication.k8s.io", stored=False),
)
