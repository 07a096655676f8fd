"""What holds of every policy: it is met by the type that it speaks of, and whatever can be stored can be shown."""

import subprocess
import sys

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kemu
from kemu.apiserver import fields, tables, validation
from kemu.apiserver.conversion import from_storage, to_storage
from kemu.apiserver.defaults import with_defaults
from kemu.apiserver.kinds import VIEWS, policy_of
from kemu.apiserver.policy import Policy
from kemu.apiserver.resources import Resources, row
from kemu.objects import meta, scheme
from kemu.objects.columns import columns_of
from kemu.values.selectors import parse_field_selector

from ..unit.object_strategies import instances

RESOURCES = Resources()
STORED = [resource for resource in RESOURCES.all() if resource.policy.stored]


def name_of(resource):
    return f"{resource.kind.api_version}/{resource.kind.plural}"


def empty(resource):
    """An object with nothing but a name."""
    return resource.type(metadata=meta.ObjectMeta(name="x", namespace="default" if resource.namespaced else None))


@pytest.mark.parametrize("resource", RESOURCES.all(), ids=name_of)
def test_every_path_of_a_policy_exists(resource):
    """Defaults, rules, what may change, scale and selectable fields: all lead somewhere in the type."""
    policy = resource.policy
    kept = type(to_storage(resource, resource.type()))
    assert policy.bound(kept) is policy.bound(kept)
    with_defaults(resource.type())
    for field in fields.selectable(resource):
        assert fields.matcher(resource, parse_field_selector(f"{field}=x")) is not None
    if policy.scale is not None:
        assert "scale" in resource.kind.subresources


def test_every_policy_is_of_a_served_kind_and_every_view_has_one():
    """No row stands for a kind that does not exist, and what is stored in another form has a view."""
    assert {policy_of(kind).key for kind in scheme.KINDS} <= {kind.group_resource for kind in scheme.KINDS}
    shown = {(r.kind.group, r.kind.version, r.kind.plural) for r in RESOURCES.all() if r.shown}
    assert shown == set(VIEWS)
    for resource in RESOURCES.all():
        assert (resource.view is not None) is resource.shown
        assert resource.shown or resource.kind.api_version not in resource.policy.views


def test_a_kind_that_is_not_built_in_has_the_policy_of_every_kind_or_its_own():
    """Nothing asks whether a kind is custom: its resource may bring a policy."""
    widget = attrs.evolve(scheme.find("configmaps"), group="example.com", plural="widgets", kind="Widget")
    assert row(widget).policy == row(widget).policy and row(widget).policy.stored
    own = Policy("widgets.example.com", generation=True)
    assert row(widget, policy=own).policy is own


@pytest.mark.parametrize("resource", STORED, ids=name_of)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_has_the_type_can_be_defaulted_judged_converted_and_shown(resource, data):
    """No step of a write and no table raises, however odd an object is."""
    obj = with_defaults(data.draw(instances(resource.type)))
    assert with_defaults(obj) is obj or with_defaults(obj) == obj
    kept = to_storage(resource, obj)
    problems = validation.created(resource, kept)
    assert all(problem.field and problem.text for problem in problems)
    assert all(
        problem.field for problem in validation.updated(resource, kept, to_storage(resource, empty(resource)), "")
    )
    assert type(from_storage(resource, kept)) is resource.type
    assert len(tables.cells(resource, obj, 1e9)) == len(columns_of(resource.kind))


@pytest.mark.parametrize("resource", STORED, ids=name_of)
def test_a_write_that_changes_nothing_looks_at_nothing(resource):
    """The same object is neither defaulted nor judged, whatever is wrong with it."""
    obj = to_storage(resource, empty(resource))
    assert with_defaults(obj, obj) is obj
    assert validation.updated(resource, obj, obj, "") == ()
    if resource.has_status:
        assert validation.updated(resource, obj, obj, "status") == ()


def test_a_cluster_reads_only_the_policies_that_it_needs():
    """Importing kemu imports no policy, and nobody pays for the policies of kinds that nobody uses."""
    program = (
        "import sys, kemu\n"
        "assert not any(name.startswith('kemu.apiserver.kinds') for name in sys.modules)\n"
        "kemu.Cluster(nodes=0)\n"
        "assert 'kemu.apiserver.kinds.certificates' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
    assert kemu.Cluster
