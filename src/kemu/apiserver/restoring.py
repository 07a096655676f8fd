"""Restoring: objects of another cluster are stored as they are, status, uid and times included.

Nobody judges, completes or owns what is restored: its only step is the conversion to the form in which it is kept. The
resourceVersion alone is this store's. Whoever restores has to be somebody who may do everything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import sequence
from .request import Answer, Request

if TYPE_CHECKING:
    from .server import ApiServer

STEPS: tuple[sequence.Step, ...] = (sequence.converted,)


def restored(server: ApiServer, request: Request) -> Answer:
    """Store an object as it is, in place of the one of its name, if there is one."""
    found = server.store.get(request.resource.path(request.namespace, request.name))
    if found is not None:
        request = request.meeting(server.shown(request.resource, found), found.value, found.mod_revision)
    return Answer(server.write(sequence.run(STEPS, request, server.desk)), created=found is None)


HANDLERS = {("", "restore"): restored}
