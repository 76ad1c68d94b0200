"""Big accounts beside small ones: years of entries behind them, or 40,000 event ids within the window.

What every call takes must be the same, in units, round trips and items read. Only a process that meets an account reads
the entries of its window, which is what an exact answer costs once; so a long past lies outside of it here.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import count
from typing import Any

from chalicelib.actions.check import check
from chalicelib.actions.consume import consume
from chalicelib.actions.project_journal import project_journal
from chalicelib.actions.read_days import read_days
from chalicelib.actions.read_history import read_history
from chalicelib.actions.read_notices import read_notices
from chalicelib.adapters.dynamo.identities import identify
from chalicelib.adapters.dynamo.journal_records import entry_item, entry_sk
from chalicelib.adapters.dynamo.records import raw
from chalicelib.adapters.dynamo.state import number, state_item
from chalicelib.deps import Deps
from chalicelib.domain.days import Days
from chalicelib.domain.journal import Entry, Line
from chalicelib.domain.levels import next_level
from chalicelib.domain.notices import Notice
from chalicelib.domain.periods import DAY, day_of
from chalicelib.domain.usage import UsageEvent
from tests.bench import heaviest
from tests.bench.account import Account
from tests.bench.figure import Figure

LONG = 100_000
"""Entries of an account that has been used for years, all but the newest older than the window."""
SHORT, PAGE = 30, 25
"""Entries of the account beside it: enough for one page of what is read in pages."""
SHOWN, ONE_IN = 400, 5
"""Days back from now for which usage is shown; of the older entries, one in so many has a line and a notice."""
ENOUGH = 100
"""Events that close a few entries, whatever the catalogue."""
IDS, DAYS = 40_000, 30
"""Event ids in the window, and over how many of its days they came."""
BEYOND = "units+trips+items"

ids = count()


def big_figures(long: int = LONG, many: int = IDS) -> Iterator[Figure]:
    """Every figure; fewer entries and ids make it quicker and hardly different."""
    yield from _long(long)
    yield from _window(many)
    yield _met(heaviest.legal(), many, "heaviest catalogue", None)
    yield _met(heaviest.shipped(), many, "shipped catalogue", 2)


def _long(entries: int) -> Iterator[Figure]:
    short, long = _on_team(), _on_team()
    _lengthen(short, SHORT)
    _lengthen(long, entries)
    for name, work in WORKS.items():
        yield Figure(f"{name}, {entries:,} entries: more than with {SHORT}", _more(short, long, work), BEYOND, 0)


def _window(many: int) -> Iterator[Figure]:
    empty, full = _on_team(), _on_team()
    _fill(full, many)
    for name in ("an event", "an event that is told of", "100 events", "the same 100 events again", "check", "consume"):
        yield Figure(
            f"{name}, {many:,} ids in the window: more than with none", _more(empty, full, WORKS[name]), BEYOND, 0
        )


def _met(offers: heaviest.Offers, many: int, name: str, budget: float | None) -> Figure:
    account = Account(offers)
    _fill(account, many)
    fresh, steps = account.fresh()
    [event] = account.events(1)
    cost = account.cost(lambda: _consumed(fresh, event))
    name = f"consume, by a process that meets {many:,} ids, {name}, {cost.reads:g} RCU: one after another"
    return Figure(name, steps(), "round trips", budget)


def _on_team() -> Account:
    """The heaviest account but for its counters, which levels are ahead of."""
    return Account(replace(heaviest.shipped(), plan="team"), used=0)


def _more(one: Account, other: Account, work: Callable[[Account], object]) -> float:
    """What the work takes of the other account beyond what it takes of the one, each having done it before."""
    for account in (one, other):
        work(account)
    wanted, found = (account.cost(lambda a=account: work(a)) for account in (one, other))
    return round(sum(abs(its - own) for own, its in zip(wanted, found, strict=True)), 3)


def _recorded(account: Account, many: int = 1) -> None:
    account.record([UsageEvent(f"big-{next(ids)}", "events", account.clock, 1) for _ in range(many)])


def _again(account: Account) -> None:
    """Counted before by whoever did it first; only known the second time."""
    account.send([UsageEvent(f"again-{k}", "events", account.clock, 1) for k in range(100)])


def _crossed(account: Account) -> None:
    state, meter = account.state, account.offers.catalogue.meters["sessions"]
    level = next_level(meter, account.offers.catalogue.plans["team"].allowances["sessions"], state.used["sessions"])
    assert level is not None
    account.record([UsageEvent(f"big-{next(ids)}", "sessions", account.clock, level - state.used["sessions"])])


def _asked(account: Account) -> None:
    check(account.deps, heaviest.ACCOUNT, UsageEvent("asked", "events", account.clock, 1))


def _consumed(deps: Deps, event: UsageEvent) -> None:
    assert consume(deps, heaviest.ACCOUNT, event, dry_run=False).recorded


def _event(account: Account) -> UsageEvent:
    return UsageEvent(f"big-{next(ids)}", "events", account.clock, 1)


def _history(account: Account) -> None:
    page, _ = read_history(account.deps, heaviest.ACCOUNT, None, PAGE)
    assert len(page) == PAGE


def _notices(account: Account) -> None:
    page, _ = read_notices(account.deps, heaviest.ACCOUNT, None, PAGE)
    assert len(page) == PAGE


def _days(account: Account) -> None:
    """Of the last days of its past, which no process that meets it reads."""
    last = heaviest.state(account.offers, account.clock).day
    found = read_days(account.deps, heaviest.ACCOUNT, last - PAGE + 1, last)
    assert {day for day, _ in found} == set(range(last - PAGE + 1, last + 1))


WORKS: dict[str, Callable[[Account], Any]] = {
    "an event": _recorded,
    "an event that is told of": _crossed,
    "100 events": lambda account: _recorded(account, 100),
    "the same 100 events again": _again,
    "check": _asked,
    "consume": lambda account: _consumed(account.deps, _event(account)),
    "consume, by a process that meets the account": lambda account: _consumed(account.fresh()[0], _event(account)),
    "the first page of history": _history,
    "usage by day": _days,
    "the first page of notices": _notices,
}


def _lengthen(account: Account, entries: int) -> None:
    """Entries as years of use leave them, one a day, all of them projected; what is older than is shown are copies."""
    state, projections, first = account.state, account.deps.projections, account.newest
    shown = [_past(first, state.entries - back, state.day - back + 1) for back in range(min(entries, SHOWN), 0, -1)]
    for entry in shown:
        account.put(raw(entry_item(entry, account.offers.catalogue)))
    projections.save_days(projections.days(state.account), Days(state.account, shown[0].number), {})
    project_journal(account.deps, shown, lag=0)
    _copy(account, shown[0], range(state.entries - entries, shown[0].number))


def _past(first: Entry, number: int, day: int) -> Entry:
    """An entry by which credits came and in which a level was crossed, after a day's usage."""
    notice = Notice(f"usage_warning:{number}", "usage_warning", "8 of 10 sessions used", "sessions")
    told = replace(first, lines=(Line("purchase", 1, f"purchase:{number}"),), notices=(notice,), changed={})
    return replace(
        told, number=number, day=day, day_before=day - 1, at=day * DAY, sums={(day * DAY, day, "sessions"): (1, 0)}
    )


