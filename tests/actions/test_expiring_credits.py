"""Credits that expire: gone for whoever reads from that instant on, booked once by whoever writes next or the sweep."""

from collections.abc import Callable

import pytest

from chalicelib.actions.adjust_credits import adjust_credits
from chalicelib.actions.asking import Asker
from chalicelib.actions.book_due import book_due
from chalicelib.actions.check import check
from chalicelib.actions.close_hold import capture_hold
from chalicelib.actions.count_usage import Counted, count_usage
from chalicelib.actions.place_hold import place_hold
from chalicelib.actions.read_account import overview
from chalicelib.actions.read_credits import read_credits
from chalicelib.actions.read_history import read_history
from chalicelib.deps import Deps
from chalicelib.domain.holds import Capture
from chalicelib.errors import NotEnoughCredits
from chalicelib.messages import DueMessage
from tests.adapters.dynamo.wires import Struck, meanwhile
from tests.invariants import assert_sound
from tests.stores import Database, FixedClock
from tests.usage_builders import NOW, an_event

SOON, LATER = NOW + 600, NOW + 1_200
ALLOWANCE = 10
"""Runs; each one beyond it costs ten credits."""


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def deps(model: Database, account: str, clock: FixedClock) -> Deps:
    """An account with 50 credits until soon, 30 until later, and 20 for ever; its allowance is used up."""
    model.open(account)
    deps = model.deps(clock=clock)
    for credits, ends in ((20, None), (50, SOON), (30, LATER)):
        adjust_credits(deps, account, credits, "launch", ends, Asker("key:bk"))
    count_usage(deps, account, [an_event("free", quantity=ALLOWANCE)])
    return deps


def use(deps: Deps, account: str, runs: int, *, dry_run: bool = False) -> Counted:
    event = an_event(f"e{deps.clock.now()}{runs}", quantity=runs, at=deps.clock.now())
    return count_usage(deps, account, [event], ask=True, dry_run=dry_run)


def lines(deps: Deps, account: str) -> list[tuple[str, int, int]]:
    return [(line.kind, line.credits, line.balance_after) for line in read_history(deps, account, None, 20)[0]]


@pytest.mark.parametrize(("at", "left"), [(SOON - 1, 100), (SOON, 50), (LATER - 1, 50), (LATER, 20), (LATER + 9, 20)])
def test_nobody_sees_them_from_that_instant_on(
    deps: Deps, model: Database, account: str, clock: FixedClock, at: int, left: int
) -> None:
    clock.at = at

    credits, seen = read_credits(deps, account), overview(deps, account)
    decision = check(deps, account, an_event("ask", at=at), consistent=True)
    dry = use(deps, account, 1, dry_run=True).decision

    assert (credits.balance, credits.available, sum(lot.left for lot in credits.lots)) == (left, left, left)
    assert (seen.balance, decision.credits.available) == (left, left)
    assert dry is not None
    assert dry.credits.available == left
    assert model.state(account).expired == 0


@pytest.mark.parametrize("spend", [(SOON - 1, 10, True), (SOON, 6, False), (SOON, 5, True)])
def test_nobody_spends_them_from_that_instant_on(
    deps: Deps, model: Database, account: str, clock: FixedClock, spend: tuple[int, int, bool]
) -> None:
    at, runs, allowed = spend
    clock.at = at

    decision = use(deps, account, runs).decision

    assert decision is not None
    assert decision.allowed == allowed
    assert_sound(model, account)


def test_what_was_spent_in_time_does_not_expire(deps: Deps, model: Database, account: str, clock: FixedClock) -> None:
    use(deps, account, 6)
    clock.at = SOON

    book_due(deps, DueMessage(account, SOON))

    assert lines(deps, account)[0] == ("usage", -60, 40)
    assert [lot.left for lot in read_credits(deps, account).lots] == [20, 20]
    assert assert_sound(model, account).expired == 0


def book(deps: Deps, account: str) -> None:
    book_due(deps, DueMessage(account, SOON))


def write(deps: Deps, account: str) -> None:
    count_usage(deps, account, [an_event("other", "events", at=deps.clock.now())])


def give(deps: Deps, account: str) -> None:
    adjust_credits(deps, account, 1, "x", None, Asker("key:bk", "k"))


@pytest.mark.parametrize("how", [book, write, give])
def test_they_are_booked_once_by_whoever_writes_first(
    deps: Deps, model: Database, account: str, clock: FixedClock, how: Callable[[Deps, str], None]
) -> None:
    clock.at = SOON

    how(deps, account)
    how(deps, account)
    book(deps, account)

    assert [line for line in lines(deps, account) if line[0] == "expiry"] == [("expiry", -50, 50)]
    assert assert_sound(model, account).expired == 50


def test_two_who_book_at_once_book_once(deps: Deps, model: Database, account: str, clock: FixedClock) -> None:
    clock.at = SOON
    other = model.deps(clock=clock)
    struck = model.deps(model.store(Struck(model.wire, meanwhile(lambda: book(other, account)))), clock)

    book(struck, account)

    assert [line for line in lines(deps, account) if line[0] == "expiry"] == [("expiry", -50, 50)]
    assert_sound(model, account)


def test_the_sweep_finds_each_at_its_instant(deps: Deps, model: Database, account: str, clock: FixedClock) -> None:
    found = list[int]()
    for at in (SOON - 1, SOON, LATER - 1, LATER, LATER + 1):
        clock.at = at
        for message in deps.store.due(at, 10):
            found.append(at)
            book_due(deps, message)

    assert found == [SOON, LATER]
    assert [line for line in lines(deps, account) if line[0] == "expiry"] == [("expiry", -30, 20), ("expiry", -50, 50)]
    assert model.state(account).lapses_at is None


def test_two_that_expire_before_anybody_looks_are_a_line_each(
    deps: Deps, model: Database, account: str, clock: FixedClock
) -> None:
    clock.at = LATER

    write(deps, account)

    assert [line for line in lines(deps, account) if line[0] == "expiry"] == [("expiry", -30, 20), ("expiry", -50, 50)]
    assert_sound(model, account)


def test_a_hold_outlives_the_credits_and_nothing_is_lost(
    deps: Deps, model: Database, account: str, clock: FixedClock
) -> None:
    place_hold(deps, account, "h1", 80, 3_600, "key:bk")
    clock.at = SOON
    assert (read_credits(deps, account).balance, read_credits(deps, account).available) == (50, -30)
    with pytest.raises(NotEnoughCredits):
        place_hold(deps, account, "h2", 1, 60, "key:bk")

    capture_hold(deps, account, "h1", Capture(80), "key:bk")

    assert (read_credits(deps, account).balance, read_credits(deps, account).debt) == (-30, 30)
    assert assert_sound(model, account).held == 0
