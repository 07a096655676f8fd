"""A machine at work: which process runs when, and what passes between them."""

from __future__ import annotations

from math import inf

import attrs

from ..clock import exact
from ..values.frozen import FrozenMap
from .calls import Call
from .files import Files
from .machine import (
    BUDGET,
    BURST,
    BUSY_SECONDS,
    FIRST,
    MOST_PROCESSES,
    NO_FORK,
    SIGNALS,
    SLOW_BUDGET,
    SLOW_SECONDS,
    STATUSES,
    Host,
    Machine,
    Process,
    Sink,
)
from .processes import Task
from .program import ShellError


class World:
    """A machine while it is working: the same values, unfrozen."""

    def __init__(self, machine: Machine, host: Host) -> None:
        self.machine = machine
        self.host = host
        self.files = Files(machine.files, machine.stats, machine.rights, host.issue)
        self.pipes = dict(machine.pipes)
        self.statuses = dict(machine.statuses)
        self.next_pid = machine.next_pid
        self.next_pipe = machine.next_pipe
        self.partial = machine.partial
        self.drawn = machine.drawn
        self.asked = machine.asked
        self.exit_code = machine.exit_code
        self.unknown = list(machine.unknown)
        self.sent = list(machine.sent)
        self.depth = 0
        """In how many `$(...)` it runs."""
        self.output: list[str] = []
        self.errors: list[str] = []
        """Standard error, where it is kept apart from the output (`is_apart`)."""
        self.is_apart = False
        self.budget = BUDGET if machine.busy < BURST else SLOW_BUDGET
        self.tasks = {process.pid: Task(process, self) for process in machine.processes}

    def frozen(self) -> tuple[Machine, tuple[str, ...]]:
        """The machine as it is now, and the lines that were printed since."""
        *lines, partial = (self.partial + "".join(self.output)).split("\n")
        if self.exit_code is not None and partial:
            lines = [*lines, partial]
        machine = Machine(
            processes=tuple(task.frozen() for task in self.tasks.values()) if self.exit_code is None else (),
            files=FrozenMap(self.files) if self.files.changed else self.machine.files,
            stats=FrozenMap(self.files.stats) if self.files.changed else self.machine.stats,
            rights=self.machine.rights,
            links=self.machine.links,
            pipes=FrozenMap({each: text for each, text in self.pipes.items() if self.has_reader(each)}),
            statuses=FrozenMap(self.statuses),
            next_pid=self.next_pid,
            next_pipe=self.next_pipe,
            fed=self.machine.fed,
            partial=partial,
            drawn=self.drawn,
            asked=self.asked,
            busy=self.machine.busy + self._turns() if self.budget <= 0 else 0,
            wakes=self.wakes(),
            exit_code=self.exit_code,
            unknown=tuple(self.unknown),
            guest=self.machine.guest,
            sent=tuple(self.sent),
        )
        return machine, tuple(lines)

    def run(self) -> None:
        """Give each process its turn until all of them wait, the first ends, or the budget is used up."""
        went_on = True
        while went_on and self.exit_code is None and self.budget > 0:
            went_on = False
            for pid in list(self.tasks):
                task = self.tasks.get(pid)
                if task is not None and self.exit_code is None and task.is_ready():
                    task.run()
                    went_on = True

    def charge(self, characters: int, each: int = 32) -> None:
        """Computing takes as long as one instruction for `each` so many characters."""
        self.budget -= characters // each

    def wakes(self) -> float | None:
        """When something happens by itself."""
        if self.exit_code is not None:
            return None
        times = [task.waits.until if task.waits is not None else None for task in self.tasks.values()]
        if None in times:
            seconds = BUSY_SECONDS if self.machine.busy < BURST else SLOW_SECONDS
            return exact(self.host.now + seconds * self._turns())
        return min((time for time in times if time is not None), default=inf)

    def _turns(self) -> int:
        """How many times the budget was used up: more than once if one instruction had much to do."""
        return 1 + max(-self.budget, 0) // BUDGET

    def spawn(self, parent: Task, process: Process) -> int:
        """Start a process; returns its id. Raises ShellError if there are too many."""
        if len(self.tasks) >= MOST_PROCESSES:
            raise ShellError(NO_FORK)
        pid = self.next_pid
        self.next_pid += 1
        self.tasks[pid] = Task(attrs.evolve(process, pid=pid, parent=parent.pid), self)
        return pid

    def ended(self, task: Task, code: int) -> None:
        """A process has ended."""
        if task.pid == FIRST:
            self.exit_code = code & 0xFF
            return
        del self.tasks[task.pid]
        if task.parent in self.tasks:
            self.statuses[task.pid] = code & 0xFF
            while len(self.statuses) > STATUSES:
                del self.statuses[next(iter(self.statuses))]

    def deliver(self, pid: int, name: str) -> bool:
        """Send a signal to a process; says whether there is such a process."""
        if self.machine.guest and (pid == FIRST or pid not in self.tasks):
            if not any(each.pid == pid for each in self.host.peers()):
                return False
            self.sent.append((pid, name))
            return True
        task = self.tasks.get(pid)
        if task is None:
            return False
        handler = None if name == "KILL" else task.traps.get(name)
        if handler:
            task.signals.append(name)
        elif handler is None and pid != FIRST:
            self.ended(task, 128 + SIGNALS.get(name, 15))
        return True

    def ask(self, host: str, port: int, call: Call) -> tuple[int, str] | str:
        """What a call gets, each a draw of its own: a status and a body, or why there is no answer."""
        self.asked += 1
        return self.host.ask(host, port, call, self.asked)

    def new_pipe(self, text: str = "") -> int:
        number = self.next_pipe
        self.next_pipe += 1
        self.pipes[number] = text
        return number

    def has_writer(self, pipe: int) -> bool:
        sink = Sink("pipe", str(pipe))
        return pipe == self.machine.fed or any(
            sink in (io.out, io.err) for task in self.tasks.values() for io in task.io
        )

    def has_reader(self, pipe: int) -> bool:
        return any(io.stdin == pipe for task in self.tasks.values() for io in task.io)
