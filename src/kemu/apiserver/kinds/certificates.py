"""Requests for certificates: what the server knows of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...objects import evolve
from ...values import names
from ...values.durations import human_duration
from ...values.frozen import FrozenMap
from ..cells import AGE, NAME, NONE, cell, row
from ..policy import Policy
from .certificate_rules import decided, requested, signed

if TYPE_CHECKING:
    from ..request import Desk, User


def _of(obj: Any, user: User) -> Any:
    """A request says who makes it, whatever its maker says."""
    extra = FrozenMap({key: tuple(values) for key, values in user.extra.items()})
    spec = evolve(obj.spec, username=user.name, uid=user.uid or None, groups=tuple(user.groups), extra=extra)
    return evolve(obj, spec=spec)


def _update(new: Any, old: Any, subresource: str, desk: Desk) -> Any:
    """What was asked for stays as it was asked for; who approves writes conditions only, who signs no approval."""
    if subresource == "approval":
        return evolve(old, metadata=new.metadata, status=evolve(old.status, conditions=_timed(new, old, desk)))
    if subresource == "status":
        return evolve(
            new, spec=old.spec, status=evolve(new.status, conditions=_timed(_with_approval(new, old), old, desk))
        )
    return evolve(new, spec=old.spec, status=old.status)


def _with_approval(new: Any, old: Any) -> Any:
    """With the conditions of approval as they were, if there are as many of them."""
    conditions = list(new.status.conditions)
    for kind in ("Approved", "Denied"):
        places = [place for place, each in enumerate(conditions) if each.type == kind]
        before = [each for each in old.status.conditions if each.type == kind]
        if len(places) == len(before):
            for place, each in zip(places, before, strict=True):
                conditions[place] = each
    return evolve(new, {"status.conditions": tuple(conditions)})


def _timed(new: Any, old: Any, desk: Desk) -> tuple[Any, ...]:
    """The conditions, with the time at which they were written, and since when they are so, where that is not said."""
    now = desk.stamp()
    since = {(each.type, each.status): each.last_transition_time for each in reversed(old.status.conditions)}
    return tuple(
        [
            evolve(
                each,
                last_update_time=each.last_update_time or now,
                last_transition_time=each.last_transition_time or since.get((each.type, each.status)) or now,
            )
            for each in new.status.conditions
        ]
    )


def _signing_condition(obj: Any) -> str:
    true = [condition.type for condition in obj.status.conditions]
    word = "Denied" if "Denied" in true else "Approved" if "Approved" in true else "Pending"
    word = ",".join([word, *(["Failed"] if "Failed" in true else [])])
    return f"{word},Issued" if obj.status.certificate else word


def _requested(obj: Any) -> str:
    seconds = obj.spec.expiration_seconds
    return NONE if seconds is None else human_duration(seconds)


SIGNING_REQUEST = Policy(
    "certificatesigningrequests.certificates.k8s.io",
    name_check=names.is_path_segment_name,
    spec_stays=True,
    requested=_of,
    create_rules=(requested,),
    status_update=(signed,),
    through={"approval": (decided,)},
    prepare_update=_update,
    selectable={"spec.signerName": None},
    cells=row(
        NAME,
        AGE,
        cell(lambda obj: obj.spec.signer_name),
        cell(lambda obj: obj.spec.username or ""),
        cell(_requested),
        cell(_signing_condition),
    ),
)

POLICIES = (SIGNING_REQUEST,)
