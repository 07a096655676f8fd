"""The JSONPath of printer columns, waits and field selectors."""

import pytest

from kemu.values.jsonpath import find

DOCUMENT = {
    "spec": {"size": 3, "ports": [{"name": "a", "port": 1}, {"name": "b", "port": 2}]},
    "metadata": {"labels": {"app.kubernetes.io/name": "x"}},
    "status": {"conditions": [{"type": "Ready", "status": "True"}, {"type": "Other", "status": "False"}]},
}


@pytest.mark.parametrize(
    ("path", "values"),
    [
        (".spec.size", [3]),
        ("{.spec.size}", [3]),
        (".spec.ports[1].name", ["b"]),
        (".spec.ports[-1].port", [2]),
        (".spec.ports[*].port", [1, 2]),
        ('.status.conditions[?(@.type=="Ready")].status', ["True"]),
        (".status.conditions[?(@.type!='Ready')].status", ["False"]),
        (".metadata.labels['app.kubernetes.io/name']", ["x"]),
        (r".metadata.labels.app\.kubernetes\.io/name", ["x"]),
        (".spec.nothing.at.all", []),
        (".spec.size[0]", []),
    ],
)
def test_a_path_finds_values(path, values):
    """Names, indexes, wildcards, filters; a path that leads nowhere finds nothing."""
    assert find(DOCUMENT, path) == values


def test_what_is_no_path_is_refused():
    """A bracket that never closes."""
    with pytest.raises(ValueError, match="unrecognized path"):
        find(DOCUMENT, ".spec.ports[0")
