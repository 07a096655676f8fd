"""Pod Security: what the levels of the Pod Security Standards forbid, and what the labels of a namespace ask for."""

from .levels import LevelVersion, Policy, policy_of, violation

__all__ = ["LevelVersion", "Policy", "policy_of", "violation"]
