"""Let a claim go that is to be deleted once no pod uses it.

Imitates  the PersistentVolumeClaim protection controller of Kubernetes 1.36
Wakes on  PersistentVolumeClaim; Pod that names it
Writes    PersistentVolumeClaim: its finalizer
Differs   nothing known

A pod counts from when it has a node until it is gone, whether or not it has ended.
"""

from __future__ import annotations

from typing import Any

from ..apiserver.admission.storage import PROTECTION
from ..kit import DONE, Api, Cache, Result, Wiring
from ..kit.claimed import BY_CLAIM, claims_of, users
from ..kit.volumes import foreign_claim
from ..objects import core, evolve

COMPONENT = "pvc-protection-controller"
FINALIZER = PROTECTION["persistentvolumeclaims"]


def _named(cache: Cache, old: Any, new: Any) -> tuple[str, ...]:
    return claims_of(new if new is not None else old)


WIRING = Wiring(
    "persistentvolumeclaim-protection-controller",
    account="pvc-protection-controller",
    reconciles=core.PersistentVolumeClaim,
    watches=((core.Pod, _named),),
    indexes=((core.Pod, BY_CLAIM),),
)


def reconcile(api: Api, cache: Cache, key: str) -> Result:
    """Add the finalizer to a claim that lacks it, or take it from one that may go."""
    claim: Any = cache.get(core.PersistentVolumeClaim, key)
    if claim is None:
        return DONE
    finalizers = claim.metadata.finalizers
    if claim.metadata.deletion_timestamp is None:
        if FINALIZER not in finalizers:
            api.update(evolve(claim, {"metadata.finalizers": (*finalizers, FINALIZER)}))
    elif FINALIZER in finalizers and not any(_uses(pod, claim) for pod in users(cache, claim)):
        kept = tuple([each for each in finalizers if each != FINALIZER])
        api.update(evolve(claim, {"metadata.finalizers": kept}))
    return DONE


def _uses(pod: Any, claim: Any) -> bool:
    """Whether a pod that names a claim has it. An ephemeral one that only waits to be collected does not."""
    if not pod.spec.node_name:
        return False
    named = [each.persistent_volume_claim for each in pod.spec.volumes if each.persistent_volume_claim is not None]
    if any(each.claim_name == claim.metadata.name for each in named):
        return True
    metadata = pod.metadata
    shut_down = metadata.deletion_timestamp is not None and metadata.deletion_grace_period_seconds == 0
    return not shut_down and not foreign_claim(pod, claim)
