"""The registry of controllers: who is known, who runs, as whom, and the page that says so."""

from __future__ import annotations

from pathlib import Path

import pytest

import kemu
from kemu import errors
from kemu.bootstrap import roles
from kemu.reconcilers import CONTROLLERS, chosen, silent
from kemu.reconcilers.known import ALIASES, BY_NAME, ROWS
from kemu.reconcilers.page import header, page, said_of

PAGE = Path(__file__).parents[2] / "docs" / "controllers.md"


def test_the_page_is_what_the_registry_says():
    """`python -m kemu.reconcilers.page` prints docs/controllers.md."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_names_are_in_order_and_each_means_one_controller():
    """An older name is no name of another controller."""
    assert [row.name for row in ROWS] == sorted(BY_NAME)
    assert not set(ALIASES) & set(BY_NAME) and len(ALIASES) == sum(bool(row.alias) for row in ROWS)
    assert {spec.wiring.name for spec in CONTROLLERS} <= set(BY_NAME)


@pytest.mark.parametrize("spec", CONTROLLERS, ids=lambda spec: spec.wiring.name)
def test_a_controller_acts_under_its_account_and_says_what_it_is(spec):
    """It has the default role of its account, and its file begins with the four lines that all have."""
    account = spec.wiring.account or spec.wiring.name
    names = {obj.metadata.name for obj in roles.objects()}
    assert (account if account.startswith("system:") else f"system:controller:{account}") in names
    assert [what for what, _ in header(said_of(spec))] == ["Imitates", "Wakes on", "Writes", "Differs"]


def test_a_controller_is_meant_by_its_older_names_too():
    """As on the command line; what `*` leaves out upstream it leaves out here."""
    assert [spec.wiring.name for spec in chosen("podgc,horizontalpodautoscaling")] == [
        "pod-garbage-collector-controller",
        "horizontal-pod-autoscaler-controller",
    ]
    assert "job-controller" not in {spec.wiring.name for spec in chosen("-job,*,job")}
    everything = {spec.wiring.name for spec in chosen("*")}
    assert not any(BY_NAME[name].off for name in everything)


def test_who_asks_for_what_runs_nothing_is_told_so():
    """`*` asks for nobody by name, and who turns something off does not ask for it."""
    with pytest.warns(errors.NotSimulated, match="nothing runs by the name of selinux-warning-controller"):
        kemu.Cluster(nodes=0, controllers="*,selinux-warning-controller")
    assert list(silent("svm")) == [
        "nothing runs by the name of storage-version-migrator-controller: "
        "it runs with the feature gate StorageVersionMigrator only, which is off"
    ]
    assert not list(silent("*,job,-selinux-warning-controller"))
