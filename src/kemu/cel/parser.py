"""Tokens to a tree: recursive descent that complains, and goes on after a complaint, as upstream's parser does."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .ast import Call, Entries, Entry, Field, Items, Literal, Name, Node, Select, Struct
from .errors import CompileError, Issue
from .lexer import Token, tokens, unquote, unquote_bytes
from .values import Uint

MAX_LENGTH = 100_000
MAX_DEPTH = 250
MAX_NESTING = 60
"""How deeply brackets may be nested; each costs the reader and the stack more than a link of a chain does."""

LEVELS = {"*": 3, "/": 3, "%": 3, "+": 2, "-": 2}
LEVELS |= dict.fromkeys(("<", "<=", ">=", ">", "==", "!=", "in"), 1)
FUNCTIONS = {text: f"_{text}_" for text in LEVELS} | {"in": "@in"}
RESERVED = frozenset(
    (
        *("as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop"),
        *("package", "namespace", "null", "return", "true", "var", "void", "while"),
    )
)
_ORDER = (
    *("==", "!=", "in", "<", "<=", ">=", ">", "&&", "||", "[", "]", "{", "}", "(", ")"),
    *(".", ",", "-", "!", "?", ":", "+", "*", "/", "%"),
)
_STARTS = ("[", "{", "(", ".", "-", "!")
_LITERALS = (
    *("'true'", "'false'", "'null'", "NUM_FLOAT", "NUM_INT", "NUM_UINT"),
    *("STRING", "BYTES", "IDENTIFIER"),
)
_KINDS = ("int", "uint", "double", "string", "bytes", "name")
_AFTER = (*LEVELS, "&&", "||", "?", ".", "[")
"""What can follow a complete operand."""

Macro = Callable[[int, Node | None, tuple[Node, ...]], Node | None]
"""Expands a call at a place into a tree; None leaves the call alone. Raises MacroProblem."""


class MacroProblem(Exception):
    """A macro was given arguments that it cannot take."""

    def __init__(self, at: int, text: str) -> None:
        super().__init__(text)
        self.issue = Issue(at, text)


def parse(source: str, macros: Mapping[tuple[str, int, bool], Macro]) -> Node:
    """The tree of an expression, with macros (by name, number of arguments, and whether methods) expanded.

    Raises CompileError.
    """
    if len(source) > MAX_LENGTH:
        text = f"expression code point size exceeds limit: size: {len(source)}, limit {MAX_LENGTH}"
        raise CompileError(source, [Issue(0, text)])
    parser = _Parser(source, macros)
    node = parser.whole()
    if parser.issues:
        raise CompileError(source, sorted(parser.issues, key=lambda issue: issue.at))
    return node


class _Deep(Exception):
    """The expression is nested too deeply."""


class _Parser:
    def __init__(self, source: str, macros: Mapping[tuple[str, int, bool], Macro]) -> None:
        self.tokens, self.issues = tokens(source)
        self.macros = macros
        self.place = 0
        self.open: list[str] = []
        self.recovering = False

    # Tokens

    @property
    def token(self) -> Token:
        return self.tokens[self.place]

    def sees(self, *texts: str) -> bool:
        token = self.token
        return token.kind in ("op", "word") and token.text in texts

    def next_is(self, test: Callable[[Token], bool]) -> bool:
        return self.place + 1 < len(self.tokens) and test(self.tokens[self.place + 1])

    def advance(self) -> Token:
        token = self.token
        self.place += token.kind != "end"
        self.recovering = False
        return token

    def take(self, *texts: str) -> Token | None:
        return self.advance() if self.sees(*texts) else None

    def complain(self, text: str, at: int | None = None) -> None:
        if not self.recovering:
            self.issues.append(Issue(self.token.at if at is None else at, f"Syntax error: {text}"))
        self.recovering = True

    def skip(self) -> None:
        """Pass over what cannot be read, up to what an operand may be followed by."""
        closers = [*self.open, ",", ":"] if self.open else []
        while self.token.kind != "end" and not self.sees(*_AFTER, *closers):
            self.place += 1

    def expect(self, text: str) -> Token | None:
        """The token that must come: one too many is passed over, one that is missing is made up."""
        found = self.take(text)
        if found is not None:
            return found
        if self.next_is(lambda token: token.kind == "op" and token.text == text):
            self.complain(f"extraneous input '{self.token.text}' expecting '{text}'")
            self.place += 1
            return self.advance()
        outer = self.open[-1] if self.open else "<EOF>"
        if text in ")]" and (self.token.text == outer or (self.open and self.sees(","))):
            self.complain(f"missing '{text}' at '{self.token.text}'")
            return None
        self.complain(f"mismatched input '{self.token.text}' expecting '{text}'")
        self.skip()
        return None

    def close(self, text: str) -> None:
        """The end of a list or a map, before which a comma may stand."""
        if not self.sees(",", text):
            wanted = _set_of(text, ",")
            if self.next_is(lambda token: token.text in (text, ",")):
                self.complain(f"extraneous input '{self.token.text}' expecting {wanted}")
                self.place += 1
            else:
                self.complain(f"mismatched input '{self.token.text}' expecting {wanted}")
                self.skip()
                self.take(text)
                return
        self.take(",")
        self.expect(text)

    def starts(self, token: Token) -> bool:
        """Whether an expression can begin with a token."""
        if token.kind == "op":
            return token.text in _STARTS
        return token.kind in _KINDS or (token.kind == "word" and token.text != "in")

    # Expressions

    def whole(self) -> Node:
        try:
            node = self.expression()
        except _Deep:
            self.issues.append(Issue(0, f"expression recursion limit exceeded: {MAX_DEPTH}"))
            return Literal(0, None)
        if self.token.kind != "end":
            last = self.next_is(lambda token: token.kind == "end")
            self.complain(f"{'extraneous' if last else 'mismatched'} input '{self.token.text}' expecting <EOF>")
        return node

    def within(self, closer: str, read: Callable[[], Node]) -> Node:
        """What stands within brackets."""
        if len(self.open) >= MAX_NESTING:
            raise _Deep
        self.open.append(closer)
        try:
            return read()
        finally:
            self.open.pop()

    def expression(self) -> Node:
        branches: list[tuple[Token, Node, Node]] = []
        node = self.logical("||")
        while (mark := self.take("?")) is not None:
            yes = self.logical("||")
            self.expect(":")
            branches.append((mark, node, yes))
            node = self.logical("||")
            _limit(branches)
        for mark, condition, yes in reversed(branches):
            node = self.call(mark.at, "_?_:_", None, (condition, yes, node))
        return node

    def logical(self, operator: str) -> Node:
        read = (lambda: self.logical("&&")) if operator == "||" else (lambda: self.binary(1))
        terms, marks = [read()], []
        while (mark := self.take(operator)) is not None:
            marks.append(mark)
            terms.append(read())
        return _balanced(f"_{operator}_", terms, marks, 0, len(marks) - 1) if marks else terms[0]

    def binary(self, least: int) -> Node:
        left = self.unary()
        length = 0
        while self.token.kind in ("op", "word") and LEVELS.get(self.token.text, 0) >= least:
            length += 1
            if length > MAX_DEPTH:
                raise _Deep
            mark = self.advance()
            right = self.binary(LEVELS[mark.text] + 1)
            left = self.call(mark.at, FUNCTIONS[mark.text], None, (left, right))
        return left

    def unary(self) -> Node:
        mark = self.token
        for text, function in (("!", "!_"), ("-", "-_")):
            if not self.sees(text):
                continue
            if text == "-" and self.next_is(lambda token: token.kind in ("int", "double")):
                break
            count = 0
            while self.take(text):
                count += 1
            if count > 1 and self.token.kind == "end":
                self.complain(f"no viable alternative at input '{text}'")
                self.recovering = False
            elif not self.starts(self.token):
                self.complain(f"extraneous input '{self.token.text}' expecting {_set_of(*_STARTS, *_LITERALS)}")
            operand = self.member()
            return operand if count % 2 == 0 else self.call(mark.at, function, None, (operand,))
        return self.member()

    def member(self) -> Node:
        node = self.primary()
        length = 0
        while True:
            mark = self.token
            if self.take("."):
                node = self.selected(node, mark)
            elif self.take("["):
                optional = self.take("?") is not None
                index = self.within("]", self.expression)
                self.expect("]")
                node = self.call(mark.at, "_[?_]" if optional else "_[_]", None, (node, index))
            else:
                return node
            length += 1
            if length > MAX_DEPTH:
                raise _Deep

    def selected(self, node: Node, mark: Token) -> Node:
        optional = self.take("?") is not None
        name = self.token
        if name.kind != "name":
            shown = "" if name.kind == "end" else name.text
            if name.kind == "word":
                self.complain(f"mismatched input '{shown}' expecting IDENTIFIER")
            else:
                self.complain(f"no viable alternative at input '.{shown}'")
            self.place += name.kind != "end"
            self.skip()
            return node
        self.advance()
        opened = self.token
        if not optional and self.take("("):
            return self.call(opened.at, name.text, node, self.arguments())
        if optional:
            return self.call(mark.at, "_?._", None, (node, Literal(name.at, name.text)))
        return Select(mark.at, node, name.text)

    def arguments(self) -> tuple[Node, ...]:
        found: list[Node] = []
        if self.take(")"):
            return ()
        if not self.starts(self.token):
            self.complain(f"mismatched input '{self.token.text}' expecting {_set_of(*_STARTS, ')', *_LITERALS)}")
            self.skip()
        else:
            found.append(self.within(")", self.expression))
        while self.take(","):
            found.append(self.within(")", self.expression))
        self.expect(")")
        return tuple(found)

    def primary(self) -> Node:
        if not self.starts(self.token):
            wanted = _set_of(*_STARTS, *_LITERALS)
            if self.next_is(self.starts) and not self.sees("+", "-"):
                self.complain(f"extraneous input '{self.token.text}' expecting {wanted}")
                self.place += 1
            else:
                self.complain(f"mismatched input '{self.token.text}' expecting {wanted}")
                self.skip()
                return Literal(self.token.at, None)
        token = self.advance()
        if token.text == "(" and token.kind == "op":
            node = self.within(")", self.expression)
            self.expect(")")
            return node
        if token.text == "[" and token.kind == "op":
            return self.within("]", lambda: self.items(token.at))
        if token.text == "{" and token.kind == "op":
            return self.within("}", lambda: self.entries(token.at))
        if token.kind == "name" or token.text == ".":
            return self.named(token)
        return self.literal(token)

    def named(self, token: Token) -> Node:
        """A variable, a call, or a new object of a type that may have dots in its name."""
        dot = ""
        if token.text == ".":
            dot, token = ".", self.token
            if token.kind != "name":
                self.complain(f"no viable alternative at input '.{'' if token.kind == 'end' else token.text}'")
                self.skip()
                return Literal(token.at, None)
            self.advance()
        typed = self.struct_name()
        if typed is not None:
            return self.struct(f"{dot}{token.text}{typed}")
        if token.text in RESERVED:
            self.issues.append(Issue(token.at, f"reserved identifier: {token.text}"))
        opened = self.token
        if self.take("("):
            return self.call(opened.at, dot + token.text, None, self.arguments())
        return Name(token.at, dot + token.text)

    def struct_name(self) -> str | None:
        """The rest of a type's name, if `{` follows it."""
        place, rest = self.place, ""
        while self.tokens[place].text == "." and self.tokens[place + 1].kind == "name":
            rest += f".{self.tokens[place + 1].text}"
            place += 2
        if self.tokens[place].text != "{" or self.tokens[place].kind != "op":
            return None
        self.place = place
        return rest

    def struct(self, name: str) -> Node:
        at = self.advance().at
        return self.within("}", lambda: Struct(at, name, tuple(self.fields())))

    def fields(self) -> list[Field]:
        found: list[Field] = []
        if self.take("}"):
            return found
        while not self.sees("}", ","):
            optional = self.take("?") is not None
            name = self.token
            if name.kind != "name":
                wanted = _set_of("}", ",", "?", "IDENTIFIER", "ESC_IDENTIFIER")
                extra = self.next_is(lambda token: token.kind == "name" or token.text in ("}", ",", "?"))
                self.complain(f"{'extraneous' if extra else 'mismatched'} input '{name.text}' expecting {wanted}")
                self.place += extra
                name = self.token
            if name.kind != "name":
                self.skip()
                break
            self.advance()
            mark = self.token
            if self.expect(":") is None:
                break
            found.append(Field(mark.at, name.text, self.expression(), optional))
            if not self.sees(",") or self.next_is(lambda token: token.text == "}"):
                break
            self.advance()
        self.close("}")
        return found

    def items(self, at: int) -> Node:
        found: list[Node] = []
        optional: set[int] = set()
        if self.take("]"):
            return Items(at, ())
        while not self.sees(","):
            if self.take("?"):
                optional.add(len(found))
            found.append(self.expression())
            if not self.sees(",") or self.next_is(lambda token: token.text == "]"):
                break
            self.advance()
        self.close("]")
        return Items(at, tuple(found), frozenset(optional))

    def entries(self, at: int) -> Node:
        found: list[Entry] = []
        if self.take("}"):
            return Entries(at, ())
        if not self.starts(self.token) and not self.sees(",", "?"):
            wanted = _set_of(*_STARTS, "}", ",", "?", *_LITERALS)
            extra = self.next_is(self.starts)
            self.complain(f"{'extraneous' if extra else 'mismatched'} input '{self.token.text}' expecting {wanted}")
            self.place += extra
        while not self.sees(",") and self.token.kind != "end":
            optional = self.take("?") is not None
            key = self.expression()
            mark = self.token
            if self.expect(":") is None:
                self.take("}")
                return Entries(at, tuple(found))
            found.append(Entry(mark.at, key, self.expression(), optional))
            if not self.sees(",") or self.next_is(lambda token: token.text == "}"):
                break
            self.advance()
        self.close("}")
        return Entries(at, tuple(found))

    def literal(self, token: Token) -> Node:
        sign = ""
        if token.text == "-":
            sign, at = "-", token.at
            token = self.advance()
        else:
            at = token.at
        match token.kind:
            case "int":
                return self.number(at, int(sign + token.text, 0) if "x" in token.text else int(sign + token.text))
            case "uint":
                text = token.text[:-1]
                value = int(text, 16) if "x" in text else int(text)
                if value >= 1 << 64:
                    self.issues.append(Issue(at, "invalid uint literal"))
                return Literal(at, Uint(value))
            case "double":
                number = float(sign + token.text)
                if number in (float("inf"), float("-inf")):
                    self.issues.append(Issue(at, "invalid double literal"))
                return Literal(at, number)
            case "string":
                return Literal(at, unquote(token.text))
            case "bytes":
                return Literal(at, unquote_bytes(token.text))
        return Literal(at, {"true": True, "false": False}.get(token.text))

    def number(self, at: int, value: int) -> Node:
        if not -(1 << 63) <= value < 1 << 63:
            self.issues.append(Issue(at, "invalid int literal"))
        return Literal(at, value)

    def call(self, at: int, function: str, target: Node | None, arguments: tuple[Node, ...]) -> Node:
        """A call, or what a macro of that name makes of it."""
        macro = self.macros.get((function, len(arguments), target is not None))
        if macro is not None:
            try:
                expanded = macro(at, target, arguments)
            except MacroProblem as problem:
                self.issues.append(problem.issue)
                return Literal(at, None)
            if expanded is not None:
                return expanded
        return Call(at, function, target, arguments)


def _balanced(function: str, terms: list[Node], marks: list[Token], low: int, high: int) -> Node:
    """A tree of equal operators that is as flat as can be."""
    middle = (low + high + 1) // 2
    left = terms[middle] if middle == low else _balanced(function, terms, marks, low, middle - 1)
    right = terms[middle + 1] if middle == high else _balanced(function, terms, marks, middle + 1, high)
    return Call(marks[middle].at, function, None, (left, right))


def _limit(branches: list[tuple[Token, Node, Node]]) -> None:
    if len(branches) > MAX_NESTING:
        raise _Deep


def _set_of(*wanted: str) -> str:
    """How the tokens that could stand somewhere are listed: in the order of the grammar."""
    quoted = [f"'{each}'" if each in _ORDER else each for each in wanted]
    rank = {f"'{each}'": number for number, each in enumerate(_ORDER)}
    return "{" + ", ".join(sorted(quoted, key=lambda each: rank.get(each, 100 + _rank(each)))) + "}"


def _rank(wanted: str) -> int:
    return _LITERALS.index(wanted) if wanted in _LITERALS else len(_LITERALS)
