"""The expression language: what values come out, what does not compile and why, and what fails when it is evaluated."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kemu.cel import (
    BOOL,
    DYN,
    INT,
    STRING,
    CompileError,
    CostExceeded,
    Environment,
    EvaluationError,
    ObjectType,
    Type,
    list_of,
    map_of,
)

SHELF = ObjectType("Shelf", {"size": INT, "name": STRING})
ENVIRONMENT = Environment(
    {
        "any": DYN,
        "n": INT,
        "numbers": list_of(INT),
        "names": list_of(STRING),
        "labels": map_of(STRING, STRING),
        "shelf": Type("object", "Shelf"),
    },
    objects=[SHELF],
    bindings=True,
)
VALUES: dict[str, Any] = {
    "any": {"a": 1, "list": [1, "b"], "nothing": None, "f": 1.5},
    "n": 7,
    "numbers": (1, 2, 3),
    "names": ("x", "yy"),
    "labels": {"app": "web", "tier": "front"},
    "shelf": {"size": 3, "name": "top"},
}


def value(expression: str) -> Any:
    return ENVIRONMENT.compile(expression).evaluate(VALUES)


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("1 + 2 * 3 - -4", 11),
        ("-7 / 2", -3),
        ("-7 % 2", -1),
        ("7.0 / 2.0", 3.5),
        ("10u / 3u", 3),
        ("'a' + \"b\" + r'\\n'", "ab\\n"),
        ("'''two\nlines'''", "two\nlines"),
        ("'\\u00e9\\x41\\101'", "éAA"),
        ("b'\\x00a'", b"\x00a"),
        ("0x1F", 31),
        ("n > 5 ? 'many' : 'few'", "many"),
        ("n == 7 && !(n < 0) || false", True),
        ("n in numbers", False),
        ("'app' in labels", True),
        ("dyn(1) == 1.0", True),
        ("1 < 1.5", True),
        ("[1, 2] + [3]", (1, 2, 3)),
        ("{'a': 1}['a']", 1),
        ("any.list[1]", "b"),
        ("any.a == 1 || any.nope", True),
        ("any.nope || any.a == 1", True),
        ("any.nope && false", False),
        ("has(any.a) && !has(any.nope)", True),
        ("has(shelf.size)", True),
        ("any.nothing == null", True),
        ("numbers.all(x, x > 0)", True),
        ("numbers.exists(x, x > 2)", True),
        ("numbers.exists_one(x, x > 2)", True),
        ("numbers.exists_one(x, x > 1)", False),
        ("numbers.map(x, x * 2)", (2, 4, 6)),
        ("numbers.map(x, x > 1, x * 2)", (4, 6)),
        ("numbers.filter(x, x != 2)", (1, 3)),
        ("labels.all(k, k.size() > 2)", True),
        ("labels.exists(k, v, v == 'web')", True),
        ("numbers.all(i, x, x == i + 1)", True),
        ("labels.transformList(k, v, k + v).sort()", ("appweb", "tierfront")),
        ("labels.transformMap(k, v, v.size())", {"app": 3, "tier": 5}),
        ("cel.bind(y, n * 2, y + 1)", 15),
        ("any.?nope.orValue(5)", 5),
        ("any.?a.hasValue()", True),
        ("any[?'a'].orValue(0)", 1),
        ("optional.of(2).optMap(x, x + 1).value()", 3),
        ("optional.none().or(optional.of(1)).value()", 1),
        ("[?any.?a, ?any.?nope]", (1,)),
        ("type(n) == int && type('a') == string", True),
        ("type(any.list) == list", True),
        ("size('é') + size([1]) + size({'a': 1}) + size(b'ab')", 5),
        ("int('42') + int(1.9) + int(2u)", 45),
        ("double('1.5')", 1.5),
        ("string(1.5) + string(true) + string(3)", "1.5true3"),
        ("bool('true')", True),
        ("timestamp('2024-01-01T00:00:00Z') + duration('25h') == timestamp('2024-01-02T01:00:00Z')", True),
        ("timestamp('2024-03-01T12:30:45.5Z').getDayOfYear()", 60),
        ("timestamp('2024-03-01T23:30:00Z').getHours('+02:00')", 1),
        ("string(duration('1h30m'))", "5400s"),
        ("duration('90s').getMinutes()", 1),
        ("timestamp('2024-01-02T00:00:00Z') - timestamp('2024-01-01T00:00:00Z') == duration('24h')", True),
        ("// a remark\nn", 7),
    ],
)
def test_values(expression: str, wanted: Any) -> None:
    """Operators, literals, macros and conversions."""
    assert value(expression) == wanted


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ("1 +", "ERROR: <input>:1:4: Syntax error: mismatched input '<EOF>' expecting"),
        ("(1", "ERROR: <input>:1:3: Syntax error: missing ')' at '<EOF>'"),
        ("!", "ERROR: <input>:1:2: Syntax error: extraneous input '<EOF>' expecting {'[', '{',"),
        ("Shelf{", "ERROR: <input>:1:7: Syntax error: mismatched input '<EOF>' expecting {'}', ',',"),
        ("a b", "ERROR: <input>:1:3: Syntax error: extraneous input 'b' expecting <EOF>"),
        ("nope", "ERROR: <input>:1:1: undeclared reference to 'nope' (in container '')"),
        ("shelf.nope", "ERROR: <input>:1:6: undefined field 'nope'"),
        ("n.field", "ERROR: <input>:1:2: type 'int' does not support field selection"),
        ("n == 'a'", "found no matching overload for '_==_' applied to '(int, string)'"),
        ("n.startsWith('a')", "found no matching overload for 'startsWith' applied to 'int.(string)'"),
        ("Shelf{size: 1}", "undeclared reference to 'Shelf'"),
        ("nope(n)", "undeclared reference to 'nope' (in container '')"),
        ("n ? 1 : 2", "found no matching overload for '_?_:_' applied to '(int, int, int)'"),
        ("numbers.all(1, true)", "argument must be a simple name"),
        ("has(n)", "invalid argument to has() macro"),
        ("[1, 'a']", "expected type 'int' but found 'string'"),
        ("'a'.matches('[')", "invalid matches argument"),
        ("duration('x')", "invalid duration argument"),
        ("timestamp('x')", "invalid timestamp argument"),
        ("n.map(x, x)", "expression of type 'int' cannot be range of a comprehension"),
        ("99999999999999999999", "invalid int literal"),
    ],
)
def test_what_does_not_compile(expression: str, complaint: str) -> None:
    """The complaint has the place and the text that cel-go has."""
    with pytest.raises(CompileError) as raised:
        ENVIRONMENT.compile(expression)
    assert complaint in str(raised.value)


def test_complaints_point_at_the_place() -> None:
    """The line of the expression is shown with a mark below it; each mistake has its own."""
    with pytest.raises(CompileError) as raised:
        ENVIRONMENT.compile("n > 0 &&\n  shelf.nope == other")
    assert str(raised.value).splitlines() == [
        "ERROR: <input>:2:8: undefined field 'nope'",
        " |   shelf.nope == other",
        " | .......^",
        "ERROR: <input>:2:17: undeclared reference to 'other' (in container '')",
        " |   shelf.nope == other",
        " | ................^",
    ]


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ("any.nope", "no such key: nope"),
        ("numbers[3]", "index out of bounds: 3"),
        ("1 / (n - 7)", "division by zero"),
        ("1 % (n - 7)", "modulus by zero"),
        ("9223372036854775807 + n", "integer overflow"),
        ("1u - 2u", "unsigned integer overflow"),
        ("any.a + 'x'", "no such overload"),
        ("any.list.all(x, x > 0)", "no such overload"),
        ("any.a[0]", "no such key: 0"),
        ("any.a.b", "no such key: b"),
        ("any.list.b", "unsupported index type 'string' in list"),
        ("any.list['b']", "unsupported index type 'string' in list"),
        ("any.a.all(x, true)", "got 'types.Int', expected iterable type"),
        ("any.a.transformList(i, v, v)", "unsupported comprehension range type: types.Int"),
        ("any.a.size()", "no such overload: size"),
        ("any.f.replace('a', 'b')", "no such overload: replace(double, string, string)"),
        ("sets.contains(any.a, [1])", "no such overload: sets.contains(int, list)"),
        ("any.a.startsWith('x')", "no such overload"),
        ("duration(any.a)", "type conversion error from 'int' to 'google.protobuf.Duration'"),
        ("optional.none().value()", "optional.none() dereference"),
        ("int('x')", "type conversion error from 'string' to 'int'"),
        ("timestamp('2024-01-01T00:00:00Z').getHours('Nowhere')", "unknown time zone Nowhere"),
    ],
)
def test_what_fails(expression: str, complaint: str) -> None:
    """An evaluation that fails says why in upstream's words."""
    with pytest.raises(EvaluationError) as raised:
        value(expression)
    assert str(raised.value) == complaint


