"""Subresources that are not just a part of the object: scale, binding, eviction, and what leads to a node.

Each has an object of its own (a Scale, a Binding, an Eviction), which is what admission sees. What the server then does
to the object behind it is the server's own doing: it is neither admitted nor authorised again.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import attrs

from .. import errors
from ..objects import autoscaling_v1, budgets, core, evolve, meta, policy, replaced
from ..objects.conditions import find_condition, with_condition
from ..objects.custom import CustomObject
from ..objects.pods import is_active, is_ready
from ..objects.scheme import Kind
from ..values.frozen import FrozenMap
from ..values.memo import joined
from ..values.selectors import selector_of
from ..values.times import Time
from . import failures, patching, sequence
from .cells import AGE, NAME, cell
from .cells import row as shows
from .deletion import checked_delete_options
from .policy import Policy, Scale
from .request import WRITE, Answer, Patch, Request
from .resources import Resource, row
from .rows import reader
from .schema_check import mistakes

if TYPE_CHECKING:
    from .server import ApiServer

SCALE = row(
    Kind(
        group="autoscaling",
        version="v1",
        kind="Scale",
        plural="scales",
        singular="scale",
        short_names=(),
        categories=(),
        namespaced=True,
        verbs=(),
        subresources=FrozenMap(),
    ),
    policy=Policy(
        "scales.autoscaling",
        cells=shows(
            NAME, cell(lambda scale: scale.spec.replicas or 0), cell(lambda scale: scale.status.replicas or 0), AGE
        ),
    ),
)
"""The row of what the scale subresource reads and writes; it is served under no path of its own."""

Handler = Callable[["ApiServer", Request], Answer]

ANY = ("", "")
"""What stands for the label of a selector that asks for none by key and value."""

VIOLATION = "Cannot evict pod as it would violate the pod's disruption budget."


def _stored(server: ApiServer, resource: Resource, namespace: str | None, name: str) -> Any:
    """The pair of the store behind an object. Raises NotFound."""
    found = server.store.get(resource.path(namespace, name))
    if found is None:
        raise failures.not_found(resource.kind, name)
    return found


def _live(server: ApiServer, resource: Resource, request: Request) -> Request:
    """The request with the stored object behind it as `old`. Raises NotFound."""
    found = _stored(server, resource, request.namespace, request.name)
    shown = server.shown(resource, found)
    return attrs.evolve(request, old=shown, stored=found.value, shown=shown, revision=found.mod_revision)


# Scale


def scale_of(resource: Resource, obj: Any) -> Any:
    """The Scale of a workload: what autoscalers and `kubectl scale` see."""
    scale = _scale(resource)
    wanted, present, selector = (_at(obj, path) for path in (scale.spec, scale.status, scale.selector))
    metadata = obj.metadata
    return autoscaling_v1.Scale(
        metadata=meta.ObjectMeta(
            name=metadata.name,
            namespace=metadata.namespace,
            uid=metadata.uid,
            resource_version=metadata.resource_version,
            creation_timestamp=metadata.creation_timestamp,
        ),
        spec={"replicas": wanted or 0},
        status={"replicas": present or 0, "selector": _selector_text(selector)},
    )


def _at(obj: Any, path: str) -> Any:
    """What stands at a path of an object, or None. What a custom object holds there is what its definition says."""
    if not isinstance(obj, CustomObject):
        return reader(type(obj), path)[0](obj)
    found: Any = obj.body if path else None
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _selector_text(selector: Any) -> str:
    """A selector as a Scale shows it. Custom kinds keep the text itself."""
    if selector is None or isinstance(selector, str):
        return selector or ""
    if isinstance(selector, Mapping):
        return ",".join(f"{key}={value}" for key, value in sorted(selector.items()))
    return str(selector_of(selector))


def _scale(resource: Resource) -> Scale:
    scale = resource.policy.scale
    if scale is None:
        raise errors.NotFound("the server could not find the requested resource", details={})
    return scale


def get_scale(server: ApiServer, request: Request) -> Answer:
    """The Scale of a workload. Raises NotFound, and a 500 for a custom object that does not say its replicas."""
    resource = request.resource
    obj = _live(server, resource, request).old
    if resource.kind.extension and _at(obj, _scale(resource).spec) is None:
        where = failures.shown(f".{_scale(resource).spec}")
        raise failures.internal_error(f"the spec replicas field {where} does not exist")
    return Answer(scale_of(resource, obj))


def rescale(server: ApiServer, request: Request) -> Answer:
    """Write a Scale, or a patch of it, back: only `spec.replicas` changes. Answers with the new Scale."""
    inner = _live(server, request.resource, request)
    live = scale_of(request.resource, inner.old)
    scale = request.obj
    if request.patch is not None and request.applies:
        config = applied_scale(request.resource, request.name, request.patch.document)
        inner = attrs.evolve(inner, patch=Patch(request.patch.form, config, request.patch.validation))
        return Answer(scale_of(request.resource, server.put(sequence.run(sequence.APPLY, inner, server.desk))))
    if request.patch is not None:
        owned = evolve(live, {"metadata.managed_fields": _owners(request.resource, inner.old)})
        scale = patching.patched(SCALE, request.patch, owned, request.warn)
    wanted = scale.spec.replicas or 0
    if wanted < 0 and not request.resource.kind.extension:
        problem = failures.invalid_value("spec.replicas", wanted, "must be greater than or equal to 0")
        raise failures.invalid(SCALE.kind, request.name, [problem])
    outer = attrs.evolve(request, obj=scale, old=live)
    outer = sequence.run((sequence.mutated, sequence.admitted), outer, server.desk)
    scale, workload = outer.obj, inner.old
    changes = {
        _scale(request.resource).spec: wanted,
        "metadata.resource_version": scale.metadata.resource_version or workload.metadata.resource_version,
        "metadata.uid": scale.metadata.uid or workload.metadata.uid,
    }
    changed = evolve(workload, changes)
    inner = attrs.evolve(inner, verb="update", obj=changed, patch=None)
    return Answer(scale_of(request.resource, server.put(sequence.run(sequence.PART, inner, server.desk))))


def _owners(resource: Resource, obj: Any) -> tuple[Any, ...]:
    """The managedFields of a Scale: those who own the replicas of the workload."""
    owners = []
    for entry in obj.metadata.managed_fields:
        owned: Any = entry.fields_v1
        for name in _scale(resource).spec.split("."):
            owned = owned.get(f"f:{name}") if isinstance(owned, Mapping) else None
        if owned is not None:
            fields: Any = FrozenMap({"f:spec": FrozenMap({"f:replicas": FrozenMap()})})
            owners.append(evolve(entry, api_version=SCALE.kind.api_version, time=None, fields_v1=fields))
    return tuple(owners)


def applied_scale(resource: Resource, name: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """An applied Scale as what it says of the workload: the replicas.

    Raises a 500 for what is no Scale.
    """
    kind = SCALE.kind
    problems = [f"{path}: {text}" for path, text in mistakes(config, SCALE.shape)]
    if problems:
        shown = problems[0] if len(problems) == 1 else "errors:" + "".join(f"\n  {each}" for each in problems)
        what = f"(/{name}; {kind.group}/{kind.version}, Kind={kind.kind})"
        raise failures.unexplained(f"failed to create typed patch object {what}: {shown}")
    workload = resource.kind
    wanted = (config.get("spec") or {}).get("replicas")
    return {
        "apiVersion": workload.api_version,
        "kind": workload.kind,
        "metadata": {key: value for key, value in (config.get("metadata") or {}).items() if key in ("name", "uid")},
        **({} if wanted is None else _nested(_scale(resource).spec, wanted)),
    }


def _nested(path: str, value: Any) -> dict[str, Any]:
    """`{"spec": {"replicas": value}}` for `spec.replicas`."""
    name, dot, rest = path.partition(".")
    return {name: _nested(rest, value) if dot else value}


# Binding


def bind(server: ApiServer, request: Request) -> Answer:
    """Assign a Pod to the node that a Binding names, for good, whatever node it was nominated for.

    Raises Conflict if it has a node already, is being deleted, or has scheduling gates.
    """
    pods = server.resources.of(core.Pod)
    _check_target(request.obj.target)
    if not request.subresource:  # of what is posted to a collection, the server's own fields are dropped
        request = request.with_obj(evolve(request.obj, {"metadata.uid": None}))
    request = sequence.run((sequence.mutated, sequence.admitted), request, server.desk)
    binding: Any = request.obj
    name = request.name or binding.metadata.name
    found = _stored(server, pods, request.namespace, name)
    live = server.shown(pods, found)
    inner = Request(
        "update",
        pods,
        request.namespace,
        name,
        _bound(server, live, binding, request.options.dry_run),
        "binding",
        request.options,
        request.user,
        request.actor,
        request.manager,
        warn=request.warn,
        old=live,
        shown=live,
        stored=found.value,
        revision=found.mod_revision,
        written=request.written,
    )
    done = sequence.run(sequence.OWN, inner, server.desk)
    return Answer(server.put(done), created=True)


def _check_target(target: Any) -> None:
    """Refuse a binding to something that is no node."""
    problems = []
    if target.kind not in (None, "", "Node"):
        problems.append(failures.not_supported("target.kind", target.kind, ("Node", "<empty>")))
    if not target.name:
        problems.append(failures.required("target.name"))
    if problems:
        texts = ", ".join(map(str, problems))
        raise failures.unexplained(f"[{texts}]" if len(problems) > 1 else texts)


def _bound(server: ApiServer, pod: Any, binding: Any, dry_run: bool) -> Any:
    """A pod as the binding leaves it."""
    metadata, uid = pod.metadata, binding.metadata.uid
    name = metadata.name

    def refused(why: str) -> errors.Conflict:
        text = f'Operation cannot be fulfilled on pods/binding "{name}": {why}'
        return errors.Conflict(text, details={"name": name, "kind": "pods/binding"})

    if uid and uid != metadata.uid:
        raise sequence.another(server.resources.of(core.Pod), metadata, uid, dry_run=dry_run)
    if metadata.deletion_timestamp is not None:
        raise refused(f"pod {name} is being deleted, cannot be assigned to a host")
    if pod.spec.node_name:
        raise refused(f'pod {name} is already assigned to node "{pod.spec.node_name}"')
    if pod.spec.scheduling_gates:
        raise refused(f"pod {name} has non-empty .spec.schedulingGates")
    given = binding.metadata
    if given.annotations:
        metadata = replaced(metadata, annotations=joined(metadata.annotations, given.annotations))
    if given.labels:
        metadata = replaced(metadata, labels=joined(metadata.labels, given.labels))
    conditions = with_condition(pod.status.conditions, _scheduled(server.stamp()), last=True)
    return replaced(
        pod,
        metadata=metadata,
        spec=replaced(pod.spec, node_name=binding.target.name),
        status=replaced(pod.status, conditions=conditions, nominated_node_name=None),
    )


@lru_cache(maxsize=16)
def _scheduled(moment: Time) -> core.PodCondition:
    """The condition of the pods that are bound at a moment."""
    return core.PodCondition(type="PodScheduled", status="True", last_transition_time=moment)


# Eviction


def evict(server: ApiServer, request: Request) -> Answer:
    """Delete a Pod if its disruption budget allows. Raises TooManyRequests if not."""
    pods = server.resources.of(core.Pod)
    request = sequence.run((sequence.mutated, sequence.admitted), request, server.desk)
    options = checked_delete_options(request.obj.delete_options)
    options = attrs.evolve(options, dry_run=options.dry_run or request.options.dry_run)
    inner = _live(server, pods, attrs.evolve(request, resource=pods, subresource="", obj=None, options=options))
    pod = inner.old
    if is_active(pod) and pod.status.phase != "Pending":
        _spend_budget(server, request, pod, dry_run=options.dry_run)
    if pod.metadata.deletion_timestamp is None and not options.dry_run:
        sequence.deletable(inner, server.desk)
        mark = attrs.evolve(inner, verb="update", subresource="status", obj=_disrupted(server, pod), options=WRITE)
        marked = server.put(sequence.run(sequence.OWN, mark, server.desk))
        if options.resource_version:
            options = attrs.evolve(options, resource_version=marked.metadata.resource_version)
    return server.delete(attrs.evolve(inner, verb="delete", options=options))


def _disrupted(server: ApiServer, pod: Any) -> Any:
    condition = core.PodCondition(
        type="DisruptionTarget",
        status="True",
        reason="EvictionByEvictionAPI",
        message="Eviction API: evicting",
        last_transition_time=server.desk.stamp(),
    )
    return evolve(pod, {"status.conditions": with_condition(pod.status.conditions, condition, last=True)})


def _spend_budget(server: ApiServer, request: Request, pod: Any, *, dry_run: bool) -> None:
    budgets_row = server.resources.of(policy.PodDisruptionBudget)
    asking = server.desk.holders(budgets_row, _asked)
    namespace, labels = request.namespace, pod.metadata.labels
    candidates = [each for pair in (*labels.items(), ANY) for each in asking.under((namespace, *pair))]
    matching = [each for each in candidates if selector_of(each.spec.selector).matches(labels)]
    if len(matching) > 1:
        raise failures.unexplained(
            "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
        )
    if not matching:
        return
    budget = matching[0]
    if not is_ready(pod) and _spares(budget):
        return
    status = _spent(budget, pod, server.desk.stamp())
    inner = attrs.evolve(request, verb="update", resource=budgets_row, name=budget.metadata.name, subresource="status")
    inner = attrs.evolve(_live(server, budgets_row, inner), obj=evolve(budget, status=status))
    if not dry_run:
        server.put(sequence.run(sequence.OWN, inner, server.desk))


def _spares(budget: Any) -> bool:
    """Whether a pod that is not ready may go without being counted: it does not count as healthy either."""
    status = budget.status
    if budget.spec.unhealthy_pod_eviction_policy == "AlwaysAllow":
        return True
    return bool(status.current_healthy >= status.desired_healthy > 0)


MOST_DISRUPTED = 2000
"""How many evicted pods a budget knows of at most whose deletion nobody has seen yet."""


def _spent(budget: Any, pod: Any, stamp: Any) -> Any:
    """The status of a budget after one of its pods is evicted. Raises TooManyRequests, Forbidden if it allows none."""
    name, status = budget.metadata.name, budget.status
    if (status.observed_generation or 0) < budget.metadata.generation:
        why = f"The disruption budget {name} is still being processed by the server."
        raise _violated(why, retryAfterSeconds=10)
    if status.disruptions_allowed < 0:
        raise _forbidden(name, "pdb disruptions allowed is negative")
    if len(status.disrupted_pods) > MOST_DISRUPTED:
        raise _forbidden(name, "DisruptedPods map too big - too many evictions not confirmed by PDB controller")
    if status.disruptions_allowed == 0:
        raise _violated(_why_none(budget))
    disrupted = FrozenMap({**status.disrupted_pods, pod.metadata.name: stamp})
    status = evolve(status, disruptions_allowed=status.disruptions_allowed - 1, disrupted_pods=disrupted)
    return status if status.disruptions_allowed else budgets.with_allowed(status, stamp)


def _forbidden(name: str, why: str) -> errors.Forbidden:
    details = {"name": name, "group": "policy", "kind": "poddisruptionbudget"}
    return errors.Forbidden(f'poddisruptionbudget.policy "{name}" is forbidden: {why}', details=details)


def _why_none(budget: Any) -> str:
    """Why a budget allows no disruption."""
    name, status = budget.metadata.name, budget.status
    said = find_condition(status.conditions, budgets.ALLOWED)
    reason, message = (said.reason, said.message) if said is not None and said.status == "False" else ("", "")
    none = f"The disruption budget {name} does not allow evicting pods currently"
    if message and reason == budgets.SYNC_FAILED:
        return f"{none} because it failed sync: {message}"
    if status.current_healthy <= status.desired_healthy:
        needs = f"needs {status.desired_healthy} healthy pods and has {status.current_healthy} currently"
        return f"The disruption budget {name} {needs}"
    return f"{none} ({reason}): {message}" if message else none


def _asked(budget: Any) -> Iterator[Hashable]:
    """The first label that a disruption budget asks for, in its namespace: no other pods are meant."""
    if budget.spec.selector is not None:
        pairs = selector_of(budget.spec.selector).pairs()
        yield (budget.metadata.namespace, *(pairs[0] if pairs else ANY))


def _violated(why: str, **details: Any) -> errors.TooManyRequests:
    causes = [{"reason": "DisruptionBudget", "message": why}]
    return errors.TooManyRequests(VIOLATION, details={**details, "causes": causes})


# What leads to a node


def connected(server: ApiServer, request: Request) -> Answer:
    """What the kubelet behind a pod answers: a source of its logs, or how to begin to talk to a container."""
    handler = server.connect.get((request.resource.key, request.subresource))
    if handler is None:
        raise failures.method_not_allowed(None, request.verb)
    if request.operation == "CONNECT" and server.desk.guarded:
        wanted = CustomObject(connection_of(request.options), metadata=meta.ObjectMeta())
        seen = attrs.evolve(request, obj=wanted, options=WRITE)
        sequence.run((sequence.mutated, sequence.admitted), seen, server.desk)
    if request.subresource != "proxy":  # whose name says more than that of the object
        request = _live(server, request.resource, request)
    return Answer(handler(request))


def connection_of(options: Any) -> dict[str, Any]:
    """What admission sees of a connection: how somebody wants to talk, without what is nothing."""
    said = {name: list(value) if isinstance(value, tuple) else value for name, value in attrs.asdict(options).items()}
    return {name: value for name, value in said.items() if value}


HANDLERS: dict[tuple[str, str], Handler] = {
    ("scale", "get"): get_scale,
    ("scale", "update"): rescale,
    ("scale", "patch"): rescale,
    ("binding", "create"): bind,
    ("eviction", "create"): evict,
    ("log", "get"): connected,
    ("exec", "create"): connected,
    ("attach", "create"): connected,
    ("portforward", "create"): connected,
    **{("proxy", verb): connected for verb in ("get", "create", "update", "patch", "delete")},
}
"""What answers at a subresource, by its name and the verb."""

COMMANDS: dict[tuple[str, str], Handler] = {("bindings", "create"): bind}
"""What is done with objects that are posted and not kept, by resource and verb."""
