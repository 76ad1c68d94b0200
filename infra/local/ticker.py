"""Lets a served service live: turns what is due, several times a second."""

import logging
from collections.abc import Callable
from threading import Event, Thread

from infra.local.turner import Turner

log = logging.getLogger(__name__)

SECONDS = 0.2
# A turn under way may wait for an answer that will not come any more; the process does not wait for it.
PATIENCE_SECONDS = 5


class Ticker:
    """Settles the turner until closed. `tell` hears of a turn that died; the next one is tried all the same."""

    def __init__(self, turner: Turner, tell: Callable[[str, str], None]) -> None:
        self._turner = turner
        self._tell = tell
        self._stopped = Event()
        self._thread = Thread(target=self._turn, name="ticker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(PATIENCE_SECONDS)

    def _turn(self) -> None:
        while not self._stopped.wait(SECONDS):
            try:
                self._turner.settle()
            except Exception as error:  # Whatever it was, time goes on; the problem is kept and the log has the rest.
                log.exception("a turn died")
                if not self._stopped.is_set():
                    self._tell("turn_died", f"{type(error).__name__}: see the log of the run")
