"""What a write changed: the walk over two objects agrees with the definition on their documents."""

import gzip
import json
import random
from pathlib import Path

import pytest

from kemu.apiserver.differences import difference, fields_of
from kemu.apiserver.field_sets import UNOWNED, from_fields_v1, shown_path, to_fields_v1
from kemu.apiserver.outlines import outline
from kemu.apiserver.schema_check import mistakes
from kemu.objects import CustomObject, codec, core, evolve, meta, scheme
from kemu.objects.schema import Field, Shape, Type, shape_of

RECORDED = Path(__file__).parents[1] / "data" / "objects.jsonl.gz"


def recorded():
    """Recorded objects with the class of their kind, one of each kind and size."""
    with gzip.open(RECORDED, "rt") as lines:
        documents = [json.loads(line) for line in lines]
    rows = [(scheme.by_gvk(each.get("apiVersion"), each.get("kind")), each) for each in documents]
    return [(row.type, document) for row, document in rows if row is not None and "metadata" in document]


def paths_of(value, held, path=()):
    """Every path at and below a value with what stands there; None stands for what has something inside."""
    if held is None or held.atomic:
        yield path, ("whole", json.dumps(value, sort_keys=True))
        return
    yield path, None if value else ("empty", value)
    for element, item, inner in entries_of(value or {}, held):
        yield from paths_of(item, inner, (*path, element))


def entries_of(value, held):
    """What is inside a value that is not owned as a whole: path element, value and type."""
    if held.kind == "struct":
        return [(f"f:{name}", item, held.shape.by_json[name].type) for name, item in value.items()]
    if held.kind == "map":
        return [(f"f:{name}", item, held.item) for name, item in value.items()]
    if held.list_type == "set":
        return [("v:" + json.dumps(item), item, None) for item in value]
    return [(key_of(item, held), item, held.item) for item in value]


def key_of(item, held):
    keys = {}
    for name in held.list_map_keys:
        found = item.get(name)
        found = held.item.shape.by_json[name].default if found is None else found
        if found is not None:
            keys[name] = found
    return "k:" + json.dumps(keys, sort_keys=True, separators=(",", ":"))


def defined(old, new, cls):
    """The difference by its definition, on whole documents."""
    held = Type("struct", cls=cls)
    before = dict(paths_of(codec.encode(old if old is not None else cls()), held))
    now = dict(paths_of(codec.encode(new), held))
    changed = {
        path
        for path, value in now.items()
        if path not in before or (value is not None and before[path] is not None and before[path] != value)
    }
    return changed - UNOWNED - {()}, set(before) - set(now) - UNOWNED


def containers(value):
    if isinstance(value, (dict, list)):
        yield value
        for each in value.values() if isinstance(value, dict) else value:
            yield from containers(each)


def mutate(document, chance):
    """Change, drop and reorder a few things somewhere in a document."""
    for _ in range(chance.randint(1, 4)):
        place = chance.choice([each for each in containers(document) if each] or [{"": None}])
        if isinstance(place, list):
            if chance.random() < 0.5:
                place.pop(chance.randrange(len(place)))
            else:
                chance.shuffle(place)
            continue
        name = chance.choice(sorted(place))
        value = place[name]
        if chance.random() < 0.4:
            del place[name]
        elif isinstance(value, str) and name not in ("kind", "apiVersion"):
            place[name] = value + "x"
        elif isinstance(value, int):
            place[name] = (not value) if isinstance(value, bool) else value + 1


def without_empty_lists(value):
    """A document in which no list is written that holds nothing: of those more is said than JSON shows."""
    if isinstance(value, dict):
        return {name: without_empty_lists(each) for name, each in value.items() if each != []}
    return [without_empty_lists(each) for each in value] if isinstance(value, list) else value


def has_duplicates(document, cls):
    found = [path for path, _ in paths_of(document, Type("struct", cls=cls))]
    return len(found) != len(set(found))


def test_the_difference_of_objects_is_that_of_their_documents():
    """Whatever changes in an object of whatever kind: the walk finds what the definition finds."""
    chance = random.Random(7)
    compared = 0
    for cls, document in recorded():
        obj = codec.decode(cls, without_empty_lists(document))
        if has_duplicates(codec.encode(obj), cls):
            continue
        found = difference(None, obj, shape_of(cls))
        assert (found.changed, found.gone) == defined(None, obj, cls)
        for _ in range(12):
            changed = json.loads(json.dumps(document))
            mutate(changed, chance)
            try:
                other = codec.decode(cls, without_empty_lists(changed))
            except codec.DecodeError:
                continue
            if has_duplicates(codec.encode(other), cls):
                continue
            for old, new in ((obj, other), (other, obj)):
                found = difference(old, new, shape_of(cls))
                assert (found.changed, found.gone) == defined(old, new, cls), cls
                compared += 1
            found = difference(None, other, shape_of(cls))
            assert (found.changed, found.gone) == defined(None, other, cls), cls
    assert compared > 2000


def test_an_empty_list_that_is_written_is_owned():
    """Where the field is always written, which is null otherwise; who leaves it as it is does not write it."""
    shape = shape_of(core.LimitRange)
    bare, empty, other = (
        codec.decode(core.LimitRange, {"metadata": {"name": "x"}, "spec": spec})
        for spec in ({}, {"limits": []}, {"limits": [{"type": "Pod"}]})
    )
    limits = frozenset([("f:spec", "f:limits")])
    assert not difference(None, bare, shape) and not difference(empty, bare, shape)
    for before in (None, bare, other):
        assert difference(before, empty, shape).changed == limits
    assert not difference(empty, evolve(empty, {"metadata.generation": 2}), shape)


