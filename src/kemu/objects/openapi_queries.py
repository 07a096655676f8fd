"""What a request may say beside its body, as the OpenAPI documents list it: clients look there for what a server can.

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
    "command": (TEXT, "what to run: a word of its own each time it is given"),
    "container": (TEXT, "which container of the pod, if there are several"),
    "dryRun": (TEXT, "with All, nothing is stored"),
    "fieldManager": (TEXT, "who changes the fields"),
    "fieldSelector": (TEXT, "only objects with these fields"),
    "fieldValidation": (TEXT, "what becomes of fields that are not known, or there twice: Ignore, Warn or Strict"),
    "follow": (YES, "whether to go on with what is written later"),
    "force": (YES, "whether to take fields from who else has applied them"),
    "gracePeriodSeconds": (NUMBER, "how many seconds an object has to end; zero is at once"),
    "ignoreStoreReadErrorWithClusterBreakingPotential": (YES, "whether to delete what cannot be read"),
    "insecureSkipTLSVerifyBackend": (YES, "whether to take the word of a kubelet with any certificate"),
    "labelSelector": (TEXT, "only objects with these labels"),
    "limit": (NUMBER, "how many objects an answer has at most"),
    "limitBytes": (NUMBER, "how many bytes the answer has at most"),
    "orphanDependents": (YES, "whether dependents stay; deprecated, use propagationPolicy"),
    "path": (TEXT, "the path on the other side"),
    "ports": (NUMBER, "the ports to forward, for websockets"),
    "pretty": (TEXT, "with true, the answer is written for people"),
    "previous": (YES, "whether to speak of the container before the last restart"),
    "propagationPolicy": (TEXT, "what becomes of dependents: Orphan, Background or Foreground"),
    "resourceVersion": (TEXT, "of which version an answer has to be"),
    "resourceVersionMatch": (TEXT, "how exactly: NotOlderThan or Exact"),
    "sendInitialEvents": (YES, "whether a watch begins with what there is"),
    "shardSelector": (TEXT, "only a part of the objects, by the hash of a field"),
    "sinceSeconds": (NUMBER, "only lines of the last so many seconds"),
    "stderr": (YES, "whether errors are sent"),
    "stdin": (YES, "whether input is taken"),
    "stdout": (YES, "whether output is sent"),
    "stream": (TEXT, "which output: All, Stdout or Stderr"),
    "tailLines": (NUMBER, "how many of the last lines"),
    "timeoutSeconds": (NUMBER, "after how many seconds an answer ends, whatever is left to say"),
    "timestamps": (YES, "whether each line begins with its time"),
    "tty": (YES, "whether there is a terminal"),
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
    "shardSelector",
    "timeoutSeconds",
    "watch",
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
    "list": _LIST,
    "post": _WRITE,
    "put": _WRITE,
    "patch": (*_WRITE, "force"),
    "delete": _DELETE,
    "deletecollection": tuple(sorted({*_LIST, *_DELETE} - {"allowWatchBookmarks", "watch"})),
}
_STREAMS = ("container", "stderr", "stdin", "stdout", "tty")
OF_SUBRESOURCE = {
    "attach": _STREAMS,
    "exec": ("command", *_STREAMS),
    "log": (
        "container",
        "follow",
        "insecureSkipTLSVerifyBackend",
        "limitBytes",
        "previous",
        "sinceSeconds",
        "stream",
        "tailLines",
        "timestamps",
    ),
    "portforward": ("ports",),
    "proxy": ("path",),
}
IN_PATHS = {
    "namespace": "the namespace of the object",
    "path": "the rest of the path",
}


@lru_cache(maxsize=128)
def query(name: str, three: bool) -> Json:
    """One parameter in a query, in either version. Callers must not change it."""
    type_, description = PARAMETERS[name]
    return _parameter(name, "query", type_, description, three)


@lru_cache(maxsize=256)
def path_parameter(name: str, three: bool, description: str = "") -> Json:
    """One that stands in the path itself. Callers must not change it."""
    return {**_parameter(name, "path", TEXT, description or IN_PATHS[name], three), "required": True}


def queries(action: str, three: bool) -> tuple[Json, ...]:
    """The parameters in the query of an action."""
    return tuple([query(name, three) for name in OF_ACTION.get(action, ())])


def own_queries(subresource: str, three: bool) -> tuple[Json, ...]:
    """Those that only a subresource knows."""
    return tuple([query(name, three) for name in OF_SUBRESOURCE.get(subresource, ())])


def _parameter(name: str, place: str, type_: str, description: str, three: bool) -> Json:
    typed: Json = {"type": type_, "uniqueItems": True}
    return {"name": name, "in": place, "description": description, **({"schema": typed} if three else typed)}