def _copy(account: Account, entry: Entry, numbers: Iterable[int]) -> None:
    """The entry under each of these numbers; one in so many with its line and notice, and with what is projected."""
    day, stored = entry.day - 1, account.item(entry_sk(entry.day, entry.number))
    plain = {name: value for name, value in stored.items() if name not in {"li", "no"}}
    credited, told = (account.item(f"{kind}#{entry.number:09}") for kind in "TN")
    for each in numbers:
        tells = each % ONE_IN == 0
        account.put((stored if tells else plain) | {"n": number(each), "sk": {"S": entry_sk(day, each)}})
        if tells:
            account.put(credited | {"n": number(each), "sk": {"S": f"T#{each:09}"}})
            account.put(told | {"sk": {"S": f"N#{each:09}"}})


def _fullest(offers: heaviest.Offers) -> Entry:
    """Of the entries that events one at a time leave."""
    account = Account(offers)
    for _ in range(ENOUGH):
        account.record(account.events(1))
    entries = account.deps.store.entries(heaviest.ACCOUNT, before=None, limit=ENOUGH)
    return max(entries, key=lambda entry: len(entry.ids))


def _fill(account: Account, many: int) -> None:
    """Entries of the window like the fullest of its kind, after those that the account has."""
    entry = _fullest(account.offers)
    state, item = account.state, raw(entry_item(entry, account.offers.catalogue))
    entries, before = -(-many // len(entry.ids)), state.day
    for each in range(entries):
        at = state.entries + each
        day = day_of(account.clock) - DAYS + DAYS * each // entries
        packed = b"".join(identify(state.salt, [f"past-{at}-{k}" for k in range(len(entry.ids))]))
        moved = {"n": number(at), "y": number(day), "b": number(before), "ids": {"B": packed}}
        account.put(item | moved | {"sk": {"S": entry_sk(day, at)}})
        before = day
    filled = replace(state, entries=state.entries + entries, day=before)
    account.put(state_item(filled, account.offers.catalogue))
