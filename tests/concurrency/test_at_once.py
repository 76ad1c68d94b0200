"""Many at once on one account of a DynamoDB behind a port: nothing is lost, doubled or overdrawn."""

from collections import Counter
from dataclasses import replace
from functools import partial

import pytest

from chalicelib.actions.change_account import Commit, change_account
from chalicelib.actions.consume import consume
from chalicelib.deps import Beside, Deps
from chalicelib.domain import journal
from chalicelib.domain.accounts import Profile, State
from chalicelib.domain.credits import Purchase
from chalicelib.domain.money import Money
from chalicelib.domain.periods import DAY
from chalicelib.domain.usage import UsageEvent
from chalicelib.errors import ConditionFailed, Conflict
from tests.concurrency.senders import at_once, send, send_from_processes, some_events
from tests.invariants import assert_sound
from tests.offers import OFFERS
from tests.stores import Database, FixedClock
from tests.usage_builders import CREATED, NOW, a_reading, an_event, granting

EVENTS = some_events(500)
APRIL = CREATED + 31 * DAY


def expected(events: list[UsageEvent]) -> dict[str, int]:
    used = Counter[str]()
    for event in events:
        used[event.meter] += event.quantity
    return dict(used)


def counters(state: State) -> dict[str, int]:
    return {meter: used for meter, used in state.used.items() if used}


def test_eight_threads_with_the_same_events_count_each_once(engine: Database, account: str) -> None:
    engine.open(account)

    recorded = at_once(*(partial(send, engine.deps(), account, EVENTS, seed) for seed in range(8)))

    state = assert_sound(engine, account)
    assert counters(state) == expected(EVENTS)
    assert state.spent == (state.used["runs"] - 10) * 10
    assert sum(recorded) <= len(EVENTS)


def test_four_processes_with_the_same_events_count_each_once(engine: Database, engine_url: str, account: str) -> None:
    engine.open(account)

    recorded = send_from_processes(4, engine_url, engine.core, engine.ephemeral, account, EVENTS)

    state = assert_sound(engine, account)
    assert counters(state) == expected(EVENTS)
    assert sum(recorded) <= len(EVENTS)
    assert min(recorded) < len(EVENTS)


def test_threads_that_share_a_store_share_what_it_remembers(engine: Database, account: str) -> None:
    engine.open(account)
    deps, many = engine.deps(), [an_event(f"e{k}", "events") for k in range(1500)]

    at_once(*(partial(send, deps, account, many[k * 100 : k * 100 + 800], k) for k in range(8)))

    assert assert_sound(engine, account).used["events"] == 1500


def test_a_period_that_ends_while_many_write_is_closed_once(engine: Database, account: str) -> None:
    engine.open(account)
    events = some_events(150, at=(APRIL - 60, APRIL - 1, APRIL, APRIL + 5))
    clocks = [FixedClock(APRIL + k) for k in (5, 6, 8, 60)]

    at_once(*(partial(send, engine.deps(clock=clock), account, events, seed) for seed, clock in enumerate(clocks)))

    state = assert_sound(engine, account)
    [closed] = engine.store().closed_periods(account, consistent=True)
    assert counters(state) == expected([event for event in events if event.at >= APRIL])
    assert {m: n for m, n in closed.used.items() if n} == expected([event for event in events if event.at < APRIL])


def test_the_newest_gauge_value_stands_whoever_comes_last(engine: Database, account: str) -> None:
    engine.open(account)
    readings = [a_reading(f"g{k}", (k * 37) % 150, at=NOW - 100 + k) for k in range(60)]

    at_once(*(partial(send, engine.deps(), account, readings, seed) for seed in range(4)))

    state = assert_sound(engine, account)
    assert (state.used["storage"], state.gauged_at["storage"]) == (readings[-1].value, readings[-1].at)


# -- asking first


def ask(deps: Deps, account: str, meter: str, quantity: int, name: str) -> list[bool]:
    """Asks again and again, each time under a new id, until it is refused."""
    answers = [True]
    while answers[-1]:
        event = an_event(f"{name}-{len(answers)}", meter, quantity)
        try:
            answers.append(consume(deps, account, event, dry_run=False).allowed)
        except Conflict:
            continue
    return answers[1:]


@pytest.mark.parametrize(
    ("reason", "meter", "quantity", "credits", "allowed"),
    [
        ("a plan that stops", "sessions", 1, 0, 5),
        ("a limit beyond the allowance", "calls", 2, 0, 15),
        ("credits", "runs", 2, 130, 11),
    ],
)
def test_as_many_are_allowed_as_there_is_room_for_and_not_one_more(
    engine: Database, account: str, reason: str, *, meter: str, quantity: int, credits: int, allowed: int
) -> None:
    opened = engine.open(account)
    if credits:
        engine.store().commit(granting(journal.begin(opened, NOW, OFFERS), "p", credits))

    answers = at_once(*(partial(ask, engine.deps(), account, meter, quantity, f"t{k}") for k in range(8)))

    assert sum(map(sum, answers)) == allowed, reason
    state = assert_sound(engine, account)
    assert state.used[meter] == allowed * quantity
    assert state.balance >= 0


# -- credits


def grant(deps: Deps, account: str, cause: str) -> State:
    def decide(state: State, _profile: Profile) -> Commit:
        change = journal.begin(state, deps.clock.now(), deps.catalogue)
        lots = deps.store.lots(state)
        if lots is None:
            raise ConditionFailed({})
        return Commit(granting(change, cause, 100, lots))

    return change_account(deps, account, decide)


def test_grants_get_through_while_usage_runs(engine: Database, account: str) -> None:
    engine.open(account)

    def grants(name: str) -> None:
        for k in range(8):
            grant(engine.deps(), account, f"{name}-{k}")

    at_once(
        *(partial(send, engine.deps(), account, EVENTS[k * 50 : k * 50 + 100], k) for k in range(4)),
        partial(grants, "a"),
    )

    state = assert_sound(engine, account)
    assert state.granted == 800
    assert counters(state) == expected(EVENTS[:250])


def test_one_purchase_is_granted_once_though_many_say_it_is_paid(engine: Database, account: str) -> None:
    engine.open(account)
    purchase = Purchase("p1", account, "starter", 500, Money(500, "eur"), "open", NOW)
    engine.store().save_purchase(purchase, was=None)

    def settle() -> bool:
        store = engine.store()
        for _ in range(20):
            state = store.state(account, consistent=True)
            assert state is not None
            change = granting(journal.begin(state, NOW, OFFERS), purchase.cause, 500, store.lots(state) or ())
            try:
                store.commit(change, beside=Beside(purchase=replace(purchase, state="paid")))
            except ConditionFailed:
                found = store.purchase(account, "p1", consistent=True)
                assert found is not None
                if found.state == "paid":
                    return False
            else:
                return True
        raise AssertionError("never settled")

    granted = at_once(*[settle] * 6)

    assert sum(granted) == 1
    assert assert_sound(engine, account).balance == 500
