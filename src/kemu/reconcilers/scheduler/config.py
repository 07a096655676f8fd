"""`KubeSchedulerConfiguration`: profiles, plugins and their arguments, with the errors of a real kube-scheduler.

Read from a dict, YAML text or a path. What has no meaning inside one process (leader election, client connection,
parallelism) is accepted and ignored. Extenders are Python objects here and not configured, see `extenders.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...errors import UsageError
from ...values.durations import format_duration, parse_duration
from .framework import MAX_SCORE, POINTS, Framework, Handle, implements, passing

API_VERSION = "kubescheduler.config.k8s.io/v1"
DEFAULT_SCHEDULER = "default-scheduler"

DEFAULT_PLUGINS: tuple[tuple[str, int], ...] = (
    ("SchedulingGates", 0),
    ("PrioritySort", 0),
    ("NodeUnschedulable", 0),
    ("NodeName", 0),
    ("TaintToleration", 3),
    ("NodeAffinity", 2),
    ("NodePorts", 0),
    ("NodeResourcesFit", 1),
    ("VolumeRestrictions", 0),
    ("NodeVolumeLimits", 0),
    ("VolumeBinding", 0),
    ("VolumeZone", 0),
    ("PodTopologySpread", 2),
    ("InterPodAffinity", 2),
    ("DynamicResources", 2),
    ("DefaultPreemption", 0),
    ("NodeResourcesBalancedAllocation", 1),
    ("ImageLocality", 1),
    ("DefaultBinder", 0),
    ("NodeDeclaredFeatures", 0),
)
"""(name, weight) of the plugins of the default profile in their order; weight 0 means not given."""

_POINT_NAMES = {
    "preEnqueue": "pre_enqueue",
    "queueSort": "order",
    "preFilter": "pre_filter",
    "filter": "filter",
    "postFilter": "post_filter",
    "preScore": "pre_score",
    "score": "score",
    "reserve": "reserve",
    "permit": "permit",
    "preBind": "pre_bind",
    "bind": "bind",
    "postBind": "post_bind",
}
_INTERFACES = {name: name[0].upper() + name[1:] + "Plugin" for name in _POINT_NAMES}
_REMOVED = ("AzureDiskLimits", "CinderLimits", "EBSLimits", "GCEPDLimits")

Enabled = list[tuple[str, int]]
Registry = Mapping[str, Callable[[Mapping[str, Any], Handle], Any]]


def read(source: Mapping[str, Any] | str | Path | None) -> Mapping[str, Any]:
    """The configuration as a dict. Raises UsageError when it cannot be read or is of another kind."""
    if source is None:
        return {}
    if isinstance(source, Mapping):
        found: Any = source
    else:
        text = source
        if isinstance(source, Path) or ("\n" not in source and ":" not in source):
            path = Path(source)
            if not path.is_file():
                raise UsageError(f"scheduler_config: no such file: {path}")
            text = path.read_text(encoding="utf-8")
        import yaml

        try:
            found = yaml.safe_load(str(text))
        except yaml.YAMLError as problem:
            raise UsageError(f"scheduler_config is not YAML: {problem}") from problem
    if not isinstance(found, Mapping):
        raise UsageError("scheduler_config must be a KubeSchedulerConfiguration: a dict, YAML text or a path")
    version, kind = found.get("apiVersion", API_VERSION), found.get("kind", "KubeSchedulerConfiguration")
    if (version, kind) != (API_VERSION, "KubeSchedulerConfiguration"):
        raise UsageError(f'no kind "{kind}" is registered for version "{version}"')
    return found


class Profile:
    """One profile of the configuration with defaults filled in."""

    def __init__(self, data: Mapping[str, Any], name: str) -> None:
        self.name = name
        self.percentage: int | None = data.get("percentageOfNodesToScore")
        self.arguments: dict[str, Mapping[str, Any]] = {
            row["name"]: row.get("args") or {} for row in data.get("pluginConfig") or ()
        }
        plugins = data.get("plugins") or {}
        self.multi_point = _merge(list(DEFAULT_PLUGINS), plugins.get("multiPoint") or {})
        self.points: dict[str, Enabled] = {}
        self.disabled: dict[str, frozenset[str]] = {}
        for point in _POINT_NAMES:
            sets = plugins.get(point) or {}
            self.points[point] = _names(sets.get("enabled"))
            self.disabled[point] = frozenset(n for n, _ in _names(sets.get("disabled")))


def _names(rows: Sequence[Mapping[str, Any]] | None) -> Enabled:
    return [(row["name"], int(row.get("weight") or 0)) for row in rows or ()]


def _merge(defaults: Enabled, custom: Mapping[str, Any]) -> Enabled:
    """Defaults without what is disabled, re-configured ones in their old place, new ones at the end."""
    disabled = {name for name, _ in _names(custom.get("disabled"))}
    enabled = _names(custom.get("enabled"))
    again = dict(enabled)
    found: Enabled = []
    replaced: set[str] = set()
    if "*" not in disabled:
        for name, weight in defaults:
            if name in disabled:
                continue
            if name in again:
                replaced.add(name)
                weight = again[name]
            found.append((name, weight))
    found.extend((name, weight) for name, weight in enabled if name not in replaced)
    return found


class Configuration:
    """A checked configuration: `profiles`, `percentage`, backoff times in seconds."""

    def __init__(self, source: Mapping[str, Any] | str | Path | None = None) -> None:
        data = read(source)
        self.percentage: int = data.get("percentageOfNodesToScore") or 0
        self.initial_backoff = float(data.get("podInitialBackoffSeconds", 1))
        self.max_backoff = float(data.get("podMaxBackoffSeconds", 10))
        if data.get("extenders"):
            raise UsageError("extenders are Python objects here: see cluster.scheduler.add_extender")
        rows = list(data.get("profiles") or ({},))
        problems = _check(data, rows)
        if problems:
            raise UsageError("; ".join(problems) if len(problems) == 1 else "[" + ", ".join(problems) + "]")
        self.profiles = [
            Profile(row, row.get("schedulerName") or (DEFAULT_SCHEDULER if len(rows) == 1 else "")) for row in rows
        ]


def _check(data: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Everything that kube-scheduler would refuse, in its words."""
    problems: list[str] = []
    parallelism = data.get("parallelism", 16)
    if not isinstance(parallelism, int) or parallelism <= 0:
        problems.append(_invalid("parallelism", parallelism, "should be an integer value greater than zero"))
    seen: dict[str, int] = {}
    for index, row in enumerate(rows):
        path = f"profiles[{index}]"
        name = row.get("schedulerName") or (DEFAULT_SCHEDULER if len(rows) == 1 else "")
        if not name:
            problems.append(f"{path}.schedulerName: Required value")
        problems += _percentage(f"{path}.percentageOfNodesToScore", row.get("percentageOfNodesToScore"))
        problems += _check_plugin_config(path, row)
        if name in seen:
            problems.append(f'{path}.schedulerName: Duplicate value: "profiles[{seen[name]}].schedulerName"')
        seen.setdefault(name, index)
    first = ((rows[0].get("plugins") or {}).get("queueSort")) or {}
    for index, row in enumerate(rows[1:], 1):
        other = ((row.get("plugins") or {}).get("queueSort")) or {}
        if other != first:
            problems.append(f"profiles[{index}].plugins.queueSort: Invalid value: must be the same for all profiles")
    problems += _percentage("percentageOfNodesToScore", data.get("percentageOfNodesToScore"))
    initial, longest = data.get("podInitialBackoffSeconds", 1), data.get("podMaxBackoffSeconds", 10)
    if initial <= 0:
        problems.append(_invalid("podInitialBackoffSeconds", initial, "must be greater than 0"))
    if longest < initial:
        text = "must be greater than or equal to PodInitialBackoffSeconds"
        problems.append(_invalid("podMaxBackoffSeconds", longest, text))
    return problems


