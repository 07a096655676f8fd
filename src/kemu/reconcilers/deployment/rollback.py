"""Going back to an earlier revision that an annotation names, as the first versions of the API had a field for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from ...objects import evolve
from ...values.frozen import FrozenMap
from ...values.integers import integer
from .rollout import NOT_COPIED, REVISION, ROLLBACK_TO, without_hash

NOT_FOUND = "DeploymentRollbackRevisionNotFound"
UNCHANGED = "DeploymentRollbackTemplateUnchanged"
DONE = "DeploymentRollback"


@attrs.frozen
class Rollback:
    """The Deployment as it is to be written, and what is said of it."""

    deployment: Any
    event: tuple[str, str, str]
    """Type, reason and message."""


def asked(deployment: Any) -> int | None:
    """The revision that a Deployment is to go back to, 0 for the one before; None if nobody asks for that."""
    return integer(deployment.metadata.annotations.get(ROLLBACK_TO, ""))


def decide(deployment: Any, sets: Sequence[Any], revision: int) -> Rollback:
    """Pure: the template and the annotations of the ReplicaSet of a revision, or why it stays as it is.

    `sets` are all ReplicaSets, the newest one last. The annotation goes in any case.
    """
    name = deployment.metadata.name
    asked_for = dict(deployment.metadata.annotations)
    asked_for.pop(ROLLBACK_TO, None)
    same = evolve(deployment, {"metadata.annotations": FrozenMap(asked_for)})
    numbers = [integer(each.metadata.annotations.get(REVISION, "0")) for each in sets]
    if revision == 0:
        revision = _last(numbers)
        if revision == 0:
            return Rollback(same, ("Warning", NOT_FOUND, "Unable to find last revision."))
    if revision not in numbers:
        return Rollback(same, ("Warning", NOT_FOUND, "Unable to find the revision to rollback to."))
    found = sets[numbers.index(revision)]
    template = without_hash(found.spec.template)
    if template == without_hash(deployment.spec.template):
        text = f'The rollback revision contains the same template as current deployment "{name}"'
        return Rollback(same, ("Warning", UNCHANGED, text))
    kept = {key: value for key, value in asked_for.items() if key in NOT_COPIED}
    kept.update({key: value for key, value in found.metadata.annotations.items() if key not in NOT_COPIED})
    back = evolve(deployment, {"metadata.annotations": FrozenMap(kept), "spec.template": template})
    return Rollback(back, ("Normal", DONE, f'Rolled back deployment "{name}" to revision {revision}'))


def _last(numbers: Sequence[int | None]) -> int:
    """The second of the revisions from above; 0 if there is none."""
    most = second = 0
    for each in numbers:
        if each is not None and each >= most:
            most, second = each, most
        elif each is not None and each > second:
            second = each
    return second
