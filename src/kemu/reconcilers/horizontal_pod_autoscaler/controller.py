"""What the HorizontalPodAutoscaler controller does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from ... import errors
from ...kit import DONE, Api, Cache, Result
from ...kit.indexes import selected
from ...kit.wiring import key_of
from ...objects import autoscaling_v2, core, evolve
from ...objects.conditions import with_condition, without_condition
from ...values.selectors import parse_label_selector
from .limits import Bounds, Memory, decide
from .measuring import Failure, Proposal, Target, proposal_of
from .replicas import tolerances_of
from .wiring import SYNC_SECONDS

AGAIN = Result(after=SYNC_SECONDS)


def reconcile(api: Api, cache: Cache, memory: Memory, key: str) -> Result:
    """Look at the target, ask for the metrics, decide, scale; then the status."""
    hpa: Any = cache.get(autoscaling_v2.HorizontalPodAutoscaler, key)
    if hpa is None:
        return DONE
    look = Look(api, hpa, hpa.status, memory)
    try:
        resource, scale = _scale(api, hpa)
    except errors.ApiError as refusal:
        look.event("Warning", "FailedGetScale", str(refusal))
        look.says("AbleToScale", "False", "FailedGetScale", f"{UNABLE}: {refusal}")
        look.write()
        return AGAIN
    look.says("AbleToScale", "True", "SucceededGetScale", f"{ABLE} get the target's current scale")
    look.memory = look.memory.begun(scale.spec.replicas or 0, api.now)
    try:
        aim = _aim(look, cache, scale)
    except Stopped as stopped:
        look.shows(scale.spec.replicas or 0, hpa.status.desired_replicas, stopped.metrics)
        look.write()
        look.event("Warning", "FailedComputeMetricsReplicas", str(stopped))
        return AGAIN
    _move(look, resource, scale, aim)
    return AGAIN


ABLE = "the HPA controller was able to"
UNABLE = "the HPA controller was unable to get the target's current scale"


@attrs.define(eq=False)
class Look:
    """One look at an autoscaler, and what it has found out so far. Lives as long as a reconcile."""

    api: Api
    hpa: Any
    status: Any
    memory: Memory

    def event(self, type_: str, reason: str, text: str) -> None:
        """Record an event about the autoscaler."""
        self.api.event(self.hpa, type_, reason, text)

    def says(self, type_: str, status: str, reason: str, text: str) -> None:
        """Set a condition."""
        condition = autoscaling_v2.HorizontalPodAutoscalerCondition(
            type=type_, status=status, reason=reason, message=text, last_transition_time=self.api.stamp()
        )
        self.status = evolve(self.status, conditions=with_condition(self.status.conditions, condition))

    def shows(self, current: int, desired: int, metrics: Sequence[Any]) -> None:
        """Set the numbers of the status."""
        self.status = evolve(
            self.status, current_replicas=current, desired_replicas=desired, current_metrics=tuple(metrics)
        )

    def write(self) -> None:
        """Remember what is to be remembered, and write the status if it says anything new."""
        self.api.remember(self.memory)
        if self.status == self.hpa.status:
            return
        try:
            self.api.update_status(evolve(self.hpa, status=self.status))
        except errors.ApiError as refusal:
            self.event("Warning", "FailedUpdateStatus", str(refusal))


class Stopped(Exception):
    """No number of replicas can be worked out; the text says why, `metrics` what was found out all the same."""

    def __init__(self, text: str, metrics: Sequence[Any] = ()) -> None:
        super().__init__(text)
        self.metrics = metrics


@attrs.frozen
class Aim:
    """How many replicas to have, and why it is changed, if it is; the metrics that were looked at."""

    replicas: int
    reason: str = ""
    metrics: Sequence[Any] = ()


def _scale(api: Api, hpa: Any) -> tuple[Any, Any]:
    """The resource of the target, and its Scale. Raises NotFound, or whatever else its server says."""
    reference = hpa.spec.scale_target_ref
    resource = api.resources.by_kind(reference.api_version or "v1", reference.kind)
    if resource is None:
        group = (reference.api_version or "").rpartition("/")[0]
        raise errors.NotFound(f'no matches for kind "{reference.kind}" in group "{group}"', details={})
    return resource, api.ask(resource, reference.name, hpa.metadata.namespace, subresource="scale")


def _aim(look: Look, cache: Cache, scale: Any) -> Aim:
    """How many replicas the target should have. Raises Stopped."""
    spec, current = look.hpa.spec, scale.spec.replicas or 0
    least = 1 if spec.min_replicas is None else spec.min_replicas
    if not current:
        text = "scaling is disabled since the replica count of the target is zero"
        look.says("ScalingActive", "False", "ScalingDisabled", text)
        look.status = evolve(look.status, conditions=without_condition(look.status.conditions, "ScaledToZero"))
        return Aim(0)
    if current > spec.max_replicas:
        return Aim(spec.max_replicas, "Current number of replicas above Spec.MaxReplicas")
    if current < least:
        return Aim(least, "Current number of replicas below Spec.MinReplicas")
    best, metrics = _proposed(look, _target(look, cache, scale))
    reason = ""
    if best.replicas > current:
        reason = f"{best.name} above target"
    elif best.replicas < current:
        reason = "All metrics below target"
    bounds = Bounds(least, spec.max_replicas)
    limited = decide(spec.behavior, bounds, current, best.replicas, look.memory, look.api.now)
    look.memory = limited.memory
    look.says("AbleToScale", "True", *limited.able)
    look.says("ScalingLimited", "True" if limited.limited else "False", *limited.why)
    return Aim(limited.replicas, reason, metrics)


def _target(look: Look, cache: Cache, scale: Any) -> Target:
    """The pods behind a Scale. Raises Stopped if they cannot be told."""
    hpa, text = look.hpa, scale.status.selector or ""
    if not text:
        look.event("Warning", "SelectorRequired", "selector is required")
        look.says("ScalingActive", "False", "InvalidSelector", "the HPA target's scale is missing a selector")
        raise Stopped("selector is required")
    try:
        selector = parse_label_selector(text)
    except ValueError as problem:
        wrong = f"couldn't convert selector into a corresponding internal selector object: {problem}"
        raise _stopped(look, "InvalidSelector", wrong) from None
    look.memory = attrs.evolve(look.memory, selector=text)
    pods = selected(cache, core.Pod, selector, hpa.metadata.namespace)
    rivals = _rivals(look, cache, pods)
    if rivals:
        every = " ".join(sorted([key_of(hpa), *rivals]))
        raise _stopped(look, "AmbiguousSelector", f"pods by selector {text} are controlled by multiple HPAs: [{every}]")
    return Target(
        hpa.metadata.namespace,
        scale.spec.replicas or 0,
        scale.status.replicas or 0,
        selector,
        pods,
        tolerances_of(hpa.spec.behavior),
        look.api.unix,
    )


def _stopped(look: Look, reason: str, text: str) -> Stopped:
    look.event("Warning", reason, text)
    look.says("ScalingActive", "False", reason, text)
    return Stopped(text)


def _rivals(look: Look, cache: Cache, pods: Sequence[Any]) -> list[str]:
    """The other autoscalers of the namespace that have been seen to select one of these pods."""
    found = []
    for other in cache.list(autoscaling_v2.HorizontalPodAutoscaler, look.hpa.metadata.namespace):
        memory = None if other.metadata.name == look.hpa.metadata.name else look.api.recall(key_of(other))
        if memory is None or memory.selector is None:
            continue
        selector = parse_label_selector(memory.selector)
        if any(selector.matches(pod.metadata.labels) for pod in pods):
            found.append(key_of(other))
    return found


def _proposed(look: Look, target: Target) -> tuple[Proposal, Sequence[Any]]:
    """The metric that wants most, and the status of each.

    Raises Stopped if none says anything, or if those that do want fewer replicas than there are: a metric that says
    nothing may want more.
    """
    specs = look.hpa.spec.metrics
    answers = []
    for spec in specs:
        answer = proposal_of(look.api, spec, target)
        if isinstance(answer, Failure):
            look.event("Warning", answer.reason, answer.text)
        answers.append(answer)
    failures = [each for each in answers if isinstance(each, Failure)]
    proposals = [each for each in answers if isinstance(each, Proposal)]
    statuses = [each.status if isinstance(each, Proposal) else autoscaling_v2.MetricStatus() for each in answers]
    best = max(proposals, key=lambda each: each.replicas, default=None)
    if best is None or (failures and best.replicas < target.replicas):
        first = failures[0]
        look.says(
            "ScalingActive", "False", first.reason, f"the HPA was unable to compute the replica count: {first.text}"
        )
        invalid = f"{len(failures)} invalid out of {len(specs)}"
        raise Stopped(f"invalid metrics ({invalid}), first error is: {first.summary}", statuses)
    text = f"the HPA was able to successfully calculate a replica count from {best.name}"
    look.says("ScalingActive", "True", "ValidMetricFound", text)
    return best, statuses


def _move(look: Look, resource: Any, scale: Any, aim: Aim) -> None:
    """Scale the target, if that is the aim, and write the status."""
    api, current = look.api, scale.spec.replicas or 0
    if aim.replicas == current:
        look.shows(current, current, aim.metrics)
        look.write()
        return
    try:
        api.rescale(resource, evolve(scale, {"spec.replicas": aim.replicas}))
    except errors.ApiError as refusal:
        look.event("Warning", "FailedRescale", f"New size: {aim.replicas}; reason: {aim.reason}; error: {refusal}")
        look.says("AbleToScale", "False", "FailedUpdateScale", f"{UNABLE_TO_SCALE}: {refusal}")
        look.shows(current, look.hpa.status.desired_replicas, aim.metrics)
        look.write()
        return
    look.says("AbleToScale", "True", "SucceededRescale", f"{ABLE} update the target scale to {aim.replicas}")
    look.event("Normal", "SuccessfulRescale", f"New size: {aim.replicas}; reason: {aim.reason}")
    look.memory = look.memory.scaled(look.hpa.spec.behavior, current, aim.replicas, api.now)
    look.shows(current, aim.replicas, aim.metrics)
    look.status = evolve(look.status, last_scale_time=api.stamp())
    look.write()


UNABLE_TO_SCALE = "the HPA controller was unable to update the target scale"
