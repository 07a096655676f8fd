"""Reading manifests: YAML as kubectl reads it, and where what is wrong is."""

import pytest

from kemu.errors import ManifestError
from kemu.manifests import read_manifests

HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"

SCALARS = [
    ("2020-01-01", "2020-01-01"),
    ("22:22", "22:22"),
    ("1e3", 1000.0),
    ("1.5", 1.5),
    (".5", 0.5),
    ("0644", 420),
    ("0o644", 420),
    ("0x10", 16),
    ("-7", -7),
    ("1_000", 1000),
    ("1.2.3", "1.2.3"),
    ("0.0.0.0/0", "0.0.0.0/0"),
    ("09", 9.0),
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
    text = HEAD + "x: {1: a, true: b}\nbase: &b {p: 1, q: 2}\ny: {<<: *b, q: 3}\n"
    read = read_manifests(text)[0][0]
    assert read["x"] == {"1": "a", "true": "b"} and read["y"] == {"p": 1, "q": 3}


BAD = [
    (HEAD + "metadata: {name: b}\n", r'line 4, column 1: not valid YAML: key "metadata" already set in map'),
    (HEAD + "data: {a: 1, b: 2, a: 3}\n", r'line 4, column 20: not valid YAML: key "a" already set'),
    (HEAD.replace("{name: a}", "name"), r"metadata is a mapping, this is str"),
    ("apiVersion: v1\nkind: List\nitems: 5\n", r"the items of a List are a list, this is int"),
    ("apiVersion: v1\nkind: List\nitems: [5]\n", r"a manifest is a mapping, this is int"),
    (HEAD + "x: {[a]: b}\n", r"a key must be text"),
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
