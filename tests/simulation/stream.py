"""The table's stream of one account's journal: in order, but an entry may be told twice, or never, or much later."""

from random import Random

from chalicelib.domain.journal import Entry

LOST = 0.06
"""How likely an entry is never told."""


class Stream:
    """The entries that are to be told, and how far whoever is told has come."""

    def __init__(self, rng: Random):
        self.rng, self.position = rng, 0
        self.entries: list[Entry] = []
        self.lost: set[int] = set()

    def add(self, entry: Entry) -> None:
        """An entry was closed."""
        if self.rng.random() < LOST:
            self.lost.add(entry.number)
        self.entries.append(entry)

    def batch(self) -> tuple[list[Entry], int]:
        """The next to be told, perhaps some before them again; and how far they reach."""
        first = max(0, self.position - self.rng.choice((0, 0, 0, 1, 4)))
        end = min(len(self.entries), self.position + self.rng.choice((1, 3, 10, 100)))
        return [entry for entry in self.entries[first:end] if entry.number not in self.lost], end

    def told(self, end: int) -> None:
        """The batch is in effect; one whose process died comes again."""
        self.position = max(self.position, end)
