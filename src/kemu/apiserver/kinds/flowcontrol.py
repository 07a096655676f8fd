"""Flow schemas and priority levels: what the server knows of them."""

from __future__ import annotations

from typing import Any

from ...objects.conditions import find_condition
from ..cells import AGE, NAME, NONE, Cell, cell, row
from ..policy import Policy
from .flow_rules import exempt_is_called_so, level, precedence, schema, statuses


def _queuing(attribute: str) -> Cell:
    def text(obj: Any) -> Any:
        limited = obj.spec.limited
        queuing = limited.limit_response.queuing if limited is not None else None
        return NONE if queuing is None else getattr(queuing, attribute)

    return cell(text)


def _shares(obj: Any) -> Any:
    return NONE if obj.spec.limited is None else obj.spec.limited.nominal_concurrency_shares


def _missing_level(obj: Any) -> str:
    found = find_condition(obj.status.conditions, "Dangling")
    return "?" if found is None else str(found.status)


FLOW_SCHEMA = Policy(
    "flowschemas.flowcontrol.apiserver.k8s.io",
    generation=True,
    defaults={"spec.matchingPrecedence": 1000},
    rules={"": precedence, "spec": schema},
    declared=False,
    status_rules={"status.conditions": statuses},
    cells=row(
        NAME,
        cell(lambda obj: obj.spec.priority_level_configuration.name),
        cell(lambda obj: obj.spec.matching_precedence),
        cell(lambda obj: obj.spec.distinguisher_method.type if obj.spec.distinguisher_method is not None else NONE),
        AGE,
        cell(_missing_level),
    ),
)

PRIORITY_LEVEL = Policy(
    "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io",
    generation=True,
    defaults={
        "spec.limited.nominalConcurrencyShares": 30,
        "spec.limited.lendablePercent": 0,
        "spec.limited.limitResponse.queuing.queues": 64,
        "spec.limited.limitResponse.queuing.handSize": 8,
        "spec.limited.limitResponse.queuing.queueLengthLimit": 50,
        "spec.exempt.nominalConcurrencyShares": 0,
        "spec.exempt.lendablePercent": 0,
    },
    rules={"": exempt_is_called_so, "spec": level},
    declared=False,
    status_rules={"status.conditions": statuses},
    cells=row(
        NAME,
        cell(lambda obj: obj.spec.type),
        cell(_shares),
        _queuing("queues"),
        _queuing("hand_size"),
        _queuing("queue_length_limit"),
        AGE,
    ),
)

POLICIES = (FLOW_SCHEMA, PRIORITY_LEVEL)
