"""What each instruction of a compiled script does to the process that runs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from . import program as p
from .builtins import Finished
from .machine import Sink, Wait

if TYPE_CHECKING:
    from .processes import Task


def _run(task: Task, instruction: p.Run) -> None:
    task.command(instruction)


def _spawn(task: Task, instruction: p.Spawn) -> None:
    streams = task.io[-1]
    if instruction.background:
        streams = attrs.evolve(streams, stdin=0)
    pids = []
    stages = len(instruction.starts)
    for number, start in enumerate(instruction.starts):
        own = streams
        if number < stages - 1:
            pipe = task.world.new_pipe()
            own = attrs.evolve(own, out=Sink("pipe", str(pipe)))
        process = attrs.evolve(task.child(task.program, start, own), tested=task.tested or instruction.tested)
        pids.append(task.world.spawn(task, process))
        if number < stages - 1:
            streams = attrs.evolve(streams, stdin=pipe)
    task.position = instruction.end
    if instruction.background:
        task.job = pids[-1]
        task.jobs.extend(pids)
        task.status = 0
        return
    task.waits = Wait("children", pids=tuple(pids), path="tested" if instruction.tested else "")


def _done(task: Task, instruction: p.Done) -> None:
    raise Finished(task.status)


def _redirected(task: Task, instruction: p.Redirected) -> None:
    streams = task.redirected(instruction.redirects)
    if streams is None:
        raise Finished(1)
    task.io.append(streams)


def _restore(task: Task, instruction: p.Restore) -> None:
    task.io.pop()


def _jump(task: Task, instruction: p.Jump) -> None:
    task.position = instruction.target


def _jump_if_zero(task: Task, instruction: p.JumpIfZero) -> None:
    if task.status == 0:
        task.position = instruction.target


def _jump_if_non_zero(task: Task, instruction: p.JumpIfNonZero) -> None:
    if task.status != 0:
        task.position = instruction.target


def _negate(task: Task, instruction: p.Negate) -> None:
    task.status = int(task.status == 0)


def _set_status(task: Task, instruction: p.SetStatus) -> None:
    task.status = instruction.status


def _for_begin(task: Task, instruction: p.ForBegin) -> None:
    task.kept.append(tuple(text for word in instruction.words for text in task.words(word)))


def _for_next(task: Task, instruction: p.ForNext) -> None:
    words = task.kept[-1]
    if not words:
        task.position = instruction.end
        return
    task.variables[instruction.variable] = words[0]
    task.kept[-1] = words[1:]


def _case_begin(task: Task, instruction: p.CaseBegin) -> None:
    task.kept.append((task.text(instruction.word),))


def _case_test(task: Task, instruction: p.CaseTest) -> None:
    text = task.kept[-1][0]
    if not any(task.pattern(pattern).fits(text) for pattern in instruction.patterns):
        task.position = instruction.target


def _unwind(task: Task, instruction: p.Unwind) -> None:
    if instruction.kept:
        del task.kept[-instruction.kept :]
    if instruction.redirects:
        del task.io[-instruction.redirects :]


def _define(task: Task, instruction: p.Define) -> None:
    task.functions[instruction.name] = (task.program, task.position)
    task.position = instruction.end
    task.status = 0


def _return(task: Task, instruction: p.Return) -> None:
    task.leave_frame()


STEPS: Mapping[type, Callable[[Task, Any], None]] = {
    p.Run: _run,
    p.Spawn: _spawn,
    p.Done: _done,
    p.Redirected: _redirected,
    p.Restore: _restore,
    p.Jump: _jump,
    p.JumpIfZero: _jump_if_zero,
    p.JumpIfNonZero: _jump_if_non_zero,
    p.Negate: _negate,
    p.SetStatus: _set_status,
    p.ForBegin: _for_begin,
    p.ForNext: _for_next,
    p.CaseBegin: _case_begin,
    p.CaseTest: _case_test,
    p.Unwind: _unwind,
    p.Define: _define,
    p.Return: _return,
}
