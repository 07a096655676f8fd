"""Deployments, replica sets, stateful sets, daemon sets, controller revisions: what the server knows of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...objects import apps, evolve
from ...objects.references import controller_of
from ...values import names
from ...values.frozen import FrozenMap
from ..cells import AGE, NAME, NONE, REPLICAS, SELECTOR, TEMPLATE, cell, labels_text, row
from ..failures import FieldError, forbidden_field, invalid_inside, invalid_value, not_supported, not_supported_inside
from ..failures import required as missing
from ..policy import Policy, Scale, whole
from ..rows import Check, below, each
from ..rules import at_least, at_most_all, count_or_percent, dns_label, label_selector, one_of, required
from ..updates import Compare, immutable, only
from .pods.rules import readable_selector, selects_template, template, template_as
from .pods.sources import CLAIM_SPEC
from .pods.warns import template_at, unusual_name

if TYPE_CHECKING:
    from ..request import Desk

TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"
SCALE = Scale("spec.replicas", "status.replicas", "spec.selector")
COUNT = at_least(0)
ROLLING = "RollingUpdate"
WARNS = template_at("spec.template", lambda obj: obj.spec.template)


# Rules that several workloads share


def not_empty(kind: str) -> Check:
    """A selector that says something."""

    def check(selector: Any) -> Iterator[FieldError]:
        if not selector.match_labels and not selector.match_expressions:
            yield invalid_value("", selector, f"empty selector is invalid for {kind}")

    return check


def readable(text: str) -> Check:
    """What is said once more of a selector that cannot be read."""

    def check(selector: Any) -> Iterator[FieldError]:
        if not readable_selector(selector):
            yield invalid_value("", selector, text)

    return check


def _amount(value: int | str | None) -> int:
    """A count, or the number of a percentage."""
    if isinstance(value, str):
        return int(value[:-1]) if names.is_valid_percent(value) == () else 0
    return value or 0


def counts_within(total: str, fields: Sequence[str], also: str = "readyReplicas") -> Compare:
    """Of a status: what is counted is part of the total, and what is available is ready. `also` is how it is named."""

    def check(new: Any, old: Any) -> Iterator[FieldError]:
        status = new.status
        for name, attribute in ((name, _attribute(name)) for name in fields):
            if (getattr(status, attribute) or 0) > (getattr(status, _attribute(total)) or 0):
                count = getattr(status, attribute) or 0
                yield invalid_value(f"status.{name}", count, f"cannot be greater than status.{total}")
        if (status.available_replicas or 0) > (status.ready_replicas or 0):
            count = status.available_replicas or 0
            yield invalid_value("status.availableReplicas", count, f"cannot be greater than {also}")

    return check


def _attribute(name: str) -> str:
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name)


def _collisions_only_grow(new: Any, old: Any) -> Iterator[FieldError]:
    now, was = new.status.collision_count, old.status.collision_count
    if was is not None and (now is None or now < was):
        yield invalid_value("status.collisionCount", now or 0, "cannot be decremented")


def counts(*fields: str) -> dict[str, Any]:
    """Rows of a status for fields that count something."""
    return {f"status.{name}": COUNT for name in fields}


# Deployments and replica sets


def _own_template(spec: Any) -> Any:
    return spec.template


def _quarter(strategy: Any) -> Any:
    """A rolling update replaces a quarter at a time; what is said of it for another strategy is left as it is."""
    if strategy.type != ROLLING:
        return strategy
    rolling = strategy.rolling_update or apps.RollingUpdateDeployment()
    open_ends = [name for name in ("max_unavailable", "max_surge") if getattr(rolling, name) is None]
    if not open_ends:
        return strategy
    return evolve(strategy, rolling_update=evolve(rolling, **dict.fromkeys(open_ends, "25%")))


def _deployment_strategy(strategy: Any) -> Iterator[FieldError]:
    rolling = strategy.rolling_update
    if strategy.type == "Recreate":
        if rolling is not None:
            yield forbidden_field("rollingUpdate", "may not be specified when strategy `type` is 'Recreate'")
    elif strategy.type == ROLLING:
        if rolling is None:
            yield missing("rollingUpdate")
        else:
            yield from below("rollingUpdate", _rolling(rolling))
    else:
        yield not_supported_inside("", strategy, ("Recreate", ROLLING))


def _rolling(rolling: Any) -> Iterator[FieldError]:
    unavailable, surge = rolling.max_unavailable, rolling.max_surge
    if unavailable is not None:
        yield from below("maxUnavailable", count_or_percent(unavailable))
    if surge is not None:
        yield from below("maxSurge", count_or_percent(surge))
    if not _amount(unavailable) and not _amount(surge):
        yield invalid_value("maxUnavailable", unavailable, "may not be 0 when `maxSurge` is 0")
    if unavailable is not None:
        yield from below("maxUnavailable", at_most_all(unavailable))


def _progress(deployment: Any) -> Iterator[FieldError]:
    seconds = deployment.spec.progress_deadline_seconds
    if seconds is not None and 0 <= seconds <= (deployment.spec.min_ready_seconds or 0):
        yield invalid_value("spec.progressDeadlineSeconds", seconds, "must be greater than minReadySeconds")


SELECTS = (required, label_selector, not_empty("deployment"), readable("invalid label selector"))
REPLICA_COUNTS = ("fullyLabeledReplicas", "readyReplicas", "availableReplicas")

DEPLOYMENT = Policy(
    "deployments.apps",
    generation=True,
    annotations_count=True,
    status_writes_labels=False,
    scale=SCALE,
    defaults={
        "spec.replicas": 1,
        "spec.revisionHistoryLimit": 10,
        "spec.progressDeadlineSeconds": 600,
        "spec.strategy.type": ROLLING,
        "spec.strategy": whole(_quarter),
    },
    rules={
        "spec.replicas": COUNT,
        "spec.selector": SELECTS,
        "": selects_template,
        "spec": template_as(_own_template, "Always", owner="ReplicaSet", selects=True),
        "spec.strategy": _deployment_strategy,
        "spec.minReadySeconds": COUNT,
        "spec.revisionHistoryLimit": COUNT,
        "spec.progressDeadlineSeconds": COUNT,
    },
    across=(_progress,),
    status_rules=counts(
        "observedGeneration",
        "replicas",
        "updatedReplicas",
        "readyReplicas",
        "availableReplicas",
        "unavailableReplicas",
        "terminatingReplicas",
        "collisionCount",
    ),
    status_update=(
        counts_within("replicas", ("updatedReplicas", "readyReplicas", "availableReplicas")),
        _collisions_only_grow,
    ),
    warns=(WARNS,),
    cells=row(
        NAME,
        cell(lambda obj: f"{obj.status.ready_replicas or 0}/{obj.spec.replicas or 0}"),
        cell(lambda obj: obj.status.updated_replicas or 0),
        cell(lambda obj: obj.status.available_replicas or 0),
        AGE,
        *TEMPLATE,
        SELECTOR,
    ),
)

REPLICA_SET = Policy(
    "replicasets.apps",
    generation=True,
    scale=SCALE,
    defaults={"spec.replicas": 1},
    rules={
        "spec.replicas": COUNT,
        "spec.minReadySeconds": COUNT,
        "spec.selector": SELECTS,
        "": selects_template,
        "spec": template_as(_own_template, "Always", owner="ReplicaSet", selects=True),
    },
    status_rules=counts("replicas", *REPLICA_COUNTS, "observedGeneration", "terminatingReplicas"),
    status_update=(counts_within("replicas", REPLICA_COUNTS),),
    warns=(unusual_name, WARNS),
    selectable={"status.replicas": lambda obj: obj.status.replicas or 0},
    cells=row(
        NAME,
        *REPLICAS,
        AGE,
        *TEMPLATE,
        SELECTOR,
    ),
)


# Stateful sets

STATEFUL_SET_CHANGES = (
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
    "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
)


def _stateful_rolling(strategy: Any) -> Any:
    """Who does not say how a set is updated has the rolling update spelt out."""
    if strategy.type:
        return strategy
    return evolve(strategy, type=ROLLING, rolling_update=strategy.rolling_update or {})


def _create_stateful_set(stateful_set: Any, desk: Desk) -> Any:
    return _without_unavailable(stateful_set, None)


def _update_stateful_set(new: Any, old: Any, subresource: str, desk: Desk) -> Any:
    return new if new.spec is old.spec else _without_unavailable(new, old)


def _without_unavailable(new: Any, old: Any | None) -> Any:
    """`maxUnavailable` belongs to a feature that is off: it is dropped unless it is there already."""
    rolling = new.spec.update_strategy.rolling_update
    if rolling is None or rolling.max_unavailable is None:
        return new
    before = old.spec.update_strategy.rolling_update if old is not None else None
    if before is not None and before.max_unavailable is not None:
        return new
    return evolve(new, {"spec.update_strategy.rolling_update.max_unavailable": None})


def _stateful_strategy(strategy: Any) -> Iterator[FieldError]:
    rolling = strategy.rolling_update
    if not strategy.type:
        yield missing("")
    elif strategy.type == "OnDelete":
        if rolling is not None:
            yield invalid_inside("rollingUpdate", rolling, f"only allowed for updateStrategy '{ROLLING}'")
    elif strategy.type != ROLLING:
        yield invalid_inside("", strategy, f"must be '{ROLLING}' or 'OnDelete'")
    elif rolling is not None and rolling.max_unavailable is not None and not _amount(rolling.max_unavailable):
        yield invalid_value("rollingUpdate.maxUnavailable", rolling.max_unavailable, "cannot be 0")


def _management(policy: str) -> Iterator[FieldError]:
    if policy not in ("OrderedReady", "Parallel"):
        yield invalid_value("", policy, "must be 'OrderedReady' or 'Parallel'")


def _stamped(spec: Any) -> Any:
    """The template as the set's pods have it: with a volume for each claim; host names are the set's own."""
    stamped = spec.template
    claims = {claim.metadata.name or "" for claim in spec.volume_claim_templates}
    changes: dict[str, Any] = {}
    if claims:
        others = [volume for volume in stamped.spec.volumes if volume.name not in claims]
        own = [{"name": name, "persistentVolumeClaim": {"claimName": name}} for name in sorted(claims)]
        changes["spec.volumes"] = (*own, *others)
    if stamped.spec.hostname or stamped.spec.subdomain:
        changes |= {"spec.hostname": None, "spec.subdomain": None}
    return evolve(stamped, changes) if changes else stamped


RETENTION = (required, one_of("Retain", "Delete"))


def _endless_history(new: Any, old: Any | None) -> Iterator[str]:
    if (new.spec.revision_history_limit or 0) < 0:
        text = "a negative value retains all historical revisions; a value >= 0 is recommended"
        yield f"spec.revisionHistoryLimit: {text}"


STATEFUL_SET = Policy(
    "statefulsets.apps",
    once=("spec.volumeClaimTemplates", "spec.serviceName"),
    name_check=names.is_dns1123_label,
    generation=True,
    scale=SCALE,
    defaults={
        "spec.replicas": 1,
        "spec.revisionHistoryLimit": 10,
        "spec.podManagementPolicy": "OrderedReady",
        "spec.persistentVolumeClaimRetentionPolicy": {},
        "spec.persistentVolumeClaimRetentionPolicy.whenDeleted": "Retain",
        "spec.persistentVolumeClaimRetentionPolicy.whenScaled": "Retain",
        "spec.updateStrategy": whole(_stateful_rolling),
        "spec.updateStrategy.rollingUpdate.partition": 0,
    },
    prepare_create=_create_stateful_set,
    prepare_update=_update_stateful_set,
    rules={
        "spec.podManagementPolicy": (required, _management),
        "spec.updateStrategy": _stateful_strategy,
        "spec.updateStrategy.rollingUpdate.partition": COUNT,
        "spec.updateStrategy.rollingUpdate.maxUnavailable": (count_or_percent, at_most_all),
        "spec.persistentVolumeClaimRetentionPolicy.whenDeleted": RETENTION,
        "spec.persistentVolumeClaimRetentionPolicy.whenScaled": RETENTION,
        "spec.volumeClaimTemplates": each({"spec": CLAIM_SPEC}),
        "spec.replicas": COUNT,
        "spec.minReadySeconds": COUNT,
        "spec.ordinals.start": COUNT,
        "spec.serviceName": dns_label,
        "spec.selector": (required, label_selector, not_empty("statefulset"), readable("")),
        "": selects_template,
        "spec": template_as(_stamped, "Always", owner="StatefulSet", twice=True),
    },
    update=(
        only(
            "replicas",
            "ordinals",
            "template",
            "updateStrategy",
            "revisionHistoryLimit",
            "persistentVolumeClaimRetentionPolicy",
            "minReadySeconds",
            text=STATEFUL_SET_CHANGES,
        ),
    ),
    status_rules=counts(
        "replicas",
        "readyReplicas",
        "currentReplicas",
        "updatedReplicas",
        "availableReplicas",
        "observedGeneration",
        "collisionCount",
    ),
    status_update=(
        counts_within(
            "replicas",
            ("readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"),
            also="status.readyReplicas",
        ),
        _collisions_only_grow,
    ),
    warns=(WARNS, _endless_history),
    cells=row(
        NAME,
        cell(lambda obj: f"{obj.status.ready_replicas or 0}/{obj.spec.replicas or 0}"),
        AGE,
        *TEMPLATE,
    ),
)


# Daemon sets


def _counted(daemon_set: Any, generation: int) -> Any:
    """The annotation that counts the changes of a DaemonSet's template."""
    annotations = FrozenMap({**daemon_set.metadata.annotations, TEMPLATE_GENERATION: str(generation)})
    return evolve(daemon_set, {"metadata.annotations": annotations})


