"""What can be wrong with an expression: it does not compile, or it has no value for what it is given."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

MAX_SNIPPET = 16_384
"""The longest line of source that is shown below a complaint."""


@attrs.frozen(order=True)
class Issue:
    """A complaint about a place in the source: the offset of a character."""

    at: int
    text: str


class CompileError(Exception):
    """An expression that does not parse or whose types do not fit. Its text shows every issue as cel-go does."""

    def __init__(self, source: str, issues: Iterable[Issue]) -> None:
        self.issues = tuple(issues)
        super().__init__("\n".join([_shown(source, issue) for issue in self.issues]))


class EvaluationError(Exception):
    """An expression has no value: a key is missing, a number overflows, an overload does not exist."""


class CostExceeded(EvaluationError):
    """An evaluation was stopped, since it did more than its limit allows."""


def _shown(source: str, issue: Issue) -> str:
    """An issue with the line that it is about, and a mark below the place. Of nothing, the place is nowhere."""
    if not source:
        return f"ERROR: <input>:1:0: {issue.text}"
    before = source[: issue.at]
    line = before.count("\n")
    column = len(before) - (before.rfind("\n") + 1)
    title = f"ERROR: <input>:{line + 1}:{column + 1}: {issue.text}"
    snippet = source.split("\n")[line].replace("\t", " ")
    if len(snippet) > MAX_SNIPPET:
        return title
    dots = "".join(["." if len(each.encode()) == 1 else "．" for each in snippet[:column]])
    mark = "＾" if len(snippet[column : column + 1].encode()) > 1 else "^"
    return f"{title}\n | {snippet}\n | {dots}{mark}"
