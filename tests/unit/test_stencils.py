"""Text that is filled into what objects have in common is the text that each of them has by itself."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kemu.objects import apps, codec, core, evolve, frames, replaced, stencils
from kemu.objects.compiled import is_kind
from kemu.objects.model import ObjectList
from kemu.values.frozen import EMPTY_MAP, FrozenMap, freeze
from kemu.values.quantity import parse_quantity
from kemu.values.times import Time

from .object_strategies import all_types, instances, values

KINDS = [cls for cls in all_types() if is_kind(cls) and not issubclass(cls, ObjectList)]


def plain(obj: Any) -> str:
    """The text of an object, made without any memory."""
    held = {name: value for name, value in codec.encode(obj).items() if name not in ("kind", "apiVersion")}
    return json.dumps(held, separators=(",", ":"), ensure_ascii=False)


def stencilled(obj: Any) -> str:
    """The text of an object, joined from its pieces."""
    return b"".join(codec.pieces(obj)).decode()


def varied(data: st.DataObject, obj: Any, depth: int = 0) -> Any:
    """An object like another one, with one field of it or of something inside changed."""
    field = data.draw(st.sampled_from([field for field in type(obj)._fields if field.stored]))
    held, item = getattr(obj, field.name), field.type.item
    inside = held and depth < 4 and data.draw(st.booleans())
    if inside and field.kind == "struct":
        new = varied(data, held, depth + 1)
    elif inside and field.kind == "list" and item.kind == "struct":
        place = data.draw(st.integers(0, len(held) - 1))
        new = (*held[:place], varied(data, held[place], depth + 1), *held[place + 1 :])
    else:
        new = data.draw(values(field.type, 3))
    return evolve(obj, **{field.name: new})


@pytest.fixture(params=[(2, 1), (50, 1), (frames.REVIEWED, frames.OFTEN)])
def reviewed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """After how many objects of one outline it is reviewed, and gets a function: nearly at once, or as ever."""
    reviewed, often = request.param
    monkeypatch.setattr(frames, "REVIEWED", reviewed)
    monkeypatch.setattr(frames, "OFTEN", often)
    return int(reviewed)


@pytest.mark.usefixtures("reviewed")
@given(st.data())
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
def test_pieces_are_the_text_of_the_encoded_object(data: st.DataObject):
    """For every kind, and for objects of which each is like one before it, in any order and met again."""
    objects = [data.draw(instances(data.draw(st.sampled_from(KINDS))))]
    for _ in range(data.draw(st.integers(1, 12))):
        objects.append(varied(data, data.draw(st.sampled_from(objects))))
    wanted = [plain(obj) for obj in objects]
    for number in data.draw(st.lists(st.integers(0, len(objects) - 1), max_size=20)):
        assert stencilled(objects[number]) == wanted[number]
    assert [stencilled(obj) for obj in objects] == wanted
    assert [stencilled(obj) for obj in reversed(objects)] == wanted[::-1]


def pod(number: int, **changes: Any) -> core.Pod:
    """One of many pods of a template, whose volume for the token makes its specification new."""
    token = f"kube-api-access-{number}"
    volumes = (core.Volume(name=token, **changes.pop("volume", {})),)
    mounts = (core.VolumeMount(name=token, mount_path="/var/run/secrets/kubernetes.io/serviceaccount"),)
    container = core.Container(name="c", image="nginx:1.27", volume_mounts=mounts, **changes.pop("container", {}))
    metadata = {"name": f"web-{number}", "uid": f"{number:036}", "resource_version": str(number), "labels": LABELS}
    metadata.update(changes.pop("metadata", {}))
    return core.Pod(metadata=metadata, spec={"containers": (container,), "volumes": volumes, **changes})


LABELS = FrozenMap(app="web", tier="front", long="x" * frames.SHORT)


def test_pods_of_one_template_share_what_they_have_in_common():
    """All but their names, uids and revisions is one and the same text."""
    pods = [pod(number) for number in range(20)]
    assert [stencilled(each) for each in pods] == [plain(each) for each in pods]
    first, second = codec.pieces(pods[0]), codec.pieces(pods[1])
    shared = [one for one, other in zip(first, second, strict=True) if one is other]
    assert sum(map(len, shared)) > len(stencilled(pods[0])) / 3


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            {"container": {"resources": {"requests": {"cpu": "1"}}}},
            {"container": {"resources": {"requests": {"cpu": "1000m"}}}},
        ),
        ({"metadata": {"labels": FrozenMap(a="1", b="2")}}, {"metadata": {"labels": FrozenMap(b="2", a="1")}}),
        ({"volume": {"empty_dir": {"size_limit": "1Gi"}}}, {"volume": {"empty_dir": {"size_limit": "1024Mi"}}}),
        ({"volume": {"empty_dir": {"size_limit": "0"}}}, {"volume": {"empty_dir": {"size_limit": "0m"}}}),
        ({"node_name": "a%sb"}, {"node_name": '\x00\ud800"\\\n%'}),
        ({"metadata": {"generation": 1}}, {"metadata": {"generation": 2}}),
        ({"metadata": {"creation_timestamp": Time(0)}}, {"metadata": {"creation_timestamp": Time(1)}}),
        ({"priority": 0}, {"priority": None}),
        ({"volume": {}}, {"volume": {"config_map": {}}}),
    ],
)
@pytest.mark.usefixtures("reviewed")
def test_equal_is_not_always_written_alike(one: dict[str, Any], other: dict[str, Any]):
    """What is equal but has another text, and what is written as nothing, is told apart."""
    for number in range(4):
        for changes in (one, other, one):
            made = pod(number, **{name: copy.copy(value) for name, value in changes.items()})
            assert b"".join(codec.pieces(made)) == plain(made).encode("utf-8", "replace")


@pytest.mark.parametrize(
    ("obj", "field", "one", "other"),
    [
        (core.EmptyDirVolumeSource(medium="Memory"), "size_limit", parse_quantity("0"), parse_quantity("0m")),
        (core.EmptyDirVolumeSource(medium="Memory"), "size_limit", parse_quantity("1"), parse_quantity("1000m")),
        (apps.ControllerRevision(), "data", False, 0),
        (apps.ControllerRevision(), "data", 0.0, -0.0),
        (apps.ControllerRevision(), "data", True, 1),
        (apps.ControllerRevision(), "data", freeze({"a": 1}), freeze({"a": 1.0})),
        (apps.ControllerRevision(), "data", freeze({}), ()),
        (apps.ControllerRevision(), "data", EMPTY_MAP, None),
    ],
)
def test_a_stencil_is_fitted_only_by_what_is_written_alike(obj: Any, field: str, one: Any, other: Any):
    """A stencil that was cut for one value has no text for another one that is equal to it."""
    trace = stencils.tracer(type(obj))
    for value in (one, one, one, other, one):
        made = replaced(obj, **{field: value})
        outline: list[Any] = []
        own: list[str] = []
        trace(made, outline, own)
        assert b"".join(frames._frame(tuple(outline)).filled(own)).decode() == plain(made)


def test_what_is_seen_to_be_common_later_is_written_right(reviewed: int):
    """Objects that had each a part of their own are followed by ones that share it, and the other way round."""
    apart = [pod(number, container={"env": [{"name": "A", "value": "x"}]}) for number in range(3 * reviewed)]
    env = (core.EnvVar(name="A", value="x"),)
    alike = [pod(number, container={"env": env}) for number in range(3 * reviewed)]
    again = [alike[0]] * (2 * reviewed)
    for each in (*apart, *alike, *again, *apart):
        assert stencilled(each) == plain(each)


@pytest.mark.usefixtures("reviewed")
def test_more_looks_than_are_kept_are_written_right():
    """Objects of more looks than there are stencils take turns."""
    pods = [pod(number, container={"env": [{"name": "A"}] * (number % 13)}) for number in range(60)]
    for _ in range(2):
        assert [stencilled(each) for each in pods] == [plain(each) for each in pods]
