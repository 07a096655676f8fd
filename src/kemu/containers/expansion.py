"""What the words of a shell command become: variables, substitutions, arithmetic, splitting, and names of files."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections import deque
from collections.abc import Callable
from functools import lru_cache

from .patterns import Glob, Segment, unglobbed
from .program import DEEPEST, Arithmetic, Literal, Part, Program, ShellError, Substitution, Variable, Word
from .variables import Variables

_GLOB = re.compile(r"[*?]|\[.[^\]]*\]")
_NUMBERS = re.compile(r"\{(-?\d+)\.\.(-?\d+)\}")
_CHOICES = re.compile(r"\{([^{}]*,[^{}]*)\}")


LONGEST_TEXT = 1 << 20
"""How many characters a word has at most: a container that makes longer ones runs out of memory."""

DIGITS = 40
"""How many digits a number in a script has at most."""


class Expansion:
    """Expands words for a process, whose variables, arguments and files these are."""

    variables: Variables
    arguments: tuple[str, ...]
    status: int
    nounset: bool

    @abstractmethod
    def special(self, name: str) -> str | None:
        """The value of a parameter that is no variable, such as `$$`."""

    @abstractmethod
    def charge(self, characters: int, each: int = 32) -> None:
        """Computing takes as long as one instruction for `each` so many characters."""

    @abstractmethod
    def substituted(self, program: Program) -> str:
        """What a program prints."""

    @abstractmethod
    def paths(self, pattern: Glob) -> list[str]:
        """The names of files that a pattern matches, in order."""

    def words(self, word: Word) -> list[str]:
        """The words that one word becomes."""
        if "BASH_VERSION" in self.variables and len(word) == 1 and isinstance(word[0], Literal):
            if not word[0].quoted and "{" in word[0].text:
                return _braces(word[0].text)
        result = []
        for segments in self._fields(word):
            text = "".join(piece for piece, _ in segments)
            if any(not quoted and _GLOB.search(piece) for piece, quoted in segments):
                result.extend(self.paths(Glob(segments)) or [text])
            else:
                result.append(text)
        return result

    def text(self, word: Word) -> str:
        """One word as one text, neither split nor matched with files."""
        text = "".join([self.value(part) for part in word])
        if len(text) > LONGEST_TEXT:
            raise ShellError("out of memory")
        self.charge(len(text))
        return text

    def pattern(self, word: Word) -> Glob:
        """A word that is taken as a shell pattern."""
        return Glob([(self.value(part), part.quoted) for part in word])

    def glob(self, word: Word) -> str:
        """The same as a text, in which what was quoted means only itself as well."""
        return "".join([unglobbed(self.value(part)) if part.quoted else self.value(part) for part in word])

    def _fields(self, word: Word) -> list[list[Segment]]:
        fields: list[list[Segment]] = []
        current: list[Segment] | None = None
        separators = self.variables.get("IFS", " \t\n")
        for part in word:
            if isinstance(part, Variable) and part.name == "@" and part.quoted and not part.operator:
                for place, value in enumerate(self.arguments[1:]):
                    if place and current is not None:
                        fields.append(current)
                        current = None
                    current = [*(current or ()), (value, True)]
                continue
            value = self.value(part)
            if part.quoted or isinstance(part, Literal):
                current = [*(current or ()), (value, part.quoted)]
                continue
            pieces = split(value, separators)
            if value[:1] and value[0] in separators and current is not None:
                fields.append(current)
                current = None
            for place, piece in enumerate(pieces):
                if place and current is not None:
                    fields.append(current)
                    current = None
                current = [*(current or ()), (piece, False)]
            if pieces and value[-1:] in separators and current is not None:
                fields.append(current)
                current = None
        if current is not None:
            fields.append(current)
        return fields

    def value(self, part: Part) -> str:
        """The text that one part of a word stands for."""
        if isinstance(part, Literal):
            return part.text
        if isinstance(part, Arithmetic):
            return str(self.arithmetic(self.text(part.expression)))
        if isinstance(part, Substitution):
            return self.substituted(part.program)
        return self._variable(part)

    def lookup(self, name: str) -> str | None:
        """A variable or parameter, or None if it is not set."""
        if name.isdigit():
            return self.arguments[int(name)] if int(name) < len(self.arguments) else None
        if name in ("@", "*"):
            return " ".join(self.arguments[1:])
        if name == "?":
            return str(self.status)
        if name == "#":
            return str(len(self.arguments) - 1)
        return self.variables[name] if name in self.variables else self.special(name)

    def _variable(self, part: Variable) -> str:
        value = self.lookup(part.name)
        operator = part.operator
        if operator == "":
            if value is None and self.nounset:
                raise ShellError(f"{part.name}: parameter not set")
            return value or ""
        if operator == "length":
            return str(len(value or ""))
        if operator in ("#", "##", "%", "%%"):
            return self.pattern(part.word).trimmed(value or "", operator)
        if operator in ("/", "//"):
            return self._replaced(value or "", operator, part.word)
        if operator == ":":
            return self._slice(value or "", self.text(part.word))
        is_set = bool(value) if operator.startswith(":") else value is not None
        if operator.endswith("+"):
            return self.text(part.word) if is_set else ""
        if is_set:
            return value or ""
        word = self.text(part.word)
        if operator.endswith("="):
            self.variables[part.name] = word
        if operator.endswith("?"):
            raise ShellError(f"{part.name}: {word or 'parameter not set'}")
        return word

    def _replaced(self, value: str, operator: str, word: Word) -> str:
        """`${name/pattern/text}`; only patterns without quotes and parameters in them."""
        text = self.text(word)
        pattern, _, new = text.partition("/")
        self.charge(len(value), 1)
        return Glob([(pattern, False)]).replaced(value, new, -1 if operator == "//" else 1)

    def _slice(self, value: str, word: str) -> str:
        start_text, colon, length_text = word.partition(":")
        start = self.arithmetic(start_text)
        start = max(len(value) + start, 0) if start < 0 else start
        if not colon:
            return value[start:]
        length = self.arithmetic(length_text)
        return value[start : start + length] if length >= 0 else value[start:length]

    def arithmetic(self, expression: str) -> int:
        """The value of `$((expression))`."""

        def assign(name: str, value: int) -> None:
            self.variables[name] = str(value)

        return evaluate(expression, lambda name: self.lookup(name) or "0", assign)


def split(text: str, separators: str) -> list[str]:
    """The fields of an expanded text: blanks separate however many they are, other separators each for itself."""
    blanks = "".join(char for char in separators if char in " \t\n")
    others = "".join(char for char in separators if char not in " \t\n")
    if not others:
        return text.split() if blanks == " \t\n" else [each for each in _cut(text, blanks) if each]
    text = text.strip(blanks) if blanks else text
    pieces = _cut(text, others)
    if pieces and not pieces[-1]:
        pieces.pop()
    return [each.strip(blanks) if blanks else each for each in pieces]


def _cut(text: str, separators: str) -> list[str]:
    return re.split("[" + re.escape(separators) + "]", text) if separators else [text]


def _braces(text: str) -> list[str]:
    """bash's `{1..3}` and `{a,b}`."""
    found = _NUMBERS.search(text) or _CHOICES.search(text)
    if not found:
        return [text]
    if found.re is _NUMBERS:
        first, last = int(found[1]), int(found[2])
        step = 1 if first <= last else -1
        choices = [str(number) for number in range(first, last + step, step)]
    else:
        choices = found[1].split(",")
    return [each for choice in choices for each in _braces(text[: found.start()] + choice + text[found.end() :])]