def _uncounted(daemon_set: Any) -> Any:
    """The annotation as a client sends it: it is always there, and so a writer owns it."""
    if TEMPLATE_GENERATION in daemon_set.metadata.annotations:
        return daemon_set
    return _counted(daemon_set, 0)


def _create_daemon_set(daemon_set: Any, desk: Desk) -> Any:
    return _counted(daemon_set, 1)


def _update_daemon_set(new: Any, old: Any, subresource: str, desk: Desk) -> Any:
    before = old.metadata.annotations.get(TEMPLATE_GENERATION, "")
    count = int(before) if before.isdigit() else 0
    if subresource:
        return new if new.metadata.annotations.get(TEMPLATE_GENERATION) == before else _counted(new, count)
    return _counted(new, count + (new.spec.template != old.spec.template))


def _daemon_strategy(strategy: Any) -> Iterator[FieldError]:
    if strategy.type == "OnDelete":
        return
    if strategy.type != ROLLING:
        yield not_supported("", strategy, (ROLLING, "OnDelete"))
        return
    rolling = strategy.rolling_update
    if rolling is None:
        yield missing("rollingUpdate")
    elif _amount(rolling.max_unavailable) and _amount(rolling.max_surge):
        yield invalid_value(
            "rollingUpdate.maxSurge", rolling.max_surge, "may not be set when maxUnavailable is non-zero"
        )
    elif not _amount(rolling.max_unavailable) and not _amount(rolling.max_surge):
        yield missing("rollingUpdate.maxUnavailable", "cannot be 0 when maxSurge is 0")


