"""Say of every PodDisruptionBudget how many of its pods may be evicted now.

Imitates  the disruption controller of Kubernetes 1.36
Wakes on  PodDisruptionBudget; Pod that it means; a Pod that was to be disrupted and is still there after two minutes
Writes    PodDisruptionBudget status; a Pod's DisruptionTarget condition
Differs   nothing known
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ... import errors
from ...kit import DONE, Api, Cache, Later, Result, Wiring, key_of
from ...kit.indexes import BY_LABEL, BY_SELECTOR, selected, selecting, selector_in
from ...objects import apps, budgets, core, evolve, policy
from ...objects.conditions import with_condition
from . import plan
from .scales import KINDS, Uncountable, expected

COMPONENT = "controllermanager"

POD = "pod:"
"""What the key of a pod begins with; all other keys are those of budgets."""


def _pod_changed(cache: Cache, old: Any, new: Any) -> Iterator[str | Later]:
    """The budget of a pod; of several only one, as upstream, which is said then; and a pod that was to be disrupted."""
    pod = old if new is None else new
    meant = selecting(cache, policy.PodDisruptionBudget, pod)
    yield from map(key_of, meant[:1])
    if new is None:
        return
    if len(meant) > 1:
        yield POD + key_of(pod)
    if plan.stale_in(pod, 0.0) is not None:
        yield Later(POD + key_of(pod), plan.STALE_SECONDS)


WIRING = Wiring(
    "disruption-controller",
    reconciles=policy.PodDisruptionBudget,
    watches=((core.Pod, _pod_changed),),
    reads=(*KINDS, apps.Deployment),
    indexes=((policy.PodDisruptionBudget, BY_SELECTOR), (core.Pod, BY_LABEL)),
)


def reconcile(api: Api, cache: Cache, key: str) -> Result:
    """Count the pods of a budget, or see to a pod that has been waiting for its end."""
    if key.startswith(POD):
        return _pod(api, cache, key.removeprefix(POD))
    budget: Any = cache.get(policy.PodDisruptionBudget, key)
    if budget is None:
        return DONE
    pods = selected(cache, core.Pod, selector_in(budget), budget.metadata.namespace)
    try:
        return _sync(api, cache, budget, pods)
    except errors.Conflict:
        raise
    except (errors.ApiError, Uncountable) as problem:
        status = evolve(budget.status, disruptions_allowed=0)
        status = budgets.with_said(status, "False", budgets.SYNC_FAILED, str(problem), api.stamp())
        if status != budget.status:
            api.update_status(evolve(budget, status=status))
        return DONE


def _sync(api: Api, cache: Cache, budget: Any, pods: Sequence[Any]) -> Result:
    if not pods:
        api.event(budget, "Normal", "NoPods", "No matching pods found")
    count, unmanaged = len(pods), False
    if plan.is_scaled(budget):
        try:
            count, unmanaged = expected(api, cache, pods)
        except (errors.ApiError, Uncountable) as problem:
            text = f"Failed to calculate the number of expected pods: {problem}"
            api.event(budget, "Warning", "CalculateExpectedPodCountFailed", text)
            raise
    if unmanaged:
        api.event(budget, "Warning", "UnmanagedPods", UNMANAGED.format(_shown(budget.spec.selector)))
    noted = plan.disrupted(budget, pods, api.unix)
    for pod in noted.kept:
        space = budget.metadata.namespace  # upstream names the namespace twice
        api.event(pod, "Warning", "NotDeleted", f"Pod was expected by PDB {space}/{space} to be deleted but it wasn't")
    least, current = plan.desired(budget, count), plan.healthy(pods, noted.pods, api.unix)
    status = evolve(
        budget.status,
        observed_generation=budget.metadata.generation,
        current_healthy=current,
        desired_healthy=least,
        expected_pods=count,
        disruptions_allowed=max(0, current - least) if count > 0 else 0,
        disrupted_pods=noted.pods,
    )
    if status != budget.status or not budgets.says_so(status):
        api.update_status(evolve(budget, status=budgets.with_allowed(status, api.stamp())))
    return Result(after=noted.wait)


UNMANAGED = (
    "Pods selected by this PodDisruptionBudget (selector: {}) were found to be unmanaged. "
    "As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. "
    'To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.'
)


def _shown(selector: Any) -> str:
    """A label selector as Go prints it."""
    labels = "".join(f"{key}: {value}," for key, value in sorted(selector.match_labels.items()))
    expressions = "".join(
        f"LabelSelectorRequirement{{Key:{each.key},Operator:{each.operator},Values:[{' '.join(each.values)}],}},"
        for each in selector.match_expressions
    )
    return (
        f"&LabelSelector{{MatchLabels:map[string]string{{{labels}}},"
        f"MatchExpressions:[]LabelSelectorRequirement{{{expressions}}},}}"
    )


def _pod(api: Api, cache: Cache, key: str) -> Result:
    """Say that a pod is meant by several budgets; take back that it is about to be disrupted, if it has long been."""
    pod: Any = cache.get(core.Pod, key)
    if pod is None:
        return DONE
    meant = selecting(cache, policy.PodDisruptionBudget, pod)
    if len(meant) > 1:
        metadata = pod.metadata
        text = f'Pod "{metadata.namespace}"/"{metadata.name}" matches multiple PodDisruptionBudgets.  '
        api.event(
            pod, "Warning", "MultiplePodDisruptionBudgets", f'{text}Chose "{meant[0].metadata.name}" arbitrarily.'
        )
    wait = plan.stale_in(pod, api.unix)
    if wait is None:
        return DONE
    if wait > 0:
        return Result(after=wait)
    over = core.PodCondition(
        type="DisruptionTarget",
        status="False",
        last_transition_time=api.stamp(),
        observed_generation=pod.metadata.generation,
    )
    api.update_status(evolve(pod, {"status.conditions": with_condition(pod.status.conditions, over)}))
    return DONE
