"""The page that lists all controllers, made of the registry and of what each says of itself.

`python -m kemu.reconcilers.page` prints docs/controllers.md.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from ..kit import Spec
from . import CONTROLLERS, ROWS, Known

HEAD = """# Controllers

All that kube-controller-manager 1.36 knows by name, and what becomes of it here. `Cluster(controllers="*,-job")` turns
them on and off, by these names or their older ones, in the grammar of `--controllers`. Who asks for one that does not
run is warned (`NotSimulated`). A number such as D-083 is a row of [divergences.md](divergences.md).

`python -m kemu.reconcilers.page` prints this page.
"""

HEADER = re.compile(r"^(?P<what>\w[\w ]*?)  +(?P<text>.+(?:\n {6,}.+)*)", re.MULTILINE)
"""A line of the header of a controller's file, such as `Writes    Endpoints`, with what continues it."""


def page() -> str:
    """The text of the page."""
    running = {spec.wiring.name: spec for spec in CONTROLLERS}
    silent = [row for row in ROWS if row.name not in running]
    blocks = [HEAD, f"## Simulated\n\n{len(running)} controllers run.\n"]
    blocks += [_told(row, running[row.name]) for row in ROWS if row.name in running]
    blocks.append(f"## Not simulated\n\n{len(silent)} do not.\n")
    table = "\n".join(f"| {_names(row)} | {row.silence} |" for row in silent)
    blocks.append(f"| name | why |\n| --- | --- |\n{table}\n")
    return "\n".join(blocks)


def _names(row: Known) -> str:
    return f"`{row.name}`" + (f" (`{row.alias}`)" if row.alias else "")


def _told(row: Known, spec: Spec) -> str:
    """What the file of a controller says of it."""
    text = said_of(spec)
    account = spec.wiring.account or spec.wiring.name
    lines = [
        f"### {row.name}\n",
        text.partition("\n")[0] + "\n",
        *(f"- {what}: {said}" for what, said in header(text) if what != "Imitates"),
        f"- Names: {_names(row)}; account `{account}`; events are from `{spec.component}`",
    ]
    if row.off:
        lines.append("- `*` leaves it out, as upstream")
    return "\n".join(lines) + "\n"


def said_of(spec: Spec) -> str:
    """The docstring of the file that has a controller's reconcile function."""
    return sys.modules[spec.reconcile.__module__].__doc__ or ""


def header(text: str) -> Iterator[tuple[str, str]]:
    """What the header of a controller's docstring says: (word, text)."""
    for match in HEADER.finditer(text.partition("\n\n")[2].partition("\n\n")[0]):
        yield match["what"], " ".join(match["text"].split())


if __name__ == "__main__":
    sys.stdout.write(page())
