"""Credits as they lie in their lots, kept the plain way: one after the other as they are spent, and the debt beyond."""

from dataclasses import dataclass
from math import inf


@dataclass
class Own:
    """What is left of the credits that came in together."""

    id: str
    left: int
    at: float
    expires: float = inf


class Lots:
    """What expires soonest is spent first, then the oldest."""

    def __init__(self) -> None:
        self.all: list[Own] = []
        self.debt = 0

    @property
    def balance(self) -> int:
        return sum(lot.left for lot in self.all) - self.debt

    def left(self) -> dict[str, int]:
        return {lot.id: lot.left for lot in self.all if lot.left}

    def lapsed(self, now: int) -> int:
        """What nobody may spend any more, though it is not booked."""
        return sum(lot.left for lot in self.all if lot.expires <= now)

    def come(self, lot: Own) -> None:
        """A debt is paid first."""
        paid = min(lot.left, self.debt)
        self.debt -= paid
        lot.left -= paid
        self.all = [each for each in self.all if each.left]
        same = next((each for each in self.all if each.id == lot.id), None)
        if same is not None:
            same.left += lot.left
        elif lot.left:
            later = (k for k, each in enumerate(self.all) if (each.expires, each.at) > (lot.expires, lot.at))
            self.all.insert(next(later, len(self.all)), lot)

    def came_back(self, name: str, now: int) -> None:
        """It has its place; to what comes later it is as old as it is."""
        for lot in self.all:
            if lot.id == name:
                lot.at = now

    def spend(self, credits: int) -> None:
        for lot in self.all:
            took = min(credits, lot.left)
            lot.left -= took
            credits -= took
        self.debt += credits

    def take(self, name: str, credits: int) -> None:
        """Out of this lot, and where it has not so much, out of the others."""
        for lot in self.all:
            if lot.id == name:
                took = min(credits, lot.left)
                lot.left -= took
                credits -= took
        self.spend(credits)

    def expire(self, name: str, now: int) -> int:
        """What is lost of it."""
        [lot] = [lot for lot in self.all if lot.id == name and lot.left]
        assert lot.expires <= now, f"{name} expired too soon"
        lost, lot.left = lot.left, 0
        return lost
