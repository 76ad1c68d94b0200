"""Telling: chapters, a line for each promise, and what is going on meanwhile."""

import sys
import time
from typing import TextIO


class Broken(Exception):
    """A promise did not hold; the message says which and what was seen."""


class Telling:
    """Writes the story as it happens. `quiet` keeps every promise checked and says nothing."""

    def __init__(self, out: TextIO = sys.stdout, *, quiet: bool = False) -> None:
        self._out = out
        self._quiet = quiet
        self._live = out.isatty() and not quiet
        self._started = time.monotonic()
        self.kept = 0

    @property
    def seconds(self) -> int:
        return int(time.monotonic() - self._started)

    def chapter(self, title: str) -> None:
        self._line(f"\n{title}")

    def say(self, text: str) -> None:
        self._line(f"       {text}")

    def promise(self, text: str, seen: object, wanted: object = True) -> None:
        """One promise: what was seen is what was wanted. Raises Broken if not."""
        if seen != wanted:
            self._line(f"  NOT  {text}")
            raise Broken(f"{text}\n  wanted: {wanted}\n  seen:   {seen}")
        self.kept += 1
        self._line(f"  ok   {text}")

    def doing(self, text: str) -> None:
        """What takes a moment, on a line of its own that the next one takes the place of."""
        if self._live:
            self._out.write(f"\r\x1b[K  ...  {text} ({self.seconds} s)")
            self._out.flush()

    def _line(self, text: str) -> None:
        if not self._quiet:
            self._out.write(("\r\x1b[K" if self._live else "") + text + "\n")
            self._out.flush()
