"""Records with some fields changed, and API objects with given ones, by functions made for just these fields."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from kemu.errors import WrongType, WrongValue
from kemu.objects import core, evolve, model
from kemu.values.evolving import evolved
from kemu.values.quantity import Quantity


@attrs.frozen
class Place:
    """A record with a field that has another name in its constructor."""

    name: str
    _hidden: int = 0


def test_a_record_is_as_attrs_would_have_it() -> None:
    """What changes is changed, whatever its name in the constructor; all else is the same."""
    place = Place("a", hidden=3)
    assert evolved(place, name="b") == attrs.evolve(place, name="b")
    assert evolved(place, hidden=4) == attrs.evolve(place, hidden=4)
    assert evolved(place) == place


@attrs.frozen
class Doubled:
    """A record that reads what it is given."""

    amount: int = attrs.field(converter=lambda given: 2 * given)


@attrs.frozen
class Summed:
    """A record that works something out."""

    parts: tuple[int, ...]
    total: int = attrs.field(init=False, default=0)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "total", sum(self.parts))


@attrs.frozen(init=False)
class Labelled:
    """A record with a constructor of its own."""

    name: str
    label: str

    def __init__(self, name: str, label: str = "") -> None:
        self.__attrs_init__(name, f"the {name}")


@attrs.frozen(slots=False)
class Open:
    """A record with a dict."""

    name: str
    size: int = 0


@attrs.define
class Changing:
    """A record that may be changed."""

    name: str
    size: int = 0


@pytest.mark.parametrize(
    ("record", "changes"),
    [
        (Place("a", hidden=3), {"name": "b"}),
        (Doubled(3), {"amount": 5}),
        (Doubled(3), {}),
        (Summed((1, 2)), {"parts": (3,)}),
        (Labelled("a"), {"name": "b"}),
        (Open("a", 1), {"size": 2}),
        (Changing("a", 1), {"size": 2}),
    ],
    ids=lambda given: type(given).__name__ if attrs.has(type(given)) else "-".join(given),
)
def test_what_a_constructor_does_is_done(record: Any, changes: dict[str, Any]) -> None:
    """Whether a class only holds what it is given or makes something of it: it comes out as with `attrs.evolve`."""
    found, expected = evolved(record, **changes), attrs.evolve(record, **changes)
    assert (type(found), found, repr(found)) == (type(record), expected, repr(expected))
    assert found is not record


def test_a_changed_record_is_as_frozen_as_before() -> None:
    """It is written to nowhere but where it is made."""
    changed = evolved(Place("a"), name="b")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        changed.name = "c"  # type: ignore[misc]
    assert hash(changed) == hash(Place("b"))


def test_a_field_that_does_not_exist_is_refused() -> None:
    """As attrs refuses it."""
    with pytest.raises(TypeError, match="colour"):
        evolved(Place("a"), colour="red")


GIVEN = (
    {"type": "Ready", "status": "True", "reason": "", "message": None, "observedGeneration": 0},
    {"type": "Ready", "status": "True", "reason": "Because", "message": "so", "observedGeneration": 2},
    {"type": "Ready", "status": "True", "reason": None, "message": "so", "observedGeneration": None},
)


@pytest.mark.parametrize("fields", GIVEN)
def test_fields_that_are_often_given_are_read_as_ever(fields: dict[str, object]) -> None:
    """The function that is made for fields that often come together reads them as the slow way does."""
    seen = [core.PodCondition(**fields) for _ in range(2 * model.WORTH_COMPILING)]
    assert len({repr(each) for each in seen}) == 1
    assert seen[0] == seen[-1]
    old = core.PodCondition(type="Other", status="False", last_probe_time="2000-01-01T00:00:00Z")
    changed = [evolve(old, **fields) for _ in range(2 * model.WORTH_COMPILING)]
    assert len({repr(each) for each in changed}) == 1
    assert changed[-1].last_probe_time == old.last_probe_time


def test_a_wrong_value_is_named_however_often_it_comes() -> None:
    """The complaint is the same before and after."""
    for _ in range(2 * model.WORTH_COMPILING):
        assert core.Container(name="c", image="i").image == "i"
        with pytest.raises(WrongType, match=r"Container.image: expected text, got int"):
            core.Container(name="c", image=3)
    for _ in range(2 * model.WORTH_COMPILING):
        assert core.ResourceRequirements(limits={"cpu": "1"}).limits["cpu"] == Quantity("1")
        with pytest.raises(WrongValue, match=r"ResourceRequirements.limits"):
            core.ResourceRequirements(limits={"cpu": "many"})
