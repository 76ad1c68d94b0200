"""Money: an amount in a currency's minor unit.

Only like is added to like, or compared with it. Credits are not money: they are plain integers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import total_ordering


@total_ordering
@dataclass(frozen=True, slots=True)
class Money:
    """An amount such as 500 cents: `Money(500, "eur")`.

    The currency is its lower-case ISO code. Mixing currencies raises ValueError.
    """

    amount: int
    currency: str

    def __str__(self) -> str:
        """As people read it; every currency that is sold in has hundredths.

        >>> str(Money(1250, "eur"))
        '12.50 EUR'
        """
        whole, cents = divmod(abs(self.amount), 100)
        return f"{'-' if self.amount < 0 else ''}{whole}.{cents:02} {self.currency.upper()}"

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._alike(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._alike(other), self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._alike(other)

    def _alike(self, other: Money) -> int:
        if other.currency != self.currency:
            raise ValueError(f"{other.currency} does not mix with {self.currency}")
        return other.amount
