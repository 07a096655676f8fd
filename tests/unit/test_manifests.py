"""Reading manifests: YAML as kubectl reads it, and where what is wrong is."""

import pytest

from kemu.errors import ManifestError
from kemu.manifests import read_manifests

HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"

SCALARS = [
    ("2020-01-01", "2020-01-01"),
    ("22:22", "22:22"),
    ("1e3", 1000),
    ("1.5", 1.5),
    (".5", 0.5),
    ("0644", 420),
    ("0o644", 420),
    ("0x10", 16),
    ("-7", -7),
    ("1_000", 1000),
    ("1.2.3", "1.2.3"),
    ("0.0.0.0/0", "0.0.0.0/0"),
    ("09", 9),
    ("100m", "100m"),
    ("yes", True),
    ("off", False),
    ("~", None),
    ("", None),
    ("'1'", "1"),
    ("=", "="),
]


@pytest.mark.parametrize(("text", "value"), SCALARS, ids=[text or "nothing" for text, _ in SCALARS])
def test_a_scalar_is_what_kubectl_takes_it_for(text, value):
    """Dates and 22:22 are text, 1e3 is a number, 0644 is octal: unlike YAML libraries of Python by themselves."""
    read = read_manifests(f"{HEAD}x: {text}\n")[0][0]["x"]
    assert read == value and type(read) is type(value)


def test_keys_are_text_and_merges_are_merged():
    """Whatever is read ends up as JSON, whose keys are text."""
    text = HEAD + "x: {1: a, true: b}\nbase: &b {p: 1, q: 2}\nz: {<<: *b, q: 3}\n"
    read = read_manifests(text)[0][0]
    assert read["x"] == {"1": "a", "true": "b"} and read["z"] == {"p": 1, "q": 3}


BAD = [
    (HEAD.replace("{name: a}", "name"), r"metadata is a mapping, this is str"),
    ("apiVersion: v1\nkind: List\nitems: 5\n", r"the items of a List are a list, this is int"),
    ("apiVersion: v1\nkind: List\nitems: [5]\n", r"a manifest is a mapping, this is int"),
    (HEAD + "x: {[a]: b}\n", r"invalid map key"),
    ("a: [\n" * 2_000, r"not valid YAML"),
]


@pytest.mark.parametrize(("text", "message"), BAD, ids=[message for _, message in BAD])
def test_what_is_wrong_is_said_with_its_place(text, message):
    """A broken manifest is one clear sentence."""
    with pytest.raises(ManifestError, match=message):
        read_manifests(text)


def test_lists_may_hold_lists():
    """The items of a List are taken one by one, however deep."""
    inner = {"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "Pod", "metadata": {}}]}
    documents, single = read_manifests({"apiVersion": "v1", "kind": "List", "items": [inner, inner]})
    assert ([each["kind"] for each in documents], single) == (["Pod", "Pod"], False)


def test_an_apostrophe_may_be_escaped_in_double_quotes():
    """YAML has no such escape, but kubectl's reader does."""
    read = read_manifests(HEAD + 'data: {k: "it\\\'s", l: "a\\tb\\\'"}\n')[0][0]
    assert read["data"] == {"k": "it's", "l": "a\tb'"}


def test_the_last_of_two_equal_keys_wins():
    """As in kubectl, which reads a manifest before a server can be strict about it."""
    assert read_manifests(HEAD + "data: {k: x, k: y2}\n")[0][0]["data"] == {"k": "y2"}


def test_a_list_of_any_kind_is_opened():
    """The items of a ConfigMapList are ConfigMaps, whether they say so or not."""
    text = "apiVersion: v1\nkind: ConfigMapList\nitems: [{metadata: {name: a}}, {kind: Pod, metadata: {name: b}}]\n"
    assert [(each["apiVersion"], each["kind"]) for each in read_manifests(text)[0]] == [
        ("v1", "ConfigMap"),
        ("v1", "Pod"),
    ]


def test_a_manifest_that_is_nested_too_deeply_is_refused():
    """Whether it comes as text or as a dict, even one that holds itself."""
    deep = {}
    deep["apiVersion"], deep["kind"], deep["spec"] = "v1", "Pod", deep
    for manifest in (deep, HEAD + "spec: " + "[" * 500 + "]" * 500, '{"a":' * 5_000 + "1" + "}" * 5_000):
        with pytest.raises(ManifestError):
            read_manifests(manifest)
