"""Whether a container starts again after its end: what its own rules say, or its own policy, or its pod's.

what says it                         asked           answer
----------------------------------   -------------   ---------------------------------------
restartPolicyRules of the container  first           the action of the first rule that matches
restartPolicy of the container       then            Always, OnFailure, Never
restartPolicy of the pod             last            Always, OnFailure, Never
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

RESTART_ALL = "RestartAllContainers"
"""The action of a rule that starts the whole pod again, in its place."""


def is_sidecar(container: Any) -> bool:
    """Whether an init container keeps running beside the others."""
    return bool(container.restart_policy == "Always")


def action_of(container: Any, exit_code: int) -> str:
    """What the rules of a container say about an exit code; empty if none of them matches."""
    for rule in container.restart_policy_rules:
        codes = rule.exit_codes
        if codes is not None and (exit_code in codes.values) == (codes.operator == "In"):
            return str(rule.action)
    return ""


def starts_again(spec: Any, container: Any, exit_code: int) -> bool:
    """Whether a container of a pod starts again that ended so."""
    policy = container.restart_policy
    if policy and action_of(container, exit_code):
        return True
    policy = policy or spec.restart_policy
    return policy == "Always" or (policy == "OnFailure" and exit_code != 0)


def replaceable(spec: Any, container: Any) -> bool:
    """Whether a container starts again that its kubelet has stopped: rules, which ask for exit codes, do not count."""
    return bool((container.restart_policy or spec.restart_policy) != "Never")


def with_rules(spec: Any) -> Iterator[Any]:
    """The init containers and containers of a pod."""
    yield from spec.init_containers
    yield from spec.containers


def may_restart_all(spec: Any) -> bool:
    """Whether a rule of any container starts the whole pod again."""
    ruled = [each for each in (*spec.init_containers, *spec.containers) if each.restart_policy_rules]
    return any(rule.action == RESTART_ALL for each in ruled for rule in each.restart_policy_rules) if ruled else False