PERCENT_OF_NODES = (count_or_percent, at_most_all)


def _daemon_rolling(strategy: Any) -> Any:
    """A rolling update replaces one pod at a time; of another strategy what is left out is nothing."""
    rolling = strategy.rolling_update
    if strategy.type == ROLLING and rolling is None:
        rolling = apps.RollingUpdateDaemonSet()
    if rolling is None or None not in (rolling.max_unavailable, rolling.max_surge):
        return strategy
    missing = {"max_unavailable": 1 if strategy.type == ROLLING else 0, "max_surge": 0}
    changes = {name: value for name, value in missing.items() if getattr(rolling, name) is None}
    return evolve(strategy, rolling_update=evolve(rolling, **changes))


DAEMON_SET = Policy(
    "daemonsets.apps",
    generation=True,
    defaults={
        "spec.revisionHistoryLimit": 10,
        "spec.updateStrategy.type": ROLLING,
        "spec.updateStrategy": whole(_daemon_rolling),
        "": whole(_uncounted),
    },
    unlisted=(TEMPLATE_GENERATION,),
    prepare_create=_create_daemon_set,
    prepare_update=_update_daemon_set,
    judged_last=True,
    rules={
        "spec.selector": (label_selector, not_empty("daemonset")),
        "": selects_template,
        "spec.template": template("Always", owner="DaemonSet"),
        "spec.minReadySeconds": COUNT,
        "spec.updateStrategy.rollingUpdate.maxUnavailable": PERCENT_OF_NODES,
        "spec.updateStrategy.rollingUpdate.maxSurge": PERCENT_OF_NODES,
        "spec.updateStrategy": _daemon_strategy,
        "spec.revisionHistoryLimit": COUNT,
    },
    status_rules=counts(
        "currentNumberScheduled",
        "numberMisscheduled",
        "desiredNumberScheduled",
        "numberReady",
        "observedGeneration",
        "updatedNumberScheduled",
        "numberAvailable",
        "numberUnavailable",
        "collisionCount",
    ),
    status_update=(_collisions_only_grow,),
    warns=(WARNS,),
    cells=row(
        NAME,
        cell(lambda obj: obj.status.desired_number_scheduled),
        cell(lambda obj: obj.status.current_number_scheduled),
        cell(lambda obj: obj.status.number_ready),
        cell(lambda obj: obj.status.updated_number_scheduled or 0),
        cell(lambda obj: obj.status.number_available or 0),
        cell(lambda obj: labels_text(obj.spec.template.spec.node_selector)),
        AGE,
        *TEMPLATE,
        SELECTOR,
    ),
)


# Controller revisions


def _controller(obj: Any) -> str:
    owner = controller_of(obj)
    if owner is None:
        return NONE
    group = owner.api_version.partition("/")[0] if "/" in owner.api_version else ""
    kind = owner.kind.lower()
    return f"{kind}.{group}/{owner.name}" if group else f"{kind}/{owner.name}"


def _has_data(revision: Any) -> Iterator[FieldError]:
    if revision.data is None:
        yield missing("data", "data is mandatory")
    elif not isinstance(revision.data, Mapping):
        yield missing("data", "data must be a valid JSON object")


CONTROLLER_REVISION = Policy(
    "controllerrevisions.apps",
    metadata_checks=4,
    rules={"revision": COUNT},
    declared=False,
    create_rules=(_has_data,),
    update=immutable("data"),
    cells=row(NAME, cell(_controller), cell(lambda obj: obj.revision), AGE),
)

POLICIES = (DEPLOYMENT, REPLICA_SET, STATEFUL_SET, DAEMON_SET, CONTROLLER_REVISION)
