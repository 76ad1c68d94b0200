"""Many accounts, levels and fresh processes: what usage takes beyond the one account of figures.py."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from chalicelib.actions.consume import consume
from chalicelib.actions.record_usage import record_usage
from chalicelib.deps import Deps
from chalicelib.domain.usage import UsageEvent
from tests.bench import heaviest
from tests.bench.account import Account
from tests.bench.figure import Figure
from tests.bench.prices import dollars

ACCOUNTS, EACH, PASSES = 1_000, 10, 10


def many_figures(accounts: int = ACCOUNTS) -> Iterator[Figure]:
    """Every figure; fewer accounts make it quicker and hardly different."""
    yield from _crossing()
    yield from _spread(accounts)
    yield from _cold()


def _crossing() -> Iterator[Figure]:
    account = Account(replace(heaviest.shipped(), plan="team"), used=0)
    limit = account.offers.catalogue.plans["team"].allowances["sessions"].included
    assert limit is not None
    account.record([UsageEvent("before", "sessions", account.clock, 1)])
    cost = account.cost(lambda: account.record([UsageEvent("crossing", "sessions", account.clock, limit)]))
    [newest] = account.deps.store.entries(heaviest.ACCOUNT, before=None, limit=1)
    assert [notice.kind for notice in newest.notices] == ["limit_reached"]
    yield Figure("a usage event that reaches a limit, its notice included", cost.writes, "WCU", 6)


def _spread(accounts: int) -> Iterator[Figure]:
    account = Account(heaviest.shipped())
    names = [account.another(f"account-{number}") for number in range(accounts)]
    cost = account.cost(lambda: [_pass(account, names, number) for number in range(PASSES)])
    events = accounts * EACH * PASSES
    name = f"an event of {accounts * EACH:,} over {accounts:,} accounts, {EACH} together, in {PASSES} passes"
    yield Figure(name, round(cost.writes / events, 3), "WCU", 0.3)
    yield dollars(f"{EACH} of an account together", cost, events)


def _pass(account: Account, names: Sequence[str], number: int) -> None:
    at = account.clock
    events = [(name, UsageEvent(f"{name}-{number}-{k}", "sessions", at, 1)) for name in names for k in range(EACH)]
    for start in range(0, len(events), 1_000):
        results = record_usage(account.deps, events[start : start + 1_000])
        assert {each.result for each in results} == {"recorded"}


def _cold() -> Iterator[Figure]:
    account = Account(heaviest.shipped())
    account.record(account.events(30))
    [event] = account.events(1)
    fresh, steps = account.fresh()
    cost = account.cost(lambda: _consumed(fresh, event))
    assert cost.round_trips == 3, cost
    yield Figure("consume, by a process that meets the account: one after another", steps(), "round trips", 2)


def _consumed(deps: Deps, event: UsageEvent) -> None:
    assert consume(deps, heaviest.ACCOUNT, event, dry_run=False).recorded
