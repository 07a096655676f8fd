"""Questions about who somebody is, and what somebody may do. They are answered at once, and nothing is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from .. import errors
from ..objects import authentication, authorization, evolve, meta
from ..values.frozen import FrozenMap
from ..values.selectors import parse_field_selector, parse_label_selector
from . import failures, managed, rbac, tokens
from .failures import FieldError
from .node_authorizer import node_of
from .request import Answer, Request, User
from .rules import requirement_of_labels

if TYPE_CHECKING:
    from .server import ApiServer

Handler = Callable[["ApiServer", Request], Answer]
GROUP = "authorization.k8s.io"


# What somebody may do


def subject_access(server: ApiServer, request: Request) -> Answer:
    """Whether somebody may do something. Raises Invalid for a question that makes no sense."""
    return _reviewed(server, request, _named, "must be empty", meta.ObjectMeta())


def local_subject_access(server: ApiServer, request: Request) -> Answer:
    """The same in one namespace."""
    review = request.obj
    if review.metadata.namespace is None:
        review = evolve(review, {"metadata.namespace": request.namespace})
    empty = meta.ObjectMeta(namespace=review.metadata.namespace)
    return _reviewed(server, request.with_obj(review), _named, "must be empty except for namespace", empty, _local)


def self_subject_access(server: ApiServer, request: Request) -> Answer:
    """Whether the one who asks may do something."""
    return _reviewed(server, request, lambda spec: request.user, "must be empty", meta.ObjectMeta())


def _named(spec: Any) -> User:
    return User(spec.user or "", spec.groups, spec.uid or "", spec.extra)


def _reviewed(
    server: ApiServer,
    request: Request,
    who: Callable[[Any], User],
    bare: str,
    empty: meta.ObjectMeta,
    local: Callable[[Any], Iterator[FieldError]] | None = None,
) -> Answer:
    """A review with its answer in its status."""
    review, spec = request.obj, request.obj.spec
    problems = list(_questions(spec))
    if evolve(review.metadata, managed_fields=()) != empty:
        problems.append(failures.invalid_inside("metadata", review.metadata, bare))
    problems += local(review) if local is not None else ()
    if problems:
        raise failures.invalid_options("", problems, group=GROUP)
    verdict = rbac.judged(server.desk, who(spec), _attempt(spec))
    status = authorization.SubjectAccessReviewStatus(
        allowed=verdict.allowed, reason=verdict.reason or None, evaluation_error=_selector_problems(spec) or None
    )
    return _answered(server, request, status)


def _answered(server: ApiServer, request: Request, status: Any) -> Answer:
    """What was sent, with its answer."""
    owned = managed.of_sent(request, server.stamp())
    return Answer(evolve(request.obj, {"metadata.managed_fields": owned, "status": status}), created=True)


def _attempt(spec: Any) -> rbac.Attempt:
    wanted = spec.resource_attributes
    if wanted is None:
        path = spec.non_resource_attributes
        return rbac.Attempt(path.verb or "", path=path.path or "")
    return rbac.Attempt(
        wanted.verb or "",
        wanted.group or "",
        wanted.resource or "",
        wanted.subresource or "",
        wanted.namespace or "",
        wanted.name or "",
        node=_node_selected(wanted.field_selector),
    )


def _node_selected(selector: Any) -> str:
    """The node whose objects alone are asked for, if it is one."""
    for each in () if selector is None else selector.requirements:
        if each.key in ("spec.nodeName", "nodeName") and each.operator == "In" and len(each.values) == 1:
            return str(each.values[0])
    return ""


def _questions(spec: Any) -> Iterator[FieldError]:
    """What is wrong with a question."""
    resource, path = spec.resource_attributes, spec.non_resource_attributes
    if resource is not None and path is not None:
        text = "cannot be specified in combination with resourceAttributes"
        yield failures.invalid_inside("spec.nonResourceAttributes", path, text)
    if resource is None and path is None:
        text = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        yield failures.invalid_value("spec.resourceAttributes", None, text)
    if isinstance(spec, authorization.SubjectAccessReviewSpec) and not spec.user and not spec.groups:
        yield failures.invalid_value("spec.user", "", "at least one of user or group must be specified")
    if resource is not None:
        for name in ("field_selector", "label_selector"):
            yield from _selector(getattr(resource, name), f"spec.resourceAttributes.{name[:5]}Selector")


def _selector(selector: Any, where: str) -> Iterator[FieldError]:
    """A selector is either a text or a list of requirements."""
    if selector is None:
        return
    if selector.raw_selector and selector.requirements:
        text = "may not specified at the same time as requirements"
        yield failures.invalid_value(f"{where}.rawSelector", selector.raw_selector, text)
    if not selector.raw_selector and not selector.requirements:
        text = f"when {where} is specified, requirements or rawSelector is required"
        yield failures.required(f"{where}.requirements", text)
    judge = _label_requirement if where.endswith("labelSelector") else _requirement
    for index, requirement in enumerate(selector.requirements):
        yield from judge(requirement, f"{where}.requirements[{index}]")


def _label_requirement(requirement: Any, where: str) -> Iterator[FieldError]:
    """A requirement of labels; its operator may be one that only newer servers know."""
    for problem in requirement_of_labels(requirement):
        if problem.field != "operator":
            yield problem._replace(field=f"{where}.{problem.field}")


def _requirement(requirement: Any, where: str) -> Iterator[FieldError]:
    if not requirement.key:
        yield failures.required(f"{where}.key", "must be specified")
    operator = requirement.operator
    if operator in ("In", "NotIn") and not requirement.values:
        yield failures.required(f"{where}.values", "must be specified when `operator` is 'In' or 'NotIn'")
    if operator in ("Exists", "DoesNotExist") and requirement.values:
        text = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
        yield failures.forbidden_field(f"{where}.values", text)


def _selector_problems(spec: Any) -> str:
    """What keeps a selector from being understood; it is left out of the question then."""
    wanted = spec.resource_attributes
    found = []
    for selector, parse, what in (
        (wanted and wanted.field_selector, parse_field_selector, "spec.resourceAttributes.fieldSelector ignored"),
        (wanted and wanted.label_selector, parse_label_selector, "spec.resourceAttributes.labelSelector ignored"),
    ):
        if selector is not None and selector.raw_selector:
            try:
                parse(selector.raw_selector)
            except ValueError as problem:
                found.append(f"{what}: {problem}")
    return rbac.aggregate(found) if found else ""


def _local(review: Any) -> Iterator[FieldError]:
    """A question about one namespace is about nothing else."""
    spec, namespace = review.spec, review.metadata.namespace
    if spec.resource_attributes is not None and (spec.resource_attributes.namespace or "") != namespace:
        given = spec.resource_attributes.namespace or ""
        yield failures.invalid_value("spec.resourceAttributes.namespace", given, "must match metadata.namespace")
    if spec.non_resource_attributes is not None:
        text = "disallowed on this kind of request"
        yield failures.invalid_inside("spec.nonResourceAttributes", spec.non_resource_attributes, text)


def self_subject_rules(server: ApiServer, request: Request) -> Answer:
    """All that the one who asks may do in a namespace. Raises BadRequest without one."""
    namespace = request.obj.spec.namespace
    if not namespace:
        raise errors.BadRequest("no namespace on request")
    grants = list(rbac.grants(server.desk, request.user, namespace))
    rules = [rule for grant in grants for rule in grant.rules]
    problems = [grant.problem for grant in grants if grant.problem]
    is_node = node_of(request.user.name, request.user.groups) is not None
    if is_node:
        problems.insert(0, "node authorizer does not support user rule resolution")
    status = authorization.SubjectRulesReviewStatus(
        resource_rules=[
            authorization.ResourceRule(
                verbs=rule.verbs,
                api_groups=rule.api_groups,
                resources=rule.resources,
                resource_names=rule.resource_names,
            )
            for rule in rules
            if rule.resources
        ],
        non_resource_rules=[
            authorization.NonResourceRule(verbs=rule.verbs, non_resource_urls=rule.non_resource_urls)
            for rule in rules
            if rule.non_resource_urls
        ],
        incomplete=is_node,
        evaluation_error=rbac.aggregate(problems) if problems else None,
    )
    return Answer(authorization.SelfSubjectRulesReview(status=status), created=True)


# Who somebody is


def self_subject(server: ApiServer, request: Request) -> Answer:
    """Who the one who asks is."""
    review = authentication.SelfSubjectReview(
        metadata=meta.ObjectMeta(creation_timestamp=server.stamp()),
        status=authentication.SelfSubjectReviewStatus(user_info=user_info(request.user)),
    )
    return Answer(review, created=True)


def token(server: ApiServer, request: Request) -> Answer:
    """Whose token this is. Raises BadRequest without a token."""
    review = request.obj
    if not review.spec.token:
        raise errors.BadRequest("token is required for TokenReview in authentication")
    try:
        known = tokens.authenticated(server, review.spec.token, review.spec.audiences or (tokens.ISSUER,))
    except tokens.Unauthenticated as problem:
        status = authentication.TokenReviewStatus(error=str(problem))
    else:
        shown = user_info(known.user)
        status = authentication.TokenReviewStatus(authenticated=True, user=shown, audiences=known.audiences)
    return _answered(server, request, status)


def user_info(user: User) -> authentication.UserInfo:
    """A user as the API shows one."""
    return authentication.UserInfo(
        username=user.name or None, uid=user.uid or None, groups=user.groups, extra=FrozenMap(user.extra)
    )


COMMANDS: dict[tuple[str, str], Handler] = {
    ("subjectaccessreviews.authorization.k8s.io", "create"): subject_access,
    ("localsubjectaccessreviews.authorization.k8s.io", "create"): local_subject_access,
    ("selfsubjectaccessreviews.authorization.k8s.io", "create"): self_subject_access,
    ("selfsubjectrulesreviews.authorization.k8s.io", "create"): self_subject_rules,
    ("selfsubjectreviews.authentication.k8s.io", "create"): self_subject,
    ("tokenreviews.authentication.k8s.io", "create"): token,
}
"""Who answers a question, by resource and verb."""

HANDLERS: dict[tuple[str, str], Handler] = {("token", "create"): tokens.issued}
"""What answers at a subresource, by its name and the verb."""
