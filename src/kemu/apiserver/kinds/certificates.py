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
    """What was asked for stays as it was asked for."""
    return new if new.spec is old.spec else evolve(new, spec=old.spec)


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
