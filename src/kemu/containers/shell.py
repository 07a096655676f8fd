"""The shell subset: from text to a flat program.

A program is a tuple of instructions, and running it is a position in that tuple plus a few values, so that a process
can be forked and pickled at any moment. Loops and conditions become jumps:

    until nslookup db; do sleep 2; done

    0  Run(nslookup db)
    1  JumpIfZero(5)
    2  Run(sleep 2)
    3  Jump(0)

What is understood: `;` `&&` `||` `!` `|` newline, `if` `while` `until` `for`, `{ }` and `( )`, functions, quotes,
`$name` `${name:-word}` `$1` `$@` `$?` `$(...)` `` `...` `` `$((...))`, assignments, redirections to and from files,
here-documents, `&` after a command. Anything else raises `ShellError`, which names what was not understood.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs


class ShellError(Exception):
    """A script that is not understood; the text is what a shell would say."""


# Words


@attrs.frozen
class Literal:
    """Text that stands for itself. Quoted text is never split into several words."""

    text: str
    quoted: bool = False


@attrs.frozen
class Variable:
    """`$name` or `${name<operator>word}`."""

    name: str
    operator: str = ""
    word: str = ""
    quoted: bool = False


@attrs.frozen
class Substitution:
    """`$(program)`: what the program prints."""

    program: Program
    quoted: bool = False


@attrs.frozen
class Arithmetic:
    """`$((expression))`."""

    expression: str
    quoted: bool = False


Part = Literal | Variable | Substitution | Arithmetic
Word = tuple[Part, ...]


# Instructions


@attrs.frozen
class Redirect:
    """`>file`, `>>file`, `<file`, `2>file`, `2>&1` or a here-document."""

    stream: int
    mode: str
    target: Word


@attrs.frozen
class Run:
    """One simple command. In a pipeline it reads what the one before it printed."""

    words: tuple[Word, ...]
    assignments: tuple[tuple[str, Word], ...] = ()
    redirects: tuple[Redirect, ...] = ()
    reads_pipe: bool = False
    feeds_pipe: bool = False
    background: bool = False


@attrs.frozen
class Jump:
    target: int


@attrs.frozen
class JumpIfZero:
    """Jump if the last command succeeded."""

    target: int


@attrs.frozen
class JumpIfNonZero:
    """Jump if the last command failed."""

    target: int


@attrs.frozen
class Negate:
    """`!`: success becomes failure and the other way round."""


@attrs.frozen
class SetStatus:
    """Make the status of the last command a fixed one."""

    status: int


@attrs.frozen
class ForBegin:
    """Expand the words that a `for` goes over."""

    words: tuple[Word, ...]


@attrs.frozen
class ForNext:
    """Take the next word into the variable, or leave the loop."""

    variable: str
    end: int


@attrs.frozen
class LoopEnd:
    """Drop the words of a `for` that was left by `break`."""


@attrs.frozen
class Define:
    """A function: its body starts behind this instruction and ends at `end`."""

    name: str
    end: int


@attrs.frozen
class Return:
    """The end of a function's body."""


@attrs.frozen
class Enter:
    """The start of a subshell: variables that it changes are its own."""


@attrs.frozen
class Leave:
    """The end of a subshell."""


Instruction = (
    Run
    | Jump
    | JumpIfZero
    | JumpIfNonZero
    | Negate
    | SetStatus
    | ForBegin
    | ForNext
    | LoopEnd
    | Define
    | Return
    | Enter
    | Leave
)


@attrs.frozen
class Program:
    """A compiled script."""

    code: tuple[Instruction, ...]


# Tokens

_OPERATORS = ("&&", "||", ";;", "<<", ">>", ";", "&", "|", "(", ")", "<", ">", "\n")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=")
_RESERVED = frozenset(["if", "then", "elif", "else", "fi", "while", "until", "for", "in", "do", "done", "{", "}", "!"])


@attrs.frozen
class Token:
    """An operator, or a word with its parts."""

    operator: str = ""
    word: Word = ()
    plain: str | None = None
    """The text of a word that is one unquoted literal: only such a word can be a keyword."""