def _invalid(path: str, value: Any, text: str) -> str:
    shown = f'"{value}"' if isinstance(value, str) else value
    return f"{path}: Invalid value: {shown}: {text}"


def _percentage(path: str, value: Any) -> list[str]:
    if value is not None and not 0 <= value <= 100:
        return [_invalid(path, value, "not in valid range [0-100]")]
    return []


def _check_plugin_config(path: str, row: Mapping[str, Any]) -> list[str]:
    problems: list[str] = []
    plugins = row.get("plugins") or {}
    for point in _POINT_NAMES:
        for index, (name, _) in enumerate(_names((plugins.get(point) or {}).get("enabled"))):
            if name in _REMOVED:
                text = f'was invalid in version "{API_VERSION}" (KubeSchedulerConfiguration is version "{API_VERSION}")'
                problems.append(_invalid(f"{path}.plugins.{point}.enabled[{index}]", name, text))
    seen: set[str] = set()
    for index, config in enumerate(row.get("pluginConfig") or ()):
        here, name = f"{path}.pluginConfig[{index}]", config.get("name", "")
        if name in seen:
            problems.append(f'{here}: Duplicate value: "{name}"')
        seen.add(name)
        check = _ARGUMENT_CHECKS.get(name)
        if check is not None:
            problems += check(f"{here}.args", config.get("args") or {})
    return problems


