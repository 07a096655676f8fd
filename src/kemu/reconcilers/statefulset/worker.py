"""Carrying out what is planned for a StatefulSet: pods, their claims, and a word about each."""

from __future__ import annotations

from typing import Any

from ... import errors
from ...kit import Api
from ...objects import core
from . import claims, plan
from .identity import has_identity, has_storage, ordinal_of, with_identity, with_storage


class Worker:
    """Carries out the plan of one sync."""

    def __init__(self, api: Api, view: plan.View) -> None:
        self.client = api
        self.view = view
        self.stateful_set = view.stateful_set
        self.replaced = 0
        """How many pods of an old revision it has deleted."""
        self.verbs = {
            "create": self.create,
            "claims": self.complete,
            "keep": lambda pod: self.keep(pod, wanted=False),
            "update": self.update,
            "delete": self.delete,
            "replace": self.replace,
        }

    def carry_out(self, wanted: plan.Plan) -> errors.ApiError | None:
        """Round after round, up to the one in which something is refused: the first refusal."""
        problem = None
        for tasks in wanted.rounds:
            for task in tasks:
                try:
                    for verb, pod in task:
                        self.verbs[verb](pod)
                except errors.ApiError as refusal:
                    problem = problem or refusal
            if problem is not None:
                break
        return problem

    def said(self, verb: str, pod: Any, problem: errors.ApiError | None = None) -> None:
        """An event about what was done with a pod, or why it was not."""
        text = f"{verb} Pod {pod.metadata.name} in StatefulSet {self.stateful_set.metadata.name}"
        if problem is None:
            self.client.event(self.stateful_set, "Normal", f"Successful{verb}", f"{text} successful")
        else:
            self.client.event(self.stateful_set, "Warning", f"Failed{verb}", f"{text} failed error: {problem}")

    def create(self, pod: Any) -> None:
        """Create a pod after its claims."""
        try:
            self.make_claims(pod)
        except errors.ApiError as refusal:
            self.said("Create", pod, refusal)
            raise
        problem = None
        try:
            self.client.create(pod)
        except errors.AlreadyExists:
            raise
        except errors.ApiError as refusal:
            problem = refusal
        self.keep(pod)
        self.said("Create", pod, problem)
        if problem is not None:
            raise problem

    def complete(self, pod: Any) -> None:
        """Create the claims that a pod waits for."""
        self.make_claims(pod)
        self.keep(pod)

    def make_claims(self, pod: Any) -> None:
        """Create the claims of a pod that are not there. Raises after the last one what was refused."""
        problems: list[str] = []
        stateful_set, ordinal = self.stateful_set, ordinal_of(pod)
        for template in stateful_set.spec.volume_claim_templates:
            name = claims.claim_name(stateful_set, template, ordinal)
            claim = self.view.found(name)
            if claim is not None:
                if claim.metadata.deletion_timestamp is not None:
                    problems.append(f"pvc {name} is being deleted")
                continue
            refusal = self._make_claim(claims.new_claim(stateful_set, template, ordinal), pod)
            if refusal is not None:
                problems.append(f"failed to create PVC {name}: {refusal}")
        if problems:
            raise errors.InternalError(problems[0] if len(problems) == 1 else f"[{', '.join(problems)}]")

    def _make_claim(self, claim: core.PersistentVolumeClaim, pod: Any) -> errors.ApiError | None:
        stateful_set: Any = self.stateful_set
        metadata: Any = claim.metadata
        where = f"Pod {pod.metadata.name} in StatefulSet {stateful_set.metadata.name}"
        try:
            self.client.create(claim)
        except errors.AlreadyExists as refusal:
            return refusal
        except errors.ApiError as refusal:
            text = f"Create Claim {metadata.name} for {where} failed error: {refusal}"
            self.client.event(stateful_set, "Warning", "FailedCreate", text)
            return refusal
        text = f"Create Claim {metadata.name} {where} success"
        self.client.event(stateful_set, "Normal", "SuccessfulCreate", text)
        return None

    def keep(self, pod: Any, *, wanted: bool = True) -> None:
        """Give the claims of a pod the owner that the policy says."""
        stateful_set = self.stateful_set
        for claim in claims.claims_of(stateful_set, ordinal_of(pod), self.view.found):
            if claims.is_contended(claim, stateful_set, pod):
                text = (
                    f"PersistentVolumeClaim {claim.metadata.name} has a conflicting OwnerReference that acts as a "
                    "manging controller, the retention policy is ignored for this claim"
                )
                self.client.event(stateful_set, "Warning", "ConflictingController", text)
            if not claims.is_kept(claim, stateful_set, pod, wanted):
                self.client.update(claims.kept(claim, stateful_set, pod, wanted))

    def update(self, pod: Any) -> None:
        """Correct what a pod says of itself, and who owns its claims."""
        changed = pod if has_identity(pod) else with_identity(pod)
        try:
            if not has_storage(self.stateful_set, pod):
                changed = with_storage(self.stateful_set, changed)
                self.make_claims(pod)
            self.keep(pod)
            self.client.update(changed)
        except errors.ApiError as refusal:
            self.said("Update", pod, refusal)
            raise
        self.said("Update", pod)

    def delete(self, pod: Any) -> None:
        """Delete a pod; one that is gone is deleted, too."""
        metadata = pod.metadata
        try:
            self.client.delete(core.Pod, metadata.name, metadata.namespace, uid=metadata.uid)
        except errors.NotFound:
            pass
        except errors.ApiError as refusal:
            self.said("Delete", pod, refusal)
            raise
        self.said("Delete", pod)

    def replace(self, pod: Any) -> None:
        """Delete a pod of an old revision, whose place a new one takes."""
        self.delete(pod)
        self.replaced += 1