# Arithmetic

_TOKEN = re.compile(r"\s*(\d+|[A-Za-z_]\w*|\+\+|--|[-+*/%]=|==|!=|<=|>=|&&|\|\||<<|>>|[-+*/%()<>!?:=&|^~])")
_LEVELS: tuple[tuple[str, ...], ...] = (
    ("||",),
    ("&&",),
    ("|",),
    ("^",),
    ("&",),
    ("==", "!="),
    ("<", "<=", ">", ">="),
    ("<<", ">>"),
    ("+", "-"),
    ("*", "/", "%"),
)
_RANKS = {operator: rank for rank, operators in enumerate(_LEVELS) for operator in operators}


def evaluate(
    text: str,
    lookup: Callable[[str], str] = lambda name: "0",
    assign: Callable[[str, int], None] = lambda name, value: None,
) -> int:
    """Whole-number arithmetic with C's precedence. Raises ShellError for anything else."""
    return _Sum(text, lookup, assign).result()


@lru_cache(maxsize=256)
def _tokens(text: str) -> tuple[str, ...] | None:
    """The names, numbers and operators of an expression; None if there is something else in it."""
    tokens, at = [], 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if not found:
            return None
        tokens.append(found[1])
        at = found.end()
    return tuple(tokens)


class _Sum:
    """Recursive descent over one expression."""

    def __init__(self, text: str, lookup: Callable[[str], str], assign: Callable[[str, int], None]) -> None:
        self.text = text.strip()
        self.lookup = lookup
        self.assign = assign
        self.depth = 0
        tokens = _tokens(self.text)
        if tokens is None:
            raise self.wrong()
        self.tokens = deque(tokens)

    def wrong(self) -> ShellError:
        return ShellError(f"arithmetic syntax error: {self.text}")

    def result(self) -> int:
        value = self.choice() if self.tokens else 0
        if self.tokens:
            raise self.wrong()
        return value

    def take(self, *wanted: str) -> str | None:
        return self.tokens.popleft() if self.tokens and (not wanted or self.tokens[0] in wanted) else None

    def choice(self) -> int:
        if (
            len(self.tokens) > 1
            and self.tokens[0].isidentifier()
            and self.tokens[1] in ("=", "+=", "-=", "*=", "/=", "%=")
        ):
            name, operator = self.tokens.popleft(), self.tokens.popleft()
            value = self.choice()
            if operator != "=":
                value = _wrapped(_operate(operator[0], self.variable(name), value))
            self.assign(name, value)
            return value
        value = self.level(0)
        if self.take("?"):
            yes = self.choice()
            if not self.take(":"):
                raise self.wrong()
            no = self.choice()
            return yes if value else no
        return value

    def level(self, number: int) -> int:
        left = self.unary()
        while self.tokens and (rank := _RANKS.get(self.tokens[0], -1)) >= number:
            operator = self.tokens.popleft()
            left = _wrapped(_operate(operator, left, self.level(rank + 1)))
        return left

    def unary(self) -> int:
        """What operators stand between. Raises ShellError for what is nested too deeply."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise ShellError("arithmetic syntax error: nested too deeply")
        value = self.operand()
        self.depth -= 1
        return value

    def operand(self) -> int:
        token = self.take()
        if token is None:
            raise self.wrong()
        if token == "(":
            value = self.choice()
            if not self.take(")"):
                raise self.wrong()
            return value
        if token in ("++", "--"):
            name = self.take() or ""
            value = self.variable(name) + (1 if token == "++" else -1)
            self.assign(name, value)
            return value
        if token in ("-", "+", "!", "~"):
            value = self.unary()
            return {"-": -value, "+": value, "!": int(not value), "~": ~value}[token]
        if token.isidentifier():
            value = self.variable(token)
            after = self.take("++", "--")
            if after:
                self.assign(token, value + (1 if after == "++" else -1))
            return value
        if not token.isdigit() or len(token) > DIGITS:
            raise self.wrong()
        return _wrapped(int(token))

    def variable(self, name: str) -> int:
        if not name.isidentifier():
            raise self.wrong()
        value = self.lookup(name).strip() or "0"
        try:
            return _wrapped(int(value))
        except ValueError:
            raise ShellError(f"arithmetic syntax error: {value}") from None


def _wrapped(value: int) -> int:
    """A number as 64 bits hold it."""
    return (value + (1 << 63)) % (1 << 64) - (1 << 63)


def _operate(operator: str, left: int, right: int) -> int:
    if operator in ("/", "%"):
        if right == 0:
            raise ShellError("divide by zero")
        quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
        return quotient if operator == "/" else left - quotient * right
    if operator in ("<<", ">>"):
        if not 0 <= right < 64:
            raise ShellError(f"arithmetic syntax error: shift by {right}")
        return left << right if operator == "<<" else left >> right
    return _SIMPLE[operator](left, right)


_SIMPLE: dict[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "&": lambda a, b: a & b,
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
    "==": lambda a, b: int(a == b),
    "!=": lambda a, b: int(a != b),
    "<": lambda a, b: int(a < b),
    "<=": lambda a, b: int(a <= b),
    ">": lambda a, b: int(a > b),
    ">=": lambda a, b: int(a >= b),
    "&&": lambda a, b: int(bool(a and b)),
    "||": lambda a, b: int(bool(a or b)),
}
