"""Workers written as ordinary synchronous code, interleaved by a seed: at every pause another one may go on.

A worker that meets Crash is dead and noted so; any other error in a worker comes out of `run`.
"""

from collections.abc import Callable
from random import Random
from typing import Any

from greenlet import getcurrent, greenlet


class Crash(BaseException):
    """The process died here. Not an Exception, so that no `except Exception` of the code under test survives it."""


class Worker:
    """One job on its way: `result` when it returned, `crashed` when it died, neither while it is under way."""

    def __init__(self, job: Callable[[], Any], name: str):
        self.name, self.result, self.crashed = name, None, False
        self.job = job
        self.until: Callable[[], bool] | None = None
        self.track = greenlet(self.work)

    def work(self) -> None:
        try:
            self.result = self.job()
        except Crash:
            self.crashed = True

    @property
    def done(self) -> bool:
        """Whether it returned or crashed."""
        return self.track.dead


class Scheduler:
    """Runs its workers one at a time; who goes next is chosen by the seeded rng at every pause."""

    def __init__(self, rng: Random):
        self.rng = rng
        self.waiting: list[Worker] = []
        self.tracks: set[greenlet] = set()

    def spawn(self, job: Callable[[], Any], name: str = "") -> Worker:
        """Adds a worker; it starts when `run` chooses it. A worker may spawn others."""
        worker = Worker(job, name)
        self.waiting.append(worker)
        self.tracks.add(worker.track)
        return worker

    def pause(self) -> None:
        """Lets another worker go on. Outside a worker it does nothing, so that set-up code needs no scheduler."""
        here = getcurrent()
        if here in self.tracks and here.parent is not None:
            here.parent.switch()

    def idle(self, until: Callable[[], bool]) -> None:
        """Pauses again and again until it holds; asked without waking the worker, which takes several times as long."""
        self.worker(getcurrent()).until = until
        self.pause()

    def worker(self, track: greenlet) -> Worker:
        return next(each for each in self.waiting if each.track is track)

    def run(self) -> None:
        """Runs until every worker has returned or crashed; raises what a worker raises."""
        while self.waiting:
            worker = self.rng.choice(self.waiting)
            if worker.until is not None:
                if not worker.until():
                    continue
                worker.until = None
            worker.track.parent = getcurrent()
            try:
                worker.track.switch()
            finally:
                if worker.done:
                    self.waiting.remove(worker)
                    self.tracks.discard(worker.track)
