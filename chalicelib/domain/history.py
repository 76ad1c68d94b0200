"""The credit history: every line by which credits came or went, newest first, adding up to the balance.

Usage is one line for each meter and entry, before what closed that entry. The open entry's lines are there too, still
growing: they keep their ids when it closes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from chalicelib.domain.accounts import State
from chalicelib.domain.journal import Entry
from chalicelib.domain.money import Money
from chalicelib.domain.periods import Instant

Place = tuple[int, int, str]
"""Where a line stands: its entry, usage (0) or not (1), then the meter or the position."""


@dataclass(frozen=True)
class HistoryLine:
    """One line; `credits` is signed, `balance_after` may be below zero, `quantity` is in the meter's unit."""

    id: str
    at: Instant
    kind: str
    credits: int
    balance_after: int
    cause: str
    meter: str | None = None
    quantity: int | None = None
    money: Money | None = None
    note: str | None = None


def lines_of(entry: Entry) -> list[HistoryLine]:
    """An entry's lines, newest first."""
    lines = [*_usage(entry), *_others(entry)]
    before = entry.balance - sum(line.credits for line in lines)
    return _newest_first(before, lines)


def open_lines(state: State, now: Instant) -> list[HistoryLine]:
    """The lines of the usage that no entry holds yet, newest first."""
    sums = {(state.period.start, day, meter): both for (day, meter), both in state.open_sums.items()}
    spent = sum(credits for _, credits in sums.values())
    growing = Entry(
        account=state.account,
        number=state.entries,
        day=state.day,
        day_before=state.day,
        at=now,
        balance=state.balance,
        granted=0,
        spent=spent,
        ids=state.open_ids,
        sums=sums,
        gauges={},
        changed={},
    )
    return lines_of(growing)


def place(line_id: str) -> Place:
    """Where the line with this id stands; raises ValueError for what is no line's id."""
    number, _, rest = line_id.partition("-")
    if not rest or not number.isascii() or not number.isdigit():
        raise ValueError(f"no line has the id {line_id!r}")
    return (int(number), 1, rest.zfill(4)) if rest.isdigit() else (int(number), 0, rest)


def _usage(entry: Entry) -> Iterator[HistoryLine]:
    meters: dict[str, tuple[int, int]] = {}
    own = [(line.meter, -(line.quantity or 0), line.credits) for line in entry.lines if line.meter]
    summed = [(meter, quantity, credits) for (_, _, meter), (quantity, credits) in entry.sums.items()]
    for meter, quantity, credits in (*summed, *own):
        before = meters.get(meter, (0, 0))
        meters[meter] = before[0] + quantity, before[1] + credits
    for meter, (quantity, credits) in sorted(meters.items()):
        if credits:
            line = HistoryLine(f"{entry.number}-{meter}", entry.at, "usage", -credits, 0, f"usage:{entry.number}")
            yield replace(line, meter=meter, quantity=quantity)


def _others(entry: Entry) -> Iterator[HistoryLine]:
    """What cost nothing, or gave nothing back, is no line."""
    for position, line in enumerate(entry.lines):
        if not line.credits:
            continue
        told = HistoryLine(f"{entry.number}-{position}", entry.at, line.kind, line.credits, 0, line.cause)
        yield replace(told, money=line.money, note=line.note, meter=line.meter, quantity=line.quantity)


def _newest_first(balance: int, lines: Iterable[HistoryLine]) -> list[HistoryLine]:
    told: list[HistoryLine] = []
    for line in lines:
        balance += line.credits
        told.append(replace(line, balance_after=balance))
    return told[::-1]