def test_fields_survive_the_way_through_fields_v1():
    """The nested form that managedFields shows holds exactly the same fields, sorted."""
    for cls, document in recorded():
        fields = fields_of(document, shape_of(cls))
        assert from_fields_v1(to_fields_v1(fields)) == fields
        changed = difference(None, codec.decode(cls, document), shape_of(cls)).changed
        assert from_fields_v1(to_fields_v1(changed)) == changed


def test_configurations_that_look_alike_set_the_same_fields():
    """Two documents of one outline have the same fields, and both have mistakes or neither."""
    chance = random.Random(3)
    known = {}
    shared = 0
    for cls, document in recorded():
        shape = shape_of(cls)
        for _ in range(30):
            changed = json.loads(json.dumps(document))
            mutate(changed, chance)
            look = (cls, outline(changed, shape))
            found = (fields_of(changed, shape), not mistakes(changed, shape))
            shared += look in known
            assert known.setdefault(look, found) == found
    assert shared > 200


def shown(paths):
    return {shown_path(path) for path in paths}


def pod(**spec):
    return core.Pod(metadata={"name": "p"}, spec=spec)


POD = shape_of(core.Pod)


def test_a_map_that_becomes_empty_is_not_changed_itself():
    """Only what was in it is gone."""
    old = pod(containers=[{"name": "c", "resources": {"limits": {"cpu": "1"}}}])
    new = pod(containers=[{"name": "c"}])
    found = difference(old, new, POD)
    limits = '.spec.containers[name="c"].resources.limits'
    assert not found.changed and shown(found.gone) == {limits, limits + ".cpu"}


def test_items_with_one_key_are_owned_as_a_whole():
    """Two variables of one name are one field without fields."""
    once = pod(containers=[{"name": "c", "env": [{"name": "A", "value": "1"}]}])
    twice = pod(containers=[{"name": "c", "env": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]}])
    item = '.spec.containers[name="c"].env[name="A"]'
    there = difference(once, twice, POD)
    assert shown(there.changed) == {item} and shown(there.gone) == {item + ".name", item + ".value"}
    back = difference(twice, once, POD)
    assert shown(back.changed) == {item, item + ".name", item + ".value"}
    assert shown(path for path in difference(None, twice, POD).changed if len(path) > 4) == {item}


def test_ignored_fields_count_as_unchanged():
    """A write through `status` owns nothing outside, and the other way round; prefixes may lie deeper."""
    old = pod(containers=[{"name": "c"}])
    new = evolve(old, {"spec.node_name": "n", "status.phase": "Running", "metadata.labels[a]": "b"})
    assert shown(difference(old, new, POD, [("f:spec",)]).changed) == {
        ".status.phase",
        ".metadata.labels",
        ".metadata.labels.a",
    }
    assert shown(difference(old, new, POD, [("f:status",), ("f:metadata", "f:labels")]).changed) == {".spec.nodeName"}


def widget_shape():
    """A custom kind: a map of structs, a keyed list with a default, and what has no schema."""
    port = (field("name", Type("string")), field("protocol", Type("string"), default="TCP"))
    spec = (
        field("size", Type("integer")),
        field("ports", Type("list", item=struct(port), list_type="map", list_map_keys=("name", "protocol"))),
        field("parts", Type("map", item=struct((field("x", Type("integer")),)))),
    )
    metadata = field("metadata", Type("struct", cls=meta.ObjectMeta))
    return Shape(
        "Widget", (metadata, field("spec", struct(spec))), {"metadata": metadata, "spec": field("spec", struct(spec))}
    )


def field(name, held, default=None):
    plain = dict.fromkeys(("patch_merge_key", "patch_strategy"))
    flags = dict.fromkeys(("always", "omitzero", "required", "immutable"), False)
    return Field(
        name=name, json=name, type=held, optional=True, pointer=True, default=default, stored=True, **plain, **flags
    )


def struct(fields):
    return Type("struct", shape=Shape("", fields, {each.json: each for each in fields}))


def widget(**spec):
    return CustomObject({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": spec})


@pytest.mark.parametrize(
    ("old", "new", "changed", "gone"),
    [
        (None, widget(size=1), {".spec", ".spec.size"}, set()),
        (widget(size=1), widget(size=2), {".spec.size"}, set()),
        (widget(size=1), widget(), set(), {".spec.size"}),
        (
            widget(ports=[{"name": "a"}]),
            widget(ports=[{"name": "b"}, {"name": "a", "protocol": "TCP"}]),
            {
                '.spec.ports[name="b",protocol="TCP"]',
                '.spec.ports[name="b",protocol="TCP"].name',
                '.spec.ports[name="a",protocol="TCP"].protocol',
            },
            set(),
        ),
        (widget(parts={"a": {"x": 1}}), widget(parts={"a": {"x": 2}}), {".spec.parts.a.x"}, set()),
        (widget(free={"a": {"b": 1}}), widget(free={"a": {"b": 1, "c": [1]}}), {".spec.free.a.c"}, set()),
        (widget(free={"a": 1}), widget(free=[1]), {".spec.free"}, {".spec.free.a"}),
    ],
)
def test_custom_objects_are_compared_by_their_shape(old, new, changed, gone):
    """Keyed lists, maps of structs, and JSON without a schema, which is owned name by name."""
    found = difference(old, new, widget_shape())
    assert (shown(found.changed), shown(found.gone)) == (changed, gone)
