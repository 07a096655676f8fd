"""Label selectors and field selectors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kemu.objects import meta
from kemu.values.selectors import (
    EVERYTHING,
    NOTHING,
    parse_field_selector,
    parse_label_selector,
    requirement,
    selector_of,
    selector_of_map,
)

LABELS = {"app": "web", "tier": "front", "size": "5", "empty": ""}


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("", True),
        ("app=web", True),
        ("app==web", True),
        ("app!=web", False),
        ("missing!=web", True),
        ("app in (web, api)", True),
        ("app notin (web)", False),
        ("missing notin (web)", True),
        ("app", True),
        ("missing", False),
        ("!missing", True),
        ("!app", False),
        ("size>4", True),
        ("size<4", False),
        ("app>4", False),
        ("empty=", True),
        ("empty in ()", True),
        ("app=web,tier=back", False),
        ("app=web , tier=front", True),
    ],
)
def test_label_selectors_match(text: str, matches: bool):
    """Every operator, on labels that are there and labels that are not."""
    assert parse_label_selector(text).matches(LABELS) is matches


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("b=1,a", "a,b=1"),
        ("x notin (b,a,a)", "x notin (a,b)"),
        ("in in (in)", "in in (in)"),
        ("a==1", "a==1"),
        ("a>1,b<2", "a>1,b<2"),
        ("!a", "!a"),
        ("a in (,x)", "a in (,x)"),
        ("a in (x,,y)", "a in (,x,y)"),
    ],
)
def test_label_selectors_are_written_sorted(text: str, written: str):
    """Requirements by key, values by text."""
    assert str(parse_label_selector(text)) == written


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (",", "found ',', expected: !, identifier, or 'end of string'"),
        ("a,", "found '', expected: identifier after ','"),
        ("a=b c", "found 'c', expected: ',' or 'end of string'"),
        ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
        ("a in b", "unable to parse requirement: found 'b' expected: '('"),
        ("a in (b", "unable to parse requirement: found '', expected: ',' or ')'"),
        ("a in (=)", "unable to parse requirement: found '=', expected: ',', ')' or identifier"),
        ("!=a", "found '!=', expected: !, identifier, or 'end of string'"),
        ("!!a", "unable to parse requirement: found '!', expected: identifier"),
        ("a=(", "unable to parse requirement: found '(', expected: identifier"),
        (
            "a>x",
            "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must "
            "be an integer",
        ),
        (
            "app=" + "x" * 64,
            f'unable to parse requirement: values[0][app]: Invalid value: "{"x" * 64}": must be no more than 63 bytes',
        ),
    ],
)
def test_bad_label_selectors_get_the_real_complaint(text: str, complaint: str):
    """The texts of a real API server."""
    with pytest.raises(ValueError) as refused:
        parse_label_selector(text)
    assert str(refused.value) == complaint


def test_bad_keys_are_described():
    """The rules for label keys apply before anything else."""
    with pytest.raises(ValueError, match='<nil>: Invalid value: "-bad": name part must consist of alphanumeric'):
        parse_label_selector("-bad=1")


def test_typed_selectors():
    """No selector matches nothing, an empty one everything; pairs and expressions are combined."""
    assert selector_of(None) is NOTHING
    assert not NOTHING.matches({})
    assert selector_of(meta.LabelSelector()) == EVERYTHING
    typed = meta.LabelSelector(
        match_labels={"app": "web"},
        match_expressions=[{"key": "tier", "operator": "In", "values": ["front", "back"]}],
    )
    assert selector_of(typed).matches(LABELS)
    assert str(selector_of(typed)) == "app=web,tier in (back,front)"
    assert selector_of_map({"app": "web"}).matches(LABELS)
    with pytest.raises(ValueError, match='"Near" is not a valid label selector operator'):
        selector_of(meta.LabelSelector(match_expressions=[{"key": "a", "operator": "Near"}]))


@pytest.mark.parametrize(
    ("operator", "values", "complaint"),
    [
        ("in", (), "values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty"),
        ("exists", ("a",), 'values: Invalid value: ["a"]: values set must be empty for exists and does not exist'),
        ("=", ("a", "b"), 'values: Invalid value: ["a","b"]: exact-match compatibility requires one single value'),
    ],
)
def test_requirements_are_checked(operator: str, values: tuple[str, ...], complaint: str):
    """How many values an operator takes."""
    with pytest.raises(ValueError) as refused:
        requirement("key", operator, values)
    assert str(refused.value) == complaint


keys = st.from_regex(r"[a-z]([-a-z0-9]{0,5}[a-z0-9])?", fullmatch=True).filter(lambda key: key not in ("in", "notin"))


@given(st.lists(st.tuples(keys, st.sampled_from(["=", "!=", "in", "notin", "exists", "!"]), st.sets(keys, min_size=1))))
def test_label_selectors_are_written_and_read_back(parts: list[tuple[str, str, set[str]]]):
    """The text of a selector is a selector that says the same."""
    texts = []
    for key, operator, values in parts:
        chosen = sorted(values)
        if operator in ("in", "notin"):
            texts.append(f"{key} {operator} ({','.join(chosen)})")
        else:
            texts.append({"exists": key, "!": f"!{key}"}.get(operator, f"{key}{operator}{chosen[0]}"))
    selector = parse_label_selector(",".join(texts))
    assert parse_label_selector(str(selector)) == selector


@pytest.mark.parametrize(
    ("text", "requirements"),
    [
        ("", ()),
        ("spec.nodeName=n1", (("spec.nodeName", "=", "n1"),)),
        ("b==1,a!=2", (("a", "!=", "2"), ("b", "=", "1"))),
        (r"x=a\,b\=c\\", (("x", "=", r"a,b=c" + "\\"),)),
        ("a=,", (("a", "=", ""),)),
    ],
)
def test_field_selectors(text: str, requirements: tuple[tuple[str, str, str], ...]):
    """Terms are sorted by their text, values unescaped."""
    assert parse_field_selector(text).requirements == requirements


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a", "invalid selector: 'a'; can't understand 'a'"),
        ("x=a=b", "invalid field selector: unescaped character in value: 61"),
        ("x=\\y", "invalid field selector: invalid escape sequence: \\y"),
        ("x=\\", "invalid field selector: invalid escape sequence: \\"),
    ],
)
def test_bad_field_selectors_get_the_real_complaint(text: str, complaint: str):
    """The texts of a real API server."""
    with pytest.raises(ValueError) as refused:
        parse_field_selector(text)
    assert str(refused.value) == complaint


def test_field_selectors_match_and_are_written():
    """A field that is not there is empty."""
    selector = parse_field_selector(r"phase!=Failed,node=,name=a\,b")
    assert selector.matches({"phase": "Running", "name": "a,b"})
    assert not selector.matches({"phase": "Failed", "name": "a,b"})
    assert selector.exact("name") == "a,b"
    assert selector.exact("phase") is None
    assert str(selector) == r"name=a\,b,node=,phase!=Failed"