def _check_preemption(path: str, args: Mapping[str, Any]) -> list[str]:
    percentage, absolute = args.get("minCandidateNodesPercentage", 10), args.get("minCandidateNodesAbsolute", 100)
    problems = []
    if not 0 <= percentage <= 100:
        problems.append(_invalid(f"{path}.minCandidateNodesPercentage", percentage, "not in valid range [0, 100]"))
    if absolute < 0:
        problems.append(_invalid(f"{path}.minCandidateNodesAbsolute", absolute, "not in valid range [0, inf)"))
    if percentage == 0 and absolute == 0:
        zero = "cannot be zero at the same time as "
        problems.append(_invalid(f"{path}.minCandidateNodesPercentage", 0, zero + "minCandidateNodesAbsolute"))
        problems.append(_invalid(f"{path}.minCandidateNodesAbsolute", 0, zero + "minCandidateNodesPercentage"))
    return problems


def _check_affinity(path: str, args: Mapping[str, Any]) -> list[str]:
    weight = args.get("hardPodAffinityWeight", 1)
    if 0 <= weight <= 100:
        return []
    return [_invalid(f"{path}.hardPodAffinityWeight", weight, "not in valid range [0, 100]")]


def _check_spread(path: str, args: Mapping[str, Any]) -> list[str]:
    problems: list[str] = []
    kind, constraints = args.get("defaultingType", "System"), args.get("defaultConstraints") or ()
    if kind not in ("System", "List"):
        problems.append(f'{path}.defaultingType: Unsupported value: "{kind}": supported values: "System", "List"')
    elif kind == "System" and constraints:
        problems.append(_invalid(f"{path}.defaultingType", kind, "when .defaultConstraints are not empty"))
    for index, constraint in enumerate(constraints):
        here = f"{path}.defaultConstraints[{index}]"
        if constraint.get("maxSkew", 0) <= 0:
            problems.append(_invalid(f"{here}.maxSkew", constraint.get("maxSkew", 0), "not in valid range (0, inf)"))
        if not constraint.get("topologyKey"):
            problems.append(f"{here}.topologyKey: Required value: can not be empty")
        action = constraint.get("whenUnsatisfiable")
        if not action:
            problems.append(f"{here}.whenUnsatisfiable: Required value: can not be empty")
        elif action not in ("DoNotSchedule", "ScheduleAnyway"):
            supported = 'supported values: "DoNotSchedule", "ScheduleAnyway"'
            problems.append(f'{here}.whenUnsatisfiable: Unsupported value: "{action}": {supported}')
        if constraint.get("labelSelector") is not None:
            text = "constraint must not define a selector, as they deduced for each pod"
            problems.append(f"{here}.labelSelector: Forbidden: {text}")
        same = (constraint.get("topologyKey"), action)
        if any((c.get("topologyKey"), c.get("whenUnsatisfiable")) == same for c in constraints[:index]):
            problems.append(f'{here}: Duplicate value: "{{{same[0]}, {same[1]}}}"')
    return problems


