"""Journal entries, lots and closed periods turned into items and back.

Meters are stored by their codes, which outlive their names in the catalogue; one that is gone keeps its code.
"""

from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple
from typing import Any

from chalicelib.adapters.dynamo.items import EntryItem, LotsItem, PeriodItem
from chalicelib.adapters.dynamo.records import account_pk
from chalicelib.adapters.dynamo.state import IDENTITY, codes_by_meter, meters_by_code, plain
from chalicelib.domain.accounts import ClosedPeriod
from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.credits import Lot
from chalicelib.domain.erasable import MARK
from chalicelib.domain.journal import Entry, Line, PeriodSums, Touch
from chalicelib.domain.money import Money
from chalicelib.domain.notices import Notice
from chalicelib.domain.periods import Instant, Period
from chalicelib.domain.recharge import Recharge

Raw = Mapping[str, Any]


def _renamed(values: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {names.get(name, name): value for name, value in values.items()}


def entry_sk(day: int, number: int) -> str:
    """Entries sort by number, since the day never goes back; a window is read by its first day."""
    return f"E#{day:05}#{number:08}"


def entry_item(entry: Entry, catalogue: Catalogue) -> EntryItem:
    """The entry as it is kept for ever; it must have its marks (domain/erasable.py)."""
    codes = codes_by_meter(catalogue)
    return EntryItem(
        account_pk(entry.account),
        entry_sk(entry.day, entry.number),
        n=entry.number,
        y=entry.day,
        b=entry.day_before,
        at=entry.at,
        bal=entry.balance,
        g=entry.granted,
        s=entry.spent,
        ids=b"".join(sorted(entry.ids)) or None,
        d=_sums_out(entry.sums, codes),
        ga=[[codes.get(meter, meter), day, value] for (meter, day), value in entry.gauges.items()] or None,
        ch=_changed_out(entry.changed) or None,
        li=[_line_out(line, entry.cause, codes) for line in entry.lines] or None,
        no=[asdict(notice) for notice in entry.notices] or None,
        to=[astuple(each) for each in entry.touched] or None,
        cause=entry.cause,
        actor=entry.actor,
        why=None if entry.note is None else True,
    )


def entry_from(item: Raw, catalogue: Catalogue) -> Entry:
    """The entry with its marks."""
    names = meters_by_code(catalogue)
    row = EntryItem.from_raw_data(dict(item))
    return Entry(
        account=row.pk[2:],
        number=int(row.n),
        day=int(row.y),
        day_before=int(row.b),
        at=int(row.at),
        balance=int(row.bal),
        granted=int(row.g),
        spent=int(row.s),
        ids=frozenset(unpack(row.ids)),
        sums=_sums_in(row.d, names),
        gauges=_gauges_in(row.ga or [], names),
        changed=_changed_in(row.ch or {}),
        lines=tuple(_line_in(line, row.cause, names) for line in row.li or []),
        notices=tuple(Notice(**notice) for notice in row.no or []),
        cause=row.cause,
        actor=row.actor,
        note=MARK if row.why else None,
        touched=tuple(Touch(*each) for each in row.to or []),
    )


def entry_from_image(image: Raw, catalogue: Catalogue) -> Entry:
    """The entry in an image of the table's stream; Lambda's JSON has its bytes in base64."""
    typed = {name: {"B": b64decode(v["B"])} if "B" in v else v for name, v in image.items()}
    return entry_from(typed, catalogue)


def unpack(ids: Any) -> list[bytes]:
    packed = plain(ids) if ids else b""
    return [packed[k : k + IDENTITY] for k in range(0, len(packed), IDENTITY)]


def _changed_out(changed: Mapping[str, Any]) -> dict[str, Any]:
    plain = {k: astuple(v) if isinstance(v, Period) else v for k, v in changed.items()}
    return {k: asdict(v) if isinstance(v, Recharge) else v for k, v in plain.items()}


def _changed_in(changed: Mapping[str, Any]) -> dict[str, Any]:
    known = {k: Period(*v) if k == "period" else v for k, v in changed.items()}
    recharge: dict[str, Any] | None = changed.get("recharge")
    return known | {"recharge": Recharge(**recharge)} if recharge else known


def _sums_out(sums: PeriodSums, codes: Mapping[str, str]) -> dict[Instant, dict[int, dict[str, tuple[int, int]]]]:
    """By period, day and meter: a period's start is written once, not for every sum."""
    out: dict[Instant, dict[int, dict[str, tuple[int, int]]]] = {}
    for (start, day, meter), both in sums.items():
        out.setdefault(start, {}).setdefault(day, {})[codes.get(meter, meter)] = both
    return out


def _sums_in(stored: Mapping[str, Mapping[str, Mapping[str, list[int]]]], names: Mapping[str, str]) -> PeriodSums:
    return {
        (int(start), int(day), names.get(meter, meter)): (quantity, credits)
        for start, days in stored.items()
        for day, meters in days.items()
        for meter, (quantity, credits) in meters.items()
    }


def _gauges_in(stored: Sequence[tuple[str, int, int]], names: Mapping[str, str]) -> dict[tuple[str, int], int]:
    return {(names.get(code, code), day): value for code, day, value in stored}


def _line_out(line: Line, cause: str, codes: Mapping[str, str]) -> list[Any]:
    """Without its cause where that is the entry's own, and without what is empty at the end."""
    money = [line.money.amount, line.money.currency] if line.money else None
    own = None if line.cause == cause else line.cause
    meter = codes.get(line.meter, line.meter) if line.meter else None
    parts = [line.kind, line.credits, own, money, line.note, meter, line.quantity]
    while parts[-1] is None:
        parts.pop()
    return parts


def _line_in(stored: Sequence[Any], cause: str, names: Mapping[str, str]) -> Line:
    kind, credits, own, money, note, code, quantity = [*stored, *[None] * 5][:7]
    meter = names.get(code, code) if code else None
    return Line(kind, credits, own or cause, Money(*money) if money else None, note, meter, quantity)


def lots_item(account: str, version: int, lots: tuple[Lot, ...]) -> LotsItem:
    return LotsItem(account_pk(account), "L", ln=version, q=[astuple(lot) for lot in lots])


def lots_from(item: Raw) -> tuple[int, tuple[Lot, ...]]:
    row = LotsItem.from_raw_data(dict(item))
    return int(row.ln), tuple(Lot(*lot) for lot in row.q)


def period_item(account: str, closed: ClosedPeriod, version: int, catalogue: Catalogue) -> PeriodItem:
    codes = codes_by_meter(catalogue)
    return PeriodItem(
        account_pk(account),
        f"P#{closed.period.start:012}",
        n=version,
        ps=closed.period.start,
        pe=closed.period.end,
        p=closed.plan,
        u=_renamed(closed.used, codes),
        c=_renamed(closed.credits_used, codes),
    )


def period_from(item: Raw, catalogue: Catalogue) -> ClosedPeriod:
    names = meters_by_code(catalogue)
    row = PeriodItem.from_raw_data(dict(item))
    return ClosedPeriod(
        Period(int(row.ps), int(row.pe)), row.p, _renamed(row.u, names), _renamed(row.c, names), int(row.n)
    )
