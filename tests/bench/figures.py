"""The figures: what each piece of work takes, against what it may take.

Measured on the heaviest account that any legal catalogue allows; a grant and a thin stream on the one that is shipped.
What depends on how full the open entry is counts at its worst.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from chalicelib.actions.asking import Asker
from chalicelib.actions.check import check
from chalicelib.actions.claim_key import claim_key, keep_answer
from chalicelib.actions.consume import consume
from chalicelib.actions.handle_stripe_event import handle_stripe_event
from chalicelib.actions.put_account import put_account
from chalicelib.deps import Deps
from chalicelib.domain.claims import Kept
from chalicelib.domain.periods import DAY
from chalicelib.domain.usage import UsageEvent
from chalicelib.messages import StripeEventMessage
from tests.bench import heaviest
from tests.bench.account import Account
from tests.bench.asking import asking_figure
from tests.bench.figure import Figure
from tests.bench.prices import dollars
from tests.bench.recharges import recharge_figures

WINDOW_DAYS, DAYS, A_DAY = 37, 7, 100
"""A stream of so many events a day fills the window, then some days of it are measured."""
CALLS = 100
"""Calls that show what one of many takes, all that follows from it included."""
MONTH, FEW = 31, 5
"""A thin stream: an entry then spans days, so its sums leave room for fewer events."""
KEY = "0" * 64
PAID = StripeEventMessage(f"evt_{'e' * 24}", "checkout.session.completed", heaviest.SESSION, heaviest.CUSTOMER)


def figures(days_before: int = WINDOW_DAYS) -> Iterator[Figure]:
    """Every figure that needs no database; a shorter stream before the measured one makes its reads look cheaper."""
    yield from _one_event(days_before)
    yield from _many_events()
    yield from _questions()
    yield from _grant()
    yield asking_figure()
    yield _keyed()
    yield from recharge_figures()


def _one_event(days_before: int) -> Iterator[Figure]:
    account = Account(heaviest.legal())
    _stream(account, days_before, A_DAY)
    whole = account.cost(lambda: _stream(account, DAYS, A_DAY))
    events, name = DAYS * A_DAY, f"one usage event of {A_DAY} a day, closings included"
    yield Figure(name, round(whole.writes / events, 3), "WCU", 1.3)
    yield Figure(name, round(whole.reads / events, 3), "RCU", 0.6)
    # One, and a look at the journal once a day.
    yield Figure(name, round(whole.round_trips / events, 3), "round trips", 1.02)
    yield dollars("one alone each time", whole, events)
    account = Account(heaviest.shipped())
    _stream(account, MONTH, FEW)
    whole, events = account.cost(lambda: _stream(account, MONTH, FEW)), MONTH * FEW
    name = f"one usage event of {FEW} a day, the shipped catalogue, a period's end included"
    yield Figure(name, round(whole.writes / events, 3), "WCU", 1.3)
    yield Figure(name, round(whole.reads / events, 3), "RCU", 0.6)


def _stream(account: Account, days: int, a_day: int) -> None:
    for _ in range(days * a_day):
        account.clock += DAY // a_day
        account.record(account.events(1))
        account.project()


def _many_events() -> Iterator[Figure]:
    first, again = [], []
    for account in _at_each_fullness(heaviest.legal()):
        events = account.events(100)
        first.append(account.cost(lambda a=account, e=events: a.record(e)).writes)
        again.append(account.cost(lambda a=account, e=events: a.record(e, "duplicate")).writes)
    yield Figure("100 events of one account in one call", max(first), "WCU", 15)
    yield dollars("100 in each call", account.cost(lambda: _calls(account)), CALLS * 100)
    yield Figure("the same 100 events once more", max(again), "WCU", 0)


def _calls(account: Account) -> None:
    for _ in range(CALLS):
        account.record(account.events(100))
        account.project()


def _questions() -> Iterator[Figure]:
    *_, account = _at_each_fullness(heaviest.legal())
    [event] = account.events(1)
    asked = account.cost(lambda: check(account.deps, heaviest.ACCOUNT, event))
    yield Figure("check", asked.reads, "RCU", 0.5)
    yield Figure("check", asked.round_trips, "round trips", 1)
    consumed = account.cost(lambda: _consume(account, event))
    yield Figure("consume, by a process that knows the account", consumed.round_trips, "round trips", 1)


def _consume(account: Account, event: UsageEvent) -> None:
    decision = consume(account.deps, heaviest.ACCOUNT, event, dry_run=False)
    assert decision.recorded, decision


def _keyed() -> Figure:
    """A new name told with a key, less one told without: claimed, its outcome beside the work, and its answer kept."""
    bare = Account(heaviest.legal())
    usual = bare.cost(lambda: _rename(bare.deps, None))
    account = Account(heaviest.legal())
    deps = replace(account.deps, token=lambda: KEY[:32])
    whole = account.cost(lambda: _rename_once(deps))
    return Figure("an Idempotency-Key, beside what is done under it", whole.writes - usual.writes, "WCU", 4)


def _rename_once(deps: Deps) -> None:
    claim = claim_key(deps, KEY, KEY)
    _rename(deps, claim.operation)
    keep_answer(deps, claim, Kept(200, {}))


def _rename(deps: Deps, operation: str | None) -> None:
    put_account(deps, heaviest.ACCOUNT, "Another", "other@example.com", None, Asker("key:bench", operation))


def _grant() -> Iterator[Figure]:
    most = max(_granting(account) for account in _at_each_fullness(heaviest.shipped()))
    yield Figure("the webhook message that grants credits", most, "WCU", 10)


def _granting(account: Account) -> float:
    account.deps.store.note_event(PAID, account.now())
    granted = account.cost(lambda: handle_stripe_event(account.deps, PAID))
    bought = account.deps.store.purchase(heaviest.ACCOUNT, heaviest.PURCHASE)
    assert bought is not None
    assert bought.state == "paid"
    return granted.writes


def _at_each_fullness(offers: heaviest.Offers) -> Iterator[Account]:
    """The account with 0, 1, 2 ... events in its open entry, up to where the next one would close it."""
    for full in count():
        account = Account(offers)
        for _ in range(full + 1):
            account.record(account.events(1))
        if account.opened_ids < full:
            return
        yield account
