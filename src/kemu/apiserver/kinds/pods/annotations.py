"""What annotations of a pod mean to the server: costs, tolerations, and profiles from before there were fields."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ....objects import codec, core, evolve
from ....objects.text import DecodeError
from ....wellknown import MIRROR
from ...failures import FieldError, forbidden_field, invalid_value
from ...rows import below
from ...rules import relative_path
from .placement import tolerates
from .security import containers_of

"""Whose pod is only the image of one that a kubelet was given as a file."""

DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
TOLERATIONS = "scheduler.alpha.kubernetes.io/tolerations"
SECCOMP = "seccomp.security.alpha.kubernetes.io/pod"
SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/"
APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/"
SECCOMP_NAMES = {"RuntimeDefault": ("runtime/default", "docker/default"), "Unconfined": ("unconfined",)}
APP_ARMOR_TYPES: Mapping[str, core.security.AppArmorProfileType] = {
    "runtime/default": "RuntimeDefault",
    "unconfined": "Unconfined",
}
PROFILE_MAX = 4095
APP_ARMOR_NAMES = {"RuntimeDefault": ("runtime/default",), "Unconfined": ("unconfined",)}
LOCALHOST = "localhost/"


def read_by_server(annotations: Mapping[str, str]) -> bool:
    """Whether any of them means something to the server. All that do are in Kubernetes' own domains."""
    return any("kubernetes.io/" in key for key in annotations)


def annotations_of(annotations: Mapping[str, str], spec: Any) -> Iterator[FieldError]:
    """What is wrong with the annotations of a pod or template that the server reads."""
    if MIRROR in annotations and not spec.node_name:
        text = "must set spec.nodeName if mirror pod annotation is set"
        yield invalid_value(f"[{MIRROR}]", annotations[MIRROR], text)
    if annotations.get(TOLERATIONS):
        yield from _tolerations(annotations[TOLERATIONS])
    cost = annotations.get(DELETION_COST)
    if cost is not None and not _is_cost(cost):
        yield invalid_value(f"[{DELETION_COST}]", cost, "must be a 32bit integer")
    for key in sorted(annotations, key=lambda key: (key != SECCOMP, key)):
        if key == SECCOMP or key.startswith(SECCOMP_CONTAINER):
            yield from below(key, _seccomp(annotations[key]))
    for key in sorted(annotations):
        if key.startswith(APP_ARMOR):
            name, profile = key.removeprefix(APP_ARMOR), annotations[key]
            if not any(container.name == name for _, container in containers_of(spec)):
                yield invalid_value(f"[{key}]", name, "container not found")
            if profile and profile not in ("runtime/default", "unconfined") and not profile.startswith(LOCALHOST):
                yield invalid_value(f"[{key}]", profile, f"invalid AppArmor profile name: {json.dumps(profile)}")


def profile_of(annotation: str) -> Any | None:
    """The AppArmor profile that an annotation of a container means; None if it means none that there can be."""
    if annotation in APP_ARMOR_TYPES:
        return core.AppArmorProfile(type=APP_ARMOR_TYPES[annotation])
    name = annotation.removeprefix(LOCALHOST)
    if name == annotation or not name.strip() or len(name) > PROFILE_MAX:
        return None
    return core.AppArmorProfile(type="Localhost", localhost_profile=name)


def deprecated_profiles(annotations: Mapping[str, str], spec: Any) -> list[str]:
    """The annotations that stand for AppArmor profiles of containers which no field gives."""
    context = spec.security_context
    of_pod = context.app_armor_profile if context is not None else None
    found = []
    for _, container in containers_of(spec):
        key, own = f"{APP_ARMOR}{container.name}", container.security_context
        if key in annotations and (own is None or own.app_armor_profile is None):
            profile = profile_of(annotations[key])
            if profile is None or profile != of_pod:
                found.append(key)
    return found


