"""Jobs done side by side, in a bounded number of threads; clients of AWS may be shared by them."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TypeVar

T = TypeVar("T")


class Threads:
    """Fits deps.AtOnce. A job may not use the threads it runs in: all of them could then wait for one another."""

    def __init__(self, most: int) -> None:
        self._most = most

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._most)

    def __call__(self, jobs: Sequence[Callable[[], T]]) -> list[T]:
        if len(jobs) < 2:
            return [job() for job in jobs]
        others = [self._pool.submit(job) for job in jobs[1:]]
        return [jobs[0](), *(each.result() for each in others)]