def _check_fit(path: str, args: Mapping[str, Any]) -> list[str]:
    problems: list[str] = []
    for index, group in enumerate(args.get("ignoredResourceGroups") or ()):
        if "/" in group:
            text = "resource group name can't contain '/'"
            problems.append(_invalid(f"{path}.ignoredResourceGroups[{index}]", group, text))
    strategy = args.get("scoringStrategy") or {}
    here, kind = f"{path}.scoringStrategy", strategy.get("type", "LeastAllocated")
    if kind not in ("LeastAllocated", "MostAllocated", "RequestedToCapacityRatio"):
        supported = 'supported values: "LeastAllocated", "MostAllocated", "RequestedToCapacityRatio"'
        problems.append(f'{here}.type: Unsupported value: "{kind}": {supported}')
    for index, resource in enumerate(strategy.get("resources") or ()):
        weight = resource.get("weight") or 1
        if not 0 < weight <= 100:
            text = f"resource weight of {resource['name']} not in valid range (0, 100]"
            problems.append(_invalid(f"{here}.resources[{index}].weight", weight, text))
    ratio = strategy.get("requestedToCapacityRatio")
    if kind == "RequestedToCapacityRatio":
        if ratio is None:
            text = "must be specified when type is RequestedToCapacityRatio"
            problems.append(f"{here}.requestedToCapacityRatio: Required value: {text}")
        else:
            problems += _check_shape(f"{here}.requestedToCapacityRatio.shape", ratio.get("shape") or ())
    elif ratio is not None:
        text = "must be nil when type is not RequestedToCapacityRatio"
        problems.append(f"{here}.requestedToCapacityRatio: Forbidden: {text}")
    return problems


def _check_shape(path: str, shape: Sequence[Mapping[str, int]]) -> list[str]:
    if not shape:
        return [f"{path}: Required value: at least one point must be specified"]
    problems: list[str] = []
    points = [(p.get("utilization") or 0, p.get("score") or 0) for p in shape]
    for index in range(1, len(points)):
        if points[index - 1][0] >= points[index][0]:
            text = "values must be sorted in increasing order"
            problems.append(_invalid(f"{path}[{index}].utilization", points[index][0], text))
            break
    for index, (utilization, score) in enumerate(points):
        if not 0 <= utilization <= MAX_SCORE:
            problems.append(_invalid(f"{path}[{index}].utilization", utilization, "not in valid range [0, 100]"))
        if not 0 <= score <= 10:
            problems.append(_invalid(f"{path}[{index}].score", score, "not in valid range [0, 10]"))
    return problems


def _check_balanced(path: str, args: Mapping[str, Any]) -> list[str]:
    problems: list[str] = []
    seen: set[str] = set()
    for index, resource in enumerate(args.get("resources") or ()):
        if resource["name"] in seen:
            problems.append(f'{path}.resources[{index}].name: Duplicate value: "{resource["name"]}"')
        seen.add(resource["name"])
        weight = resource.get("weight") or 1
        if weight != 1:
            problems.append(_invalid(f"{path}.resources[{index}].weight", weight, "must be 1"))
    return problems


