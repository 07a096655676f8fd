"""Programs that look at the system under a container: `sysctl`, `ip`, `hexdump`, and who may become root."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .files import to_bytes
from .program import ShellError

if TYPE_CHECKING:
    from .processes import Task

SETTINGS = "/proc/sys/"
KNOWN = {
    "kernel.hostname": "localhost",
    "kernel.msgmax": "8192",
    "kernel.shm_rmid_forced": "0",
    "net.core.somaxconn": "4096",
    "net.ipv4.ip_local_port_range": "32768\t60999",
    "net.ipv4.ip_unprivileged_port_start": "0",
    "net.ipv4.ping_group_range": "1\t0",
    "net.ipv4.tcp_syncookies": "1",
    "vm.max_map_count": "1048576",
    "vm.overcommit_memory": "1",
}
"""Settings of the kernel as they are where nobody has changed them."""


def settings(task: Task, arguments: list[str], given: str) -> int:
    """sysctl NAME, with -n; what is asked for with -w cannot be."""
    names = [each for each in arguments if not each.startswith("-")]
    bare, status = any("n" in each for each in arguments if each.startswith("-")), 0
    for each in names:
        name, equals, _ = each.partition("=")
        name = name.replace("/", ".")
        path = SETTINGS + name.replace(".", "/")
        value = task.files.get(path, KNOWN.get(name, "")).rstrip("\n")
        if equals or not value:
            why = "Read-only file system" if value else "No such file or directory"
            task.complain(f"sysctl: error {'setting' if equals else 'reading'} key '{name}': {why}")
            status = 1
        else:
            task.write(f"{value}\n" if bare else f"{name} = {value}\n")
    return status


def processes(task: Task, arguments: list[str], given: str) -> int:
    """ps, as busybox prints it: what a container sees of its pod, and the command itself."""
    rows = [(each.pid, each.user, each.command) for each in task.host.peers()]
    own = max([pid for pid, _, _ in rows], default=0) + task.pid
    task.write("PID   USER     TIME  COMMAND\n")
    for pid, user, command in [*rows, (own, "root", " ".join(["ps", *arguments]))]:
        task.write(f"{pid:>5} {user:<8}  0:00 {command}\n")
    return 0


LOOPBACK = "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue qlen 1000"
LINK = "2: eth0@if3: <BROADCAST,MULTICAST,UP,LOWER_UP,M-DOWN> mtu 1500 qdisc noqueue"
CHANGES = ("add", "del", "delete", "set", "change", "replace", "flush")


def interfaces(task: Task, arguments: list[str], given: str) -> int:
    """ip link and ip addr, which show the two interfaces of a pod; nothing can be changed."""
    words = [each for each in arguments if not each.startswith("-")]
    what = words[0] if words else ""
    if any(each in CHANGES for each in words):
        task.complain("ip: RTNETLINK answers: Operation not permitted")
        return 2
    if not what or not any(each.startswith(what) for each in ("address", "link")):
        raise ShellError(f"not simulated: ip {' '.join(arguments)}")
    shows_addresses = "address".startswith(what)
    _, addresses = task.host.resolve(task.host.hostname)
    for name, line, kind, own in (
        ("lo", LOOPBACK, "loopback 00:00:00:00:00:00", ("127.0.0.1/8",)),
        ("eth0", LINK, "ether 02:42:0a:f4:00:02", tuple(f"{each}/24" for each in addresses)),
    ):
        if words[-1] in (what, "show", "list", name):
            task.write(f"{line}\n    link/{kind} brd ff:ff:ff:ff:ff:ff\n")
            for each in own if shows_addresses else ():
                task.write(f"    inet {each} scope {'host' if name == 'lo' else 'global'} {name}\n")
    return 0


WIDTH = 16


def hex_dump(task: Task, arguments: list[str], given: str) -> int:
    """hexdump -C, and hd: bytes as numbers and as text."""
    names = [each for each in arguments if not each.startswith("-")]
    flags = "".join(each[1:] for each in arguments if each.startswith("-"))
    if flags.strip("Cv"):
        raise ShellError(f"not simulated: hexdump {' '.join(arguments)}")
    data = b""
    for name in names:
        text = task.files.get(task.path(name))
        if text is None:
            task.complain(f"hexdump: {name}: No such file or directory")
            return 1
        data += to_bytes(text)
    data = data if names else to_bytes(given)
    for at in range(0, len(data), WIDTH):
        row = data[at : at + WIDTH]
        left, right = (" ".join(f"{byte:02x}" for byte in half) for half in (row[:8], row[8:]))
        shown = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        task.write(f"{at:08x}  {left:<23}  {right:<23}  |{shown}|\n")
    if data:
        task.write(f"{len(data):08x}\n")
    return 0


def effective_user(task: Task, arguments: list[str], given: str) -> int:
    """The program of the image `nonewprivs`, which belongs to root and says as whom it runs: root, if it may."""
    status = task.files.get("/proc/self/status", "")
    uid = task.files.rights.user.uid if "NoNewPrivs:\t1" in status else 0
    task.write(f"Effective uid: {uid}\n")
    return 0
