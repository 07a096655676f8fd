"""What may stand in the query of a request, as the OpenAPI documents list it: clients look there for what a server can.

kubectl, for one, looks for `fieldValidation` before it leaves the checking of fields to the server.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

Json = dict[str, Any]
TEXT, NUMBER, YES = "string", "integer", "boolean"

PARAMETERS = {
    "allowWatchBookmarks": (YES, "whether a watch may have events of type BOOKMARK"),
    "continue": (TEXT, "where to go on: what an earlier list has said, if it was not whole"),
    "dryRun": (TEXT, "with All, nothing is stored"),
    "fieldManager": (TEXT, "who changes the fields"),
    "fieldSelector": (TEXT, "only objects with these fields"),
    "fieldValidation": (TEXT, "what becomes of fields that are not known, or there twice: Ignore, Warn or Strict"),
    "force": (YES, "whether to take fields from who else has applied them"),
    "gracePeriodSeconds": (NUMBER, "how many seconds an object has to end; zero is at once"),
    "ignoreStoreReadErrorWithClusterBreakingPotential": (YES, "whether to delete what cannot be read"),
    "labelSelector": (TEXT, "only objects with these labels"),
    "limit": (NUMBER, "how many objects an answer has at most"),
    "orphanDependents": (YES, "whether dependents stay; deprecated, use propagationPolicy"),
    "propagationPolicy": (TEXT, "what becomes of dependents: Orphan, Background or Foreground"),
    "resourceVersion": (TEXT, "of which version an answer has to be"),
    "resourceVersionMatch": (TEXT, "how exactly: NotOlderThan or Exact"),
    "sendInitialEvents": (YES, "whether a watch begins with what there is"),
    "timeoutSeconds": (NUMBER, "after how many seconds an answer ends, whatever is left to say"),
    "watch": (YES, "whether to go on with what changes"),
}
_LIST = (
    "allowWatchBookmarks",
    "continue",
    "fieldSelector",
    "labelSelector",
    "limit",
    "resourceVersion",
    "resourceVersionMatch",
    "sendInitialEvents",
    "timeoutSeconds",
)
_WRITE = ("dryRun", "fieldManager", "fieldValidation")
_DELETE = (
    "dryRun",
    "gracePeriodSeconds",
    "ignoreStoreReadErrorWithClusterBreakingPotential",
    "orphanDependents",
    "propagationPolicy",
)
OF_ACTION = {
    "list": (*_LIST, "watch"),
    "post": _WRITE,
    "put": _WRITE,
    "patch": (*_WRITE, "force"),
    "delete": _DELETE,
    "deletecollection": tuple(sorted({*_LIST, *_DELETE} - {"allowWatchBookmarks"})),
}


@lru_cache(maxsize=16)
def queries(action: str, three: bool) -> list[Json]:
    """The parameters in the query of an action, in either version. Callers must not change them."""
    found = []
    for name in OF_ACTION.get(action, ()):
        type_, description = PARAMETERS[name]
        typed: Json = {"type": type_, "uniqueItems": True}
        shown = {"schema": typed} if three else typed
        found.append({"name": name, "in": "query", "description": description, **shown})
    return found
