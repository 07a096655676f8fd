"""From the text of a shell script to tokens: operators, and words with their parts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import attrs

from .program import Arithmetic, Literal, Part, Program, ShellError, Substitution, Variable, Word

Parse = Callable[[str], Program]

OPERATORS = ("&&", "||", ";;", ";", "&", "|", "(", ")", "\n")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_REDIRECT = re.compile(r"(&>>|&>|[0-9]?(?:>&|<&|<<<|<<-|<<|>>|>\||>|<))")
_PARAMETER = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-])")
_BRACED = re.compile(
    r"([A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?!$])(:-|:=|:\+|:\?|-|=|\+|\?|##|#|%%|%|//|/|:)?(.*)", re.DOTALL
)
_ENDS_WORD = " \t\n;&|()<>"


@attrs.frozen
class Token:
    """An operator, a redirection (operator and target), or a word."""

    operator: str = ""
    word: Word = ()
    plain: str | None = None
    """The text of a word that is one unquoted literal: only such a word can be a keyword."""


class Reader:
    """Splits a script into tokens. `parse` compiles what is inside of `$(...)`."""

    def __init__(self, text: str, parse: Parse) -> None:
        self.text = text
        self.parse = parse
        self.at = 0
        self.waiting: list[tuple[int, str, bool, bool]] = []
        """Here-documents whose text begins after this line: place of the token, end word, quoted, tabs stripped."""
        self.tokens: list[Token] = []

    def read(self) -> list[Token]:
        """All tokens. Raises ShellError for what is not understood."""
        while self.at < len(self.text):
            char = self.text[self.at]
            if char in " \t\r":
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
        found = _REDIRECT.match(self.text, self.at)
        if found:
            self._redirect(found)
            return
        if self.text.startswith("((", self.at):
            raise ShellError("not simulated: ((")
        for operator in OPERATORS:
            if self.text.startswith(operator, self.at):
                self.at += len(operator)
                self.tokens.append(Token(operator))
                if operator == "\n" and self.waiting:
                    self._here_documents()
                return
        word = self._word()
        plain = word[0].text if len(word) == 1 and isinstance(word[0], Literal) and not word[0].quoted else None
        self.tokens.append(Token(word=word, plain=plain))

    def _redirect(self, found: re.Match[str]) -> None:
        text = found[1]
        self.at = found.end()
        while self.text[self.at : self.at + 1] in (" ", "\t"):
            self.at += 1
        if text.startswith("&"):
            self.tokens += [Token("1" + text[1:], word=self._word()), Token("2>&", word=(Literal("1"),))]
            return
        stream, mode = (text[0], text[1:]) if text[0].isdigit() else ("0" if text[0] == "<" else "1", text)
        if stream not in "012" or mode == "<&":
            raise ShellError(f"not simulated: the redirection {text}")
        if mode in ("<<", "<<-"):
            delimiter = self._word()
            end = "".join(part.text for part in delimiter if isinstance(part, Literal))
            quoted = any(part.quoted for part in delimiter)
            self.waiting.append((len(self.tokens), end, quoted, mode == "<<-"))
            self.tokens.append(Token(f"{stream}<<", word=(Literal("", True),)))
        elif mode == "<<<":
            self.tokens.append(Token(f"{stream}<<", word=(*self._word(), Literal("\n", True))))
        else:
            self.tokens.append(Token(stream + mode.replace("|", ""), word=self._word()))

    def _here_documents(self) -> None:
        for place, delimiter, quoted, strips in self.waiting:
            lines = []
            while self.at < len(self.text):
                end = self.text.find("\n", self.at)
                end = len(self.text) if end < 0 else end
                line = self.text[self.at : end]
                self.at = min(end + 1, len(self.text))
                line = line.lstrip("\t") if strips else line
                if line == delimiter:
                    break
                lines.append(line + "\n")
            body = "".join(lines)
            word: Word = (Literal(body, True),) if quoted else tuple(Reader(body, self.parse).parts(True))
            self.tokens[place] = attrs.evolve(self.tokens[place], word=word)
        self.waiting = []

    def _word(self) -> Word:
        parts: list[Part] = []
        while self.at < len(self.text):
            char = self.text[self.at]
            if char in _ENDS_WORD:
                break
            if self.text.startswith("$'", self.at):
                parts.append(self._escaped())
            elif char == "'":
                end = self.text.find("'", self.at + 1)
                if end < 0:
                    raise ShellError("syntax error: unterminated quoted string")
                parts.append(Literal(self.text[self.at + 1 : end], True))
                self.at = end + 1
            elif char == '"':
                parts.extend(self._double_quoted())
            elif self.text.startswith("\\\n", self.at):
                self.at += 2
            elif char == "\\":
                parts.append(Literal(self.text[self.at + 1 : self.at + 2], True))
                self.at += 2
            elif char in "$`":
                parts.append(self._dollar(False))
            else:
                end = self.at
                while end < len(self.text) and self.text[end] not in _ENDS_WORD + "'\"\\$`":
                    end += 1
                parts.append(Literal(self.text[self.at : end]))
                self.at = end
        if not parts:
            raise ShellError(f"syntax error: unexpected {self.text[self.at : self.at + 1] or 'end of file'!r}")
        return tuple(parts)

    def _escaped(self) -> Literal:
        """`$'...'`, in which backslashes mean what they mean in C."""
        found = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL).match(self.text, self.at)
        if not found:
            raise ShellError("syntax error: unterminated quoted string")
        self.at = found.end()
        table = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "0": "\0", "e": "\x1b"}
        return Literal(re.sub(r"\\(.)", lambda each: table.get(each[1], each[1]), found[1]), True)

    def _double_quoted(self) -> Iterator[Part]:
        self.at += 1
        text = ""
        empty = True
        while self.text[self.at : self.at + 1] != '"':
            char = self.text[self.at : self.at + 1]
            if not char:
                raise ShellError("syntax error: unterminated quoted string")
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
        self.at += 1
        if text or empty:
            yield Literal(text, True)

    def parts(self, quoted: bool) -> Iterator[Part]:
        """The parts of text in which only `$`, backquotes and backslashes before them mean something."""
        literal = ""
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == "\\" and self.text[self.at + 1 : self.at + 2] in ("$", "`", "\\"):
                literal += self.text[self.at + 1]
                self.at += 2
            elif char in "$`":
                if literal:
                    yield Literal(literal, quoted)
                literal = ""
                yield self._dollar(quoted)
            else:
                literal += char
                self.at += 1
        if literal:
            yield Literal(literal, quoted)

    def _dollar(self, quoted: bool) -> Part:
        text = self.text
        if text[self.at] == "`":
            end = text.find("`", self.at + 1)
            if end < 0:
                raise ShellError("syntax error: unterminated quoted string")
            inner = text[self.at + 1 : end].replace("\\$", "$")
            self.at = end + 1
            return Substitution(self.parse(inner), quoted)
        if text.startswith("$((", self.at):
            end = self._closing(self.at + 3, "()")
            if text[end + 1 : end + 2] == ")":
                inner = text[self.at + 3 : end]
                self.at = end + 2
                return Arithmetic(tuple(Reader(inner, self.parse).parts(True)), quoted)
        if text.startswith("$(", self.at):
            end = self._closing(self.at + 2, "()")
            inner = text[self.at + 2 : end]
            self.at = end + 1
            return Substitution(self.parse(inner), quoted)
        if text.startswith("${", self.at):
            end = self._closing(self.at + 2, "{}")
            inner = text[self.at + 2 : end]
            self.at = end + 1
            return self._braced(inner, quoted)
        found = _PARAMETER.match(text, self.at)
        if not found:
            self.at += 1
            return Literal("$", quoted)
        self.at = found.end()
        return Variable(found[1], quoted=quoted)

    def _braced(self, inner: str, quoted: bool) -> Variable:
        if inner.startswith("#") and NAME.fullmatch(inner[1:]):
            return Variable(inner[1:], "length", quoted=quoted)
        found = _BRACED.fullmatch(inner)
        if not found or (found[3] and not found[2]):
            raise ShellError(f"syntax error: bad substitution: ${{{inner}}}")
        word: Word = ()
        if found[3]:
            reader = Reader(found[3], self.parse)
            word = tuple(reader.parts(True)) if quoted and '"' not in found[3] else reader.spaced_word()
        return Variable(found[1], found[2] or "", word, quoted)

    def spaced_word(self) -> Word:
        """All of the text as one word, blanks and all, with its quotes."""
        parts: list[Part] = []
        while self.at < len(self.text):
            if self.text[self.at] in _ENDS_WORD:
                parts.append(Literal(self.text[self.at]))
                self.at += 1
            else:
                parts.extend(self._word())
        return tuple(parts)

    def _closing(self, start: int, pair: str) -> int:
        """Where the bracket that was opened before `start` is closed. Quotes and what is in them are passed over."""
        depth, at, quote = 1, start, ""
        while at < len(self.text):
            char = self.text[at]
            if char == "\\" and quote != "'":
                at += 1
            elif quote:
                quote = "" if char == quote else quote
            elif char in "'\"":
                quote = char
            elif char == pair[0]:
                depth += 1
            elif char == pair[1]:
                depth -= 1
                if not depth:
                    return at
            at += 1
        raise ShellError(f"syntax error: missing {pair[1]!r}")