class _Reader:
    """Splits a script into tokens."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.heredocs: list[tuple[int, str, bool]] = []
        self.tokens: list[Token] = []

    def read(self) -> list[Token]:
        while self.at < len(self.text):
            char = self.text[self.at]
            if char in " \t":
                self.at += 1
            elif self.text.startswith("\\\n", self.at):
                self.at += 2
            elif char == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            else:
                self._token()
        return self.tokens

    def _token(self) -> None:
        found = re.match(r"([0-9]?)(>&|<<|>>|>|<)", self.text[self.at :])
        if found:
            self._redirect(found)
            return
        for operator in _OPERATORS:
            if self.text.startswith(operator, self.at):
                self.at += len(operator)
                self.tokens.append(Token(operator))
                if operator == "\n" and self.heredocs:
                    self._read_heredocs()
                return
        word = self._word()
        plain = word[0].text if len(word) == 1 and isinstance(word[0], Literal) and not word[0].quoted else None
        self.tokens.append(Token(word=word, plain=plain))

    def _redirect(self, found: re.Match[str]) -> None:
        stream = found[1] or ("0" if found[2].startswith("<") else "1")
        self.at += found.end()
        while self.at < len(self.text) and self.text[self.at] == " ":
            self.at += 1
        if found[2] == "<<":
            delimiter = self._word()
            text = "".join(part.text for part in delimiter if isinstance(part, Literal))
            quoted = any(isinstance(part, Literal) and part.quoted for part in delimiter)
            self.heredocs.append((len(self.tokens), text, quoted))
            self.tokens.append(Token(f"{stream}<<"))
            return
        self.tokens.append(Token(f"{stream}{found[2]}", word=self._word()))

    def _read_heredocs(self) -> None:
        for place, delimiter, quoted in self.heredocs:
            lines = []
            while self.at < len(self.text):
                end = self.text.find("\n", self.at)
                end = len(self.text) if end < 0 else end
                line = self.text[self.at : end]
                self.at = min(end + 1, len(self.text))
                if line.strip() == delimiter:
                    break
                lines.append(line + "\n")
            body = "".join(lines)
            word: Word = (Literal(body, True),) if quoted else tuple(_parts(body, quoted=True))
            self.tokens[place] = Token(self.tokens[place].operator, word=word)
        self.heredocs = []

    def _word(self) -> Word:
        parts: list[Part] = []
        while self.at < len(self.text):
            char = self.text[self.at]
            if char in " \t\n;&|()<>":
                break
            if char == "'":
                end = self._find("'")
                parts.append(Literal(self.text[self.at + 1 : end], True))
                self.at = end + 1
            elif char == '"':
                parts.extend(self._double_quoted())
            elif char == "\\":
                parts.append(Literal(self.text[self.at + 1 : self.at + 2], True))
                self.at += 2
            elif char in "$`":
                parts.append(self._dollar(False))
            else:
                end = self.at
                while end < len(self.text) and self.text[end] not in " \t\n;&|()<>'\"\\$`":
                    end += 1
                parts.append(Literal(self.text[self.at : end]))
                self.at = end
        if not parts:
            raise ShellError(f"syntax error: unexpected {self.text[self.at : self.at + 1]!r}")
        return tuple(parts)

    def _find(self, quote: str) -> int:
        end = self.text.find(quote, self.at + 1)
        if end < 0:
            raise ShellError("syntax error: unterminated quoted string")
        return end

    def _double_quoted(self) -> Iterator[Part]:
        self.at += 1
        text = ""
        empty = True
        while True:
            if self.at >= len(self.text):
                raise ShellError("syntax error: unterminated quoted string")
            char = self.text[self.at]
            if char == '"':
                self.at += 1
                break
            if char == "\\" and self.text[self.at + 1 : self.at + 2] in ('"', "\\", "$", "`", "\n"):
                text += "" if self.text[self.at + 1] == "\n" else self.text[self.at + 1]
                self.at += 2
            elif char in "$`":
                if text:
                    yield Literal(text, True)
                text, empty = "", False
                yield self._dollar(True)
            else:
                text += char
                self.at += 1
        if text or empty:
            yield Literal(text, True)

    def _dollar(self, quoted: bool) -> Part:
        text = self.text
        if text[self.at] == "`":
            end = self._find("`")
            inner = text[self.at + 1 : end]
            self.at = end + 1
            return Substitution(parse(inner), quoted)
        if text.startswith("$((", self.at):
            end = text.find("))", self.at)
            if end < 0:
                raise ShellError("syntax error: missing '))'")
            inner = text[self.at + 3 : end]
            self.at = end + 2
            return Arithmetic(inner, quoted)
        if text.startswith("$(", self.at):
            end = self._closing(self.at + 2)
            inner = text[self.at + 2 : end]
            self.at = end + 1
            return Substitution(parse(inner), quoted)
        if text.startswith("${", self.at):
            end = text.find("}", self.at)
            if end < 0:
                raise ShellError("syntax error: bad substitution")
            inner = text[self.at + 2 : end]
            self.at = end + 1
            return _braced(inner, quoted)
        found = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!])").match(text, self.at)
        if not found:
            self.at += 1
            return Literal("$", quoted)
        self.at = found.end()
        return Variable(found[1], quoted=quoted)

    def _closing(self, start: int) -> int:
        depth, at, quote = 1, start, ""
        while at < len(self.text):
            char = self.text[at]
            if quote:
                quote = "" if char == quote else quote
            elif char in "'\"":
                quote = char
            elif char == "(":
                depth += 1
            elif char == ")":
                depth -= 1
                if not depth:
                    return at
            at += 1
        raise ShellError("syntax error: missing ')'")


def _parts(text: str, quoted: bool) -> Iterator[Part]:
    """The parts of text in which only `$` and backquotes mean something."""
    reader = _Reader(text)
    literal = ""
    while reader.at < len(text):
        if text[reader.at] in "$`":
            if literal:
                yield Literal(literal, quoted)
            literal = ""
            yield reader._dollar(quoted)
        else:
            literal += text[reader.at]
            reader.at += 1
    if literal:
        yield Literal(literal, quoted)


def _braced(inner: str, quoted: bool) -> Variable:
    if inner.startswith("#"):
        return Variable(inner[1:], "length", quoted=quoted)
    found = re.match(r"([A-Za-z_][A-Za-z0-9_]*|[0-9@*#?])(:-|:=|:\+|-|\+|##|#|%%|%)?(.*)", inner, re.DOTALL)
    if not found or (found[3] and not found[2]):
        raise ShellError(f"syntax error: bad substitution: ${{{inner}}}")
    return Variable(found[1], found[2] or "", found[3], quoted)


# The compiler


class _Compiler:
    """Recursive descent over the tokens, emitting instructions."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.code: list[Instruction] = []
        self.breaks: list[list[int]] = []
        self.continues: list[int] = []

    # Reading tokens

    def peek(self) -> Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def is_operator(self, *operators: str) -> bool:
        token = self.peek()
        return token is not None and token.operator in operators and not token.word

    def is_keyword(self, *words: str) -> bool:
        token = self.peek()
        return token is not None and token.plain in words

    def expect(self, word: str) -> None:
        if not self.is_keyword(word):
            token = self.peek()
            shown = "end of file" if token is None else token.plain or token.operator or "word"
            raise ShellError(f"syntax error: unexpected {shown!r} (expecting {word!r})")
        self.at += 1

    def skip(self) -> None:
        while self.is_operator("\n", ";"):
            self.at += 1

    # Lists

    def commands(self, *until: str) -> None:
        """Commands up to one of the closing words, which is left in place."""
        self.skip()
        while self.peek() is not None and not self.is_keyword(*until) and not self.is_operator(")"):
            self.and_or()
            if self.is_operator("&"):
                self._put_in_background()
                self.at += 1
            self.skip()

    def _put_in_background(self) -> None:
        last = self.code[-1] if self.code else None
        if not isinstance(last, Run):
            raise ShellError("not simulated: & after a compound command")
        self.code[-1] = attrs.evolve(last, background=True)

    def and_or(self) -> None:
        self.pipeline()
        while self.is_operator("&&", "||"):
            both = self.tokens[self.at].operator == "&&"
            self.at += 1
            self.skip()
            place = self.hole()
            self.pipeline()
            self.fill(place, (JumpIfNonZero if both else JumpIfZero)(len(self.code)))

    def pipeline(self) -> None:
        negated = False
        while self.is_keyword("!"):
            negated = not negated
            self.at += 1
        self.command()
        while self.is_operator("|"):
            last = self.code[-1] if self.code else None
            if not isinstance(last, Run):
                raise ShellError("not simulated: a compound command in a pipeline")
            self.code[-1] = attrs.evolve(last, feeds_pipe=True)
            self.at += 1
            self.skip()
            self.command()
            last = self.code[-1]
            if not isinstance(last, Run):
                raise ShellError("not simulated: a compound command in a pipeline")
            self.code[-1] = attrs.evolve(last, reads_pipe=True)
        if negated:
            self.code.append(Negate())

    def hole(self) -> int:
        """A place for a jump whose target is not known yet."""
        self.code.append(Jump(-1))
        return len(self.code) - 1

    def fill(self, place: int, instruction: Instruction) -> None:
        self.code[place] = instruction

    # Commands

    def command(self) -> None:
        if self.is_operator("("):
            self.at += 1
            self.code.append(Enter())
            self.commands()
            if not self.is_operator(")"):
                raise ShellError("syntax error: missing ')'")
            self.at += 1
            self.code.append(Leave())
        elif self.is_keyword("if"):
            self.conditional()
        elif self.is_keyword("while", "until"):
            self.loop()
        elif self.is_keyword("for"):
            self.iteration()
        elif self.is_keyword("{"):
            self.at += 1
            self.commands("}")
            self.expect("}")
        elif self.is_keyword("case", "select", "function"):
            raise ShellError(f"not simulated: {self.tokens[self.at].plain}")
        elif self._is_definition():
            self.definition()
        else:
            self.simple()

    def conditional(self) -> None:
        self.at += 1
        ends: list[int] = []
        while True:
            self.commands("then")
            self.expect("then")
            otherwise = self.hole()
            self.commands("elif", "else", "fi")
            ends.append(self.hole())
            self.fill(otherwise, JumpIfNonZero(len(self.code)))
            if self.is_keyword("elif"):
                self.at += 1
                continue
            self.code.append(SetStatus(0))
            if self.is_keyword("else"):
                self.at += 1
                self.code.pop()
                self.commands("fi")
            self.expect("fi")
            break
        for place in ends:
            self.fill(place, Jump(len(self.code)))

    def loop(self) -> None:
        until = self.tokens[self.at].plain == "until"
        self.at += 1
        start = len(self.code)
        self.commands("do")
        self.expect("do")
        leave = self.hole()
        self.breaks.append([])
        self.continues.append(start)
        self.commands("done")
        self.expect("done")
        self.code.append(Jump(start))
        self.fill(leave, (JumpIfZero if until else JumpIfNonZero)(len(self.code)))
        self._close_loop()
        self.code.append(SetStatus(0))

    def iteration(self) -> None:
        self.at += 1
        token = self.peek()
        if token is None or token.plain is None:
            raise ShellError("syntax error: bad for loop variable")
        variable = token.plain
        self.at += 1
        self.skip()
        words: list[Word] = []
        if self.is_keyword("in"):
            self.at += 1
            while self.peek() is not None and not self.is_operator(";", "\n"):
                words.append(self.tokens[self.at].word)
                self.at += 1
        else:
            words.append((Variable("@", quoted=True),))
        self.skip()
        self.expect("do")
        self.code.append(ForBegin(tuple(words)))
        start = self.hole()
        self.breaks.append([])
        self.continues.append(start)
        self.commands("done")
        self.expect("done")
        self.code.append(Jump(start))
        self.fill(start, ForNext(variable, len(self.code) + 1))
        self._close_loop()
        self.code.append(LoopEnd())

    def _close_loop(self) -> None:
        self.continues.pop()
        for place in self.breaks.pop():
            self.fill(place, Jump(len(self.code)))

    def _is_definition(self) -> bool:
        ahead = self.tokens[self.at : self.at + 3]
        return (
            len(ahead) == 3
            and ahead[0].plain is not None
            and _NAME.fullmatch(ahead[0].plain) is not None
            and ahead[1].operator == "("
            and ahead[2].operator == ")"
        )

    def definition(self) -> None:
        name = self.tokens[self.at].plain or ""
        self.at += 3
        self.skip()
        place = self.hole()
        self.command()
        self.code.append(Return())
        self.fill(place, Define(name, len(self.code)))

    def simple(self) -> None:
        words: list[Word] = []
        assignments: list[tuple[str, Word]] = []
        redirects: list[Redirect] = []
        while True:
            token = self.peek()
            if token is None or (token.operator and not token.word):
                break
            if token.operator:
                redirects.append(Redirect(int(token.operator[0]), token.operator[1:], token.word))
            else:
                found = _ASSIGNMENT.match(token.word[0].text) if isinstance(token.word[0], Literal) else None
                if found and not words and isinstance(token.word[0], Literal) and not token.word[0].quoted:
                    rest = token.word[0].text[found.end() :]
                    assignments.append((found[1], ((Literal(rest),) if rest else ()) + token.word[1:]))
                else:
                    words.append(token.word)
            self.at += 1
        if not words and not assignments and not redirects:
            token = self.peek()
            shown = "end of file" if token is None else token.operator
            raise ShellError(f"syntax error: unexpected {shown!r}")
        first = words[0][0].text if words and len(words[0]) == 1 and isinstance(words[0][0], Literal) else ""
        if first in _RESERVED:
            raise ShellError(f"syntax error: unexpected {first!r}")
        if first in ("break", "continue") and self.continues:
            self._jump_out(first)
            return
        self.code.append(Run(tuple(words), tuple(assignments), tuple(redirects)))

    def _jump_out(self, word: str) -> None:
        if word == "break":
            self.breaks[-1].append(self.hole())
        else:
            self.code.append(Jump(self.continues[-1]))


def parse(text: str) -> Program:
    """Compile a script. Raises ShellError for what is not understood."""
    compiler = _Compiler(_Reader(text).read())
    compiler.commands()
    token = compiler.peek()
    if token is not None:
        raise ShellError(f"syntax error: unexpected {token.operator or token.plain!r}")
    return Program(tuple(compiler.code))
