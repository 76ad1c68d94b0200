"""A figure: one line of what `make bench` shows."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line of the result; it holds if `value` does not pass `budget`, where there is one."""

    name: str
    value: float
    unit: str
    budget: float | None = None
    source: str = ""

    @property
    def holds(self) -> bool:
        return self.budget is None or self.value <= self.budget
