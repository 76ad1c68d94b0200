"""The two tables and the way to them: what everything in this folder is built on."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from chalicelib.adapters.dynamo.wire import Wire
from chalicelib.deps import AtOnce, Spent

T = TypeVar("T")


def in_turn(jobs: Sequence[Callable[[], T]]) -> list[T]:
    """Fits deps.AtOnce, one job after the other."""
    return [job() for job in jobs]


@dataclass(frozen=True)
class Tables:
    """Their names, the wire to them, how to wait between two tries, to read beside another read, and what it cost."""

    wire: Wire
    core: str
    ephemeral: str
    sleep: Callable[[float], None] = time.sleep
    at_once: AtOnce = in_turn
    spent: Callable[[], Spent] = Spent
