"""The crew: the threads of the code under test, one of which runs at a time, until it waits.

The thread that began it moves the world. Another one that is started meanwhile becomes a *member*: a guest of the
driver, who has the floor when it is its turn, in an order that is always the same, and gives it back when it waits. It
may wait for time (`sleep`), for a lock and all that is made of locks (`Event`, `Condition`, `Queue`, futures), for
another thread's end, or for an answer of the cluster. So no thread ever runs beside another one, and none moves time
past a moment for which another one waits.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from threading import Lock as RealLock
from threading import Thread, current_thread, get_ident
from typing import Any

from ..driver import Driver, Wait, at_once

JOIN = Thread.join
"""Waits in real time."""


class Over(BaseException):
    """What ends a thread that still waits when the virtual time is over."""


class Member:
    """A thread that has the floor only when it is its turn."""

    def __init__(self, thread: Thread) -> None:
        self.thread = thread
        self.over = False
        self.ended = False
        self._ready: Callable[[], Any] = lambda: True
        self._until: Callable[[], float] = lambda: -inf
        self._is_ready = False
        self._turn, self._back = RealLock(), RealLock()
        self._turn.acquire()
        self._back.acquire()

    def due(self) -> float:
        """When it wants to go on."""
        self._is_ready = bool(self._ready())
        return -inf if self._is_ready else self._until()

    def run(self) -> None:
        """Give it the floor, until it waits again or has ended."""
        self._turn.release()
        self._back.acquire()
        if self.ended:
            JOIN(self.thread)

    def begin(self) -> None:
        """Wait for the first turn, in the thread itself."""
        self._turn.acquire()

    def end(self) -> None:
        """Give back the floor for good."""
        self.ended = True
        self._back.release()

    def wait(self, ready: Callable[[], Any], until: Callable[[], float]) -> bool:
        """Give back the floor until something is so, or it is late; whether it is so. Raises Over."""
        self._ready, self._until = ready, until
        self._back.release()
        self._turn.acquire()
        if self.over:
            raise Over
        return self._is_ready

    def dismiss(self) -> None:
        """Let it go its own way."""
        self.over = True
        self._turn.release()


class Crew:
    """The threads that take part in the time of a cluster."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self._first = get_ident()
        self._members: dict[int, Member] = {}
        self._starting = False
        driver.visitors.waiting = self._waiting

    def _waiting(self) -> Wait | None:
        member = self._members.get(get_ident())
        if member is None or not self.driver.turns.held:
            return None if member is None else member.wait

        def wait(ready: Callable[[], Any], until: Callable[[], float]) -> bool:
            with self.driver.turns.given_up():
                return member.wait(ready, until)

        return wait

    def takes_part(self) -> bool:
        """Whether the running thread is one of the crew, and not at work inside of kemu."""
        if self._starting or self.driver.turns.pausing:
            return False
        running = get_ident()
        return running == self._first or running in self._members

    def start(self, thread: Thread, start: Callable[[Thread], None]) -> None:
        """Start a thread by `start` as a member, which has its first turn when whoever starts it waits."""
        member, run = Member(thread), thread.run
        visitors = self.driver.visitors

        def taken_part() -> None:
            running = get_ident()
            vars(thread).pop("run")
            member.begin()
            self._members[running] = member
            try:
                if not member.over:
                    run()
            except Over:
                pass
            finally:
                self._members.pop(running, None)
                if not member.over:
                    visitors.guests.remove(member)
                    visitors.threads -= 1
                member.end()

        thread.run = taken_part  # type: ignore[method-assign]
        visitors.guests.append(member)
        visitors.threads += 1
        self._starting = True
        try:
            start(thread)
        finally:
            self._starting = False

    def join(self, thread: Thread, timeout: float | None) -> bool:
        """Wait for the end of a thread, if it is a member; whether there is no need to wait for it in real time."""
        member = next((each for each in self.driver.visitors.guests if getattr(each, "thread", None) is thread), None)
        if not isinstance(member, Member) or thread is current_thread():
            return False
        until = inf if timeout is None else self.driver.now + max(timeout, 0.0)
        return not self.driver.wait_until(lambda: member.ended, until)

    def end(self) -> None:
        """Let all members go: those that sleep end, those that wait for a lock go on waiting in real time."""
        visitors = self.driver.visitors
        visitors.waiting = at_once
        members = [each for each in visitors.guests if isinstance(each, Member)]
        visitors.threads -= len(members)
        visitors.guests = [each for each in visitors.guests if each not in members]
        self._first = 0
        for member in members:
            member.dismiss()


class Lock:
    """A lock as `threading.Lock`: whoever of the crew waits for it lets others run and time pass."""

    crew: Crew | None = None
    """The crew that there is at the moment."""

    def __init__(self) -> None:
        self._lock = RealLock()
        self.release = self._lock.release
        self.locked = self._lock.locked

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take it, waiting if need be for so many seconds."""
        if self._lock.acquire(False):
            return True
        crew = Lock.crew
        if not blocking or crew is None or not crew.takes_part():
            return self._lock.acquire(blocking, timeout)
        until = inf if timeout < 0 else crew.driver.now + timeout
        while not self._lock.acquire(False):
            try:
                if not crew.driver.wait_until(lambda: not self._lock.locked(), until):
                    return False
            except Over:
                return self._lock.acquire(blocking, timeout)
        return True

    __enter__ = acquire

    def __exit__(self, *problem: object) -> None:
        self.release()

    def _at_fork_reinit(self) -> None:
        self._lock = RealLock()
        self.release, self.locked = self._lock.release, self._lock.locked