def _check_volume_binding(path: str, args: Mapping[str, Any]) -> list[str]:
    seconds = args.get("bindTimeoutSeconds", 600)
    if seconds < 0:
        text = "invalid BindTimeoutSeconds, should not be a negative value"
        return [_invalid(f"{path}.bindTimeoutSeconds", seconds, text)]
    if args.get("shape"):
        text = "unexpected field `shape`, remove it or turn on the feature gate StorageCapacityScoring"
        return [_invalid(f"{path}.shape", args["shape"], text)]
    return []


def _check_dynamic_resources(path: str, args: Mapping[str, Any]) -> list[str]:
    wanted = args.get("bindingTimeout")
    if wanted is None:
        return []
    try:
        seconds = parse_duration(wanted)
    except ValueError as problem:
        raise UsageError(f'decoding args for plugin "DynamicResources": {problem}') from None
    if seconds < 1:
        return [_invalid(f"{path}.bindingTimeout", format_duration(seconds), "must be at least 1 second")]
    return []


_ARGUMENT_CHECKS: Mapping[str, Callable[[str, Mapping[str, Any]], list[str]]] = {
    "DefaultPreemption": _check_preemption,
    "InterPodAffinity": _check_affinity,
    "PodTopologySpread": _check_spread,
    "NodeResourcesFit": _check_fit,
    "NodeResourcesBalancedAllocation": _check_balanced,
    "VolumeBinding": _check_volume_binding,
    "DynamicResources": _check_dynamic_resources,
}


def build(profile: Profile, registry: Registry) -> Framework:
    """Make the plugins of a profile and put them at their extension points. Raises UsageError as upstream would."""
    handle = Handle(profile.name)
    plugins: dict[str, Any] = {}
    needed = dict.fromkeys([*(n for n, _ in profile.multi_point), *(n for e in profile.points.values() for n, _ in e)])
    for name in needed:
        if name in registry:
            plugins[name] = registry[name](profile.arguments.get(name, {}), handle)
    points = {_POINT_NAMES[point]: _at(point, profile, plugins) for point in _POINT_NAMES}
    if len(points["order"]) != 1:
        raise UsageError(
            "only one queue sort plugin required for profile with scheduler name "
            f'"{profile.name}", but got {len(points["order"])}'
        )
    if not points["bind"]:
        raise UsageError(f'at least one bind plugin is needed for profile with scheduler name "{profile.name}"')
    weights: dict[str, int] = {}
    for name, weight in (*profile.points["score"], *profile.multi_point):
        weights.setdefault(name, weight or 1)
    deciding = passing(plugins.values())
    return Framework(profile.name, points, weights, handle, percentage=profile.percentage, deciding=deciding)


def _at(point: str, profile: Profile, plugins: Mapping[str, Any]) -> list[Any]:
    """The plugins of one extension point: re-configured MultiPoint ones first, then MultiPoint, then the rest."""
    interface, method = _INTERFACES[point], _POINT_NAMES[point]
    assert method in POINTS
    explicit: list[str] = []
    for name, _ in profile.points[point]:
        if name not in plugins:
            raise UsageError(f'{interface} "{name}" does not exist')
        if not implements(plugins[name], method):
            raise UsageError(f'plugin "{name}" does not extend {interface} plugin')
        if name in explicit:
            raise UsageError(f'plugin "{name}" already registered as "{interface}"')
        explicit.append(name)
    disabled = profile.disabled[point]
    if "*" in disabled:
        return [plugins[name] for name in explicit]
    overriding: list[str] = []
    from_multi: list[str] = []
    for name, _ in profile.multi_point:
        if name not in plugins:
            raise UsageError(f'{interface} "{name}" does not exist')
        if not implements(plugins[name], method) or name in disabled:
            continue
        (overriding if name in explicit else from_multi).append(name)
    first = [name for name in explicit if name in overriding]
    last = [name for name in explicit if name not in overriding]
    return [plugins[name] for name in (*first, *from_multi, *last)]