def with_profiles(pod: Any) -> Any:
    """The spec of a new pod with the AppArmor profiles that its annotations mean, where no field gives them."""
    annotations, spec = pod.metadata.annotations, pod.spec
    if not annotations:
        return spec
    if not any(key.startswith(APP_ARMOR) for key in annotations) or (spec.os is not None and spec.os.name == "windows"):
        return spec
    deprecated = deprecated_profiles(annotations, spec)

    def completed(container: Any) -> Any:
        key = f"{APP_ARMOR}{container.name}"
        profile = profile_of(annotations[key]) if key in deprecated else None
        if profile is None:
            return container
        context = container.security_context or core.SecurityContext()
        return evolve(container, security_context=evolve(context, app_armor_profile=profile))

    lists = ("init_containers", "containers", "ephemeral_containers")
    return evolve(spec, **{name: tuple(map(completed, getattr(spec, name))) for name in lists})


def _is_cost(text: str) -> bool:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or (len(digits) > 1 and digits[0] == "0") or text == "-0":
        return False
    return len(digits) < 12 and -(2**31) <= int(text) < 2**31


def _tolerations(text: str) -> Iterator[FieldError]:
    try:
        given = json.loads(text)
        if not isinstance(given, list):
            raise DecodeError("json: cannot unmarshal object into Go value of type []core.Toleration")
        found = [codec.decode(core.Toleration, each, field_validation="Ignore") for each in given]
    except ValueError as problem:
        yield invalid_value("", TOLERATIONS, str(problem))
        return
    for index, toleration in enumerate(found):
        yield from below(f"{TOLERATIONS}[{index}]", tolerates(toleration))


def _seccomp(profile: str) -> Iterator[FieldError]:
    if profile in ("runtime/default", "docker/default", "unconfined"):
        return
    if profile.startswith(LOCALHOST):
        yield from relative_path(profile.removeprefix(LOCALHOST))
    else:
        yield invalid_value("", profile, "must be a valid seccomp profile")


def annotations_match(annotations: Mapping[str, str], spec: Any) -> Iterator[FieldError]:
    """Where profiles are given by annotations and by fields, they are the same."""
    if not annotations:
        return
    context = spec.security_context
    if context is not None and context.seccomp_profile is not None and SECCOMP in annotations:
        where = "securityContext.seccompProfile"
        yield from below(where, _differs("seccomp", annotations[SECCOMP], context.seccomp_profile, SECCOMP_NAMES))
    containers = list(containers_of(spec))
    for path, container in containers:
        own, annotation = container.security_context, annotations.get(f"{SECCOMP_CONTAINER}{container.name}")
        if own is not None and own.seccomp_profile is not None and annotation is not None:
            where = f"{path}.securityContext.seccompProfile"
            yield from below(where, _differs("seccomp", annotation, own.seccomp_profile, SECCOMP_NAMES))
    if spec.os is not None and spec.os.name == "windows":
        return
    for path, container in containers:
        own, annotation = container.security_context, annotations.get(f"{APP_ARMOR}{container.name}")
        profile = context.app_armor_profile if context is not None else None
        if own is not None and own.app_armor_profile is not None:
            profile = own.app_armor_profile
        if profile is not None and annotation is not None:
            where = f"{path}.securityContext.appArmorProfile"
            yield from below(where, _differs("apparmor", annotation, profile, APP_ARMOR_NAMES))


def _differs(what: str, annotation: str, profile: Any, named: Mapping[str, tuple[str, ...]]) -> Iterator[FieldError]:
    if profile.type == "Localhost":
        if not annotation.startswith(LOCALHOST):
            yield forbidden_field("type", f"{what} type in annotation and field must match")
        elif annotation.removeprefix(LOCALHOST) != profile.localhost_profile:
            yield forbidden_field("localhostProfile", f"{what} profile in annotation and field must match")
    elif annotation not in named.get(profile.type, (annotation,)):
        yield forbidden_field("type", f"{what} type in annotation and field must match")
