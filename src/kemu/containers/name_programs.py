"""Programs that look up names: `nslookup`, `getent`, `dig`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .program import ShellError
from .resolving import Resolver, resolver_of

if TYPE_CHECKING:
    from .processes import Task


def name_lookup(task: Task, arguments: list[str], given: str) -> int:
    """nslookup, as busybox prints it."""
    names = [argument for argument in arguments if not argument.startswith("-")]
    if not names:
        task.complain("Usage: nslookup HOST [SERVER]")
        return 1
    server = next(iter(_resolver(task).servers), task.host.dns)
    task.write(f"Server:\t\t{server}\nAddress:\t{server}:53\n\n")
    full, addresses = task.host.resolve(names[0])
    if not addresses:
        task.write(f"** server can't find {full}: NXDOMAIN\n\n")
        return 1
    for address in addresses:
        task.write(f"Name:\t{full}\nAddress: {address}\n")
    task.write("\n")
    return 0


def _resolver(task: Task) -> Resolver:
    return resolver_of(task.files.get("/etc/resolv.conf", ""))


def get_entry(task: Task, arguments: list[str], given: str) -> int:
    """getent hosts NAME."""
    if arguments[:1] not in (["hosts"], ["ahosts"], ["ahostsv4"]) or len(arguments) != 2:
        raise ShellError(f"not simulated: getent {' '.join(arguments)}")
    full, addresses = task.host.resolve(arguments[1])
    for address in addresses:
        task.write(f"{address:<15} {full}\n")
    return 0 if addresses else 2


TYPES = ("A", "AAAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT")
TTL = 30
"""Seconds for which an answer of the cluster's name server holds."""


def dig(task: Task, arguments: list[str], given: str) -> int:
    """dig NAME TYPE, with -x, -t, +short, +search and +noall +answer: the records that there are."""
    name, type, flags, left = "", "A", list[str](), list(arguments)
    while left:
        argument = left.pop(0)
        if argument.startswith("+"):
            flags.append(argument[1:])
        elif argument == "-x":
            name, type = ".".join(reversed(left.pop(0).split("."))) + ".in-addr.arpa." if left else "", "PTR"
        elif argument == "-t" or argument.upper() in TYPES:
            type = (left.pop(0) if argument == "-t" and left else argument).upper()
        elif argument.startswith("-"):
            raise ShellError(f"not simulated: dig {argument}")
        elif not argument.startswith("@"):
            name = argument
    asked = _resolver(task).completed(name) if "search" in flags else (name,)
    found = next((found for each in asked if (found := task.host.records(each, type))), ())
    if "short" in flags:
        task.write("".join(f"{record.data}\n" for record in found))
        return 0
    answer = "".join(f"{record.name}.\t{TTL}\tIN\t{record.type}\t{record.data}\n" for record in found)
    if "noall" in flags:
        task.write(answer if "answer" in flags else "")
        return 0
    status = "NOERROR" if found else "NXDOMAIN"
    server = next(iter(_resolver(task).servers), task.host.dns)
    task.write(f"\n; <<>> DiG <<>> {' '.join(arguments)}\n;; Got answer:\n")
    task.write(f";; ->>HEADER<<- opcode: QUERY, status: {status}, id: 1\n\n")
    task.write(f";; QUESTION SECTION:\n;{asked[0].rstrip('.')}.\t\tIN\t{type}\n\n")
    task.write(f";; ANSWER SECTION:\n{answer}\n" if found else "")
    task.write(f";; SERVER: {server}#53({server}) (UDP)\n\n")
    return 0
