"""The components of the control plane, as an old kind shows them: they are always well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..objects import core, meta
from . import failures
from .request import Answer, Page, Request

if TYPE_CHECKING:
    from .server import ApiServer

NAMES = ("controller-manager", "etcd-0", "scheduler")
WELL = (core.ComponentCondition(type="Healthy", status="True", message="ok"),)


def _component(name: str) -> core.ComponentStatus:
    return core.ComponentStatus(metadata=meta.ObjectMeta(name=name), conditions=WELL)


def get_component(server: ApiServer, request: Request) -> Answer:
    """One of them. Raises NotFound."""
    if request.name not in NAMES:
        raise failures.not_found_single(request.resource.kind, request.name)
    return Answer(_component(request.name))


def list_components(server: ApiServer, request: Request) -> Answer:
    """All of them. They have no labels to select by."""
    labels = request.options.labels
    found = () if labels is not None and not labels.matches({}) else NAMES
    return Answer(Page(tuple(map(_component, found)), server.revision))


COMMANDS = {("componentstatuses", "get"): get_component, ("componentstatuses", "list"): list_components}
"""What answers, by resource and verb."""