@pytest.mark.parametrize(
    "expression", ["!has(any.a.b)", "!any.a.?b.hasValue()", "!any.a[?0].hasValue()", "any.a.orValue(2) == 1"]
)
def test_what_has_no_fields_lacks_them(expression: str) -> None:
    """Whether a number has a field can be asked, and what is no optional has its own value."""
    assert value(expression) is True


def test_loops_are_counted() -> None:
    """Who loops for too long is stopped."""
    program = ENVIRONMENT.compile("numbers.all(x, numbers.all(y, numbers.all(z, true)))")
    assert program.evaluate(VALUES) is True
    with pytest.raises(CostExceeded):
        program.evaluate({**VALUES, "numbers": tuple(range(1000))}, cost_limit=10_000)


def test_deep_expressions_are_refused() -> None:
    """Neither brackets nor chains of operators exhaust the stack."""
    for expression in ("(" * 5000 + "1" + ")" * 5000, "[" * 5000, "!" * 5000 + "true", "-" * 999 + "n"):
        try:
            ENVIRONMENT.compile(expression)
        except CompileError as problem:
            assert "recursion limit" in str(problem) or "Syntax error" in str(problem)
    assert value("+".join(["1"] * 200)) == 200


WORDS = r"""
1 2u 1.5 'a' b'a' n any numbers names labels shelf . ? : ( ) [ ] { } , + - * / % ! == != < > in && || true null size
has all map exists x .all(x, .map(x, .size() .a .?a [? [0] int( string( quantity( ' \ `a` # @ é
"""
TOKENS = st.sampled_from(WORDS.split())


@settings(max_examples=300, deadline=None)
@given(st.lists(TOKENS, max_size=14).map(" ".join) | st.text(max_size=30))
def test_any_text_has_a_verdict(expression: str) -> None:
    """A text is a program or is refused, and a program gives a value or says why not: nothing else is raised."""
    try:
        program = ENVIRONMENT.compile(expression)
    except CompileError:
        return
    try:
        program.evaluate(VALUES)
    except EvaluationError as problem:
        assert str(problem)


def test_a_wanted_type() -> None:
    """The type of a program is known before it is evaluated, and so are the variables it needs."""
    program = ENVIRONMENT.compile("numbers.exists(x, x > n)")
    assert program.type == BOOL and program.names == {"numbers", "n"}
    assert str(ENVIRONMENT.compile("{'a': [n]}").type) == "map(string, list(int))"
