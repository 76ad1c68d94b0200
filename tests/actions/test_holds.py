"""Holds set credits aside, and what is held is neither spent by others nor lost."""

from typing import Any

import pytest

from chalicelib.actions.book_due import book_due
from chalicelib.actions.check import check
from chalicelib.actions.close_hold import capture_hold, release_hold
from chalicelib.actions.consume import consume
from chalicelib.actions.count_usage import count_usage
from chalicelib.actions.expire_holds import AT_ONCE
from chalicelib.actions.place_hold import place_hold
from chalicelib.actions.read_history import read_history
from chalicelib.deps import Deps
from chalicelib.domain import journal
from chalicelib.domain.holds import MOST, Capture, Hold
from chalicelib.errors import (
    AboveHold,
    BillingError,
    HoldClosed,
    HoldExists,
    HoldExpired,
    NotEnoughCredits,
    Standing,
    TooManyHolds,
    Unavailable,
    UnknownAccount,
    UnknownHold,
)
from chalicelib.messages import DueMessage
from chalicelib.people_errors import SeatsOver
from tests.adapters.dynamo.wires import Struck, answer_lost
from tests.invariants import assert_sound
from tests.offers import OFFERS
from tests.stores import Database, FixedClock
from tests.usage_builders import NOW, an_event, granting


@pytest.fixture
def rich(model: Database, account: str) -> str:
    """An account with a hundred credits."""
    model.open(account)
    model.store().commit(granting(journal.begin(model.state(account), NOW, OFFERS), "p", 100))
    return account


def place(deps: Deps, account: str, hold: str = "h1", credits: int = 60, expires_in: int = 600) -> Hold:
    return place_hold(deps, account, hold, credits, expires_in, "key:test")[0]


def capture(deps: Deps, account: str, credits: int, hold: str = "h1", **of: Any) -> Hold:
    return capture_hold(deps, account, hold, Capture(credits, **of), "key:test")


def release(deps: Deps, account: str, hold: str = "h1") -> None:
    release_hold(deps, account, hold, "key:test")


def credits_of(database: Database, account: str) -> tuple[int, int, int]:
    """Balance, held, available."""
    state = assert_sound(database, account)
    return state.balance, state.held, state.available


def later(database: Database, seconds: int = 600) -> Deps:
    return database.deps(clock=FixedClock(NOW + seconds))


def test_what_is_held_is_not_available_and_still_owned(model: Database, rich: str) -> None:
    hold = place(model.deps(), rich)

    assert (hold.state, hold.expires_at) == ("open", NOW + 600)
    assert credits_of(model, rich) == (100, 60, 40)


@pytest.mark.parametrize(("why", "credits", "taken"), [("all there is", 100, True), ("one more", 101, False)])
def test_no_more_is_held_than_is_available(model: Database, rich: str, why: str, credits: int, taken: bool) -> None:
    if taken:
        place(model.deps(), rich, credits=credits)
        assert credits_of(model, rich) == (100, 100, 0), why
        return
    with pytest.raises(NotEnoughCredits, match="100 credits are available"):
        place(model.deps(), rich, credits=credits)


@pytest.mark.parametrize(("why", "quantity", "allowed"), [("what is left", 14, True), ("a run more", 15, False)])
def test_consume_spends_what_is_not_held_and_not_past_it(
    model: Database, rich: str, why: str, quantity: int, allowed: bool
) -> None:
    place(model.deps(), rich)
    event = an_event("e1", quantity=quantity)

    checked = check(model.deps(), rich, event)
    decision = consume(model.deps(), rich, event, dry_run=False)

    assert (checked.allowed, decision.allowed) == (allowed, allowed), why
    assert decision.reason == ("credits" if allowed else "not_enough_credits")


def test_a_process_that_does_not_know_of_a_hold_does_not_spend_it(model: Database, rich: str) -> None:
    deps = model.deps()
    count_usage(deps, rich, [an_event("e0", quantity=10)])
    place(model.deps(), rich, credits=95)

    decision = consume(deps, rich, an_event("e1"), dry_run=False)

    assert (decision.allowed, decision.reason) == (False, "not_enough_credits")


def test_recorded_usage_may_spend_what_is_held_since_it_has_happened(model: Database, rich: str) -> None:
    place(model.deps(), rich)

    count_usage(model.deps(), rich, [an_event("e1", quantity=20)])

    assert credits_of(model, rich) == (0, 60, -60)


@pytest.mark.parametrize("credits", [0, 1, 59, 60])
def test_capturing_spends_what_was_used_and_gives_back_the_rest(model: Database, rich: str, credits: int) -> None:
    place(model.deps(), rich)

    hold = capture(model.deps(), rich, credits)

    assert (hold.state, hold.captured) == ("captured", Capture(credits))
    assert credits_of(model, rich) == (100 - credits, 0, 100 - credits)


def test_capturing_counts_the_meter_it_was_for(model: Database, rich: str) -> None:
    place(model.deps(), rich)

    capture(model.deps(), rich, 25, meter="runs", quantity=3)

    state = assert_sound(model, rich)
    assert (state.used["runs"], state.credits_used["runs"], state.balance) == (3, 25, 75)
    lines, _ = read_history(model.deps(), rich, None, 10)
    assert [(line.kind, line.credits, line.meter, line.quantity, line.cause) for line in lines] == [
        ("usage", -25, "runs", 3, "hold:h1"),
        ("purchase", 100, None, None, "p"),
    ]


def test_releasing_gives_back_all_and_again_nothing(model: Database, rich: str) -> None:
    place(model.deps(), rich)

    release(model.deps(), rich)
    before = model.items(rich)
    release(model.deps(), rich)
    release(model.deps(), rich, "never")

    assert model.items(rich) == before
    assert credits_of(model, rich) == (100, 0, 100)


def test_repeated_calls_answer_the_same_and_change_nothing(model: Database, rich: str) -> None:
    first = place(model.deps(), rich)
    again = place(later(model, 5), rich)
    taken = capture(model.deps(), rich, 25)
    before = model.items(rich)

    assert again == first
    assert capture(later(model, 5), rich, 25) == taken
    assert model.items(rich) == before


@pytest.mark.parametrize("step", ["place", "capture", "release"])
def test_an_answer_that_is_lost_is_made_good(model: Database, rich: str, step: str) -> None:
    if step != "place":
        place(model.deps(), rich)
    call = {"place": place, "capture": lambda deps, a: capture(deps, a, 25), "release": release}[step]

    with pytest.raises(Unavailable):
        call(model.deps(model.store(Struck(model.wire, answer_lost))), rich)
    call(model.deps(), rich)

    assert credits_of(model, rich) == {"place": (100, 60, 40), "capture": (75, 0, 75), "release": (100, 0, 100)}[step]


def test_another_amount_under_the_same_id_is_refused(model: Database, rich: str) -> None:
    place(model.deps(), rich)

    with pytest.raises(HoldExists, match="h1 sets 60 credits aside"):
        place(model.deps(), rich, credits=61)


@pytest.mark.parametrize(
    ("before", "credits", "hold", "error"),
    [
        ("nothing", 61, "h1", AboveHold),
        ("it was released", 10, "h1", HoldClosed),
        ("it was captured otherwise", 10, "h1", HoldClosed),
        ("nobody placed it", 10, "other", UnknownHold),
    ],
)
def test_what_cannot_be_captured_says_why_and_changes_nothing(
    model: Database, rich: str, before: str, credits: int, hold: str, error: type[BillingError]
) -> None:
    place(model.deps(), rich)
    if before == "it was released":
        release(model.deps(), rich)
    if before == "it was captured otherwise":
        capture(model.deps(), rich, 11)
    stored = model.items(rich)

    with pytest.raises(error):
        capture(model.deps(), rich, credits, hold)

    assert model.items(rich) == stored


def test_an_expired_hold_cannot_be_captured_any_more(model: Database, rich: str) -> None:
    place(model.deps(), rich)

    assert capture(later(model, 599), rich, 10).state == "captured"
    place(model.deps(), rich, "h2")
    with pytest.raises(HoldExpired):
        capture(later(model, 600), rich, 10, "h2")


def test_the_sweep_gives_back_what_has_expired(model: Database, rich: str) -> None:
    place(model.deps(), rich, "soon", 10, 60)
    place(model.deps(), rich, "late", 20, 600)
    assert model.state(rich).due == NOW + 60

    book_due(later(model, 60), DueMessage(rich, NOW + 60))

    assert credits_of(model, rich) == (100, 20, 80)
    assert model.state(rich).due == NOW + 600
    with pytest.raises(HoldExpired):
        place(later(model, 61), rich, "soon", 10)


def test_many_that_expire_at_once_are_all_given_back(model: Database, rich: str) -> None:
    deps = model.deps()
    for k in range(AT_ONCE + 3):
        place(deps, rich, f"h{k}", 1, 60)

    book_due(later(model, 60), DueMessage(rich, NOW + 60))

    assert credits_of(model, rich) == (100, 0, 100)
    assert model.state(rich).due is None


@pytest.mark.parametrize("refused", ["consume", "hold"])
def test_nobody_is_refused_for_want_of_credits_whose_hold_has_expired(model: Database, rich: str, refused: str) -> None:
    place(model.deps(), rich, credits=100)
    deps = later(model)

    if refused == "consume":
        assert consume(deps, rich, an_event("e1", quantity=20), dry_run=False).allowed
    else:
        assert place(deps, rich, "h2", 100).state == "open"

    assert_sound(model, rich)


def test_a_dry_run_and_a_check_say_too_little_rather_than_too_much(model: Database, rich: str) -> None:
    place(model.deps(), rich, credits=100)
    before, event = model.items(rich), an_event("e1", quantity=20)

    assert not consume(later(model), rich, event, dry_run=True).allowed
    assert not check(later(model), rich, event).allowed
    assert model.items(rich) == before


def test_a_thousand_may_be_open_and_not_one_more(model: Database, account: str) -> None:
    model.open(account, granted=MOST + 5, held=MOST - 1, holds=MOST - 1, holds_until=NOW + 999)

    place(model.deps(), account, "last", 1)

    with pytest.raises(TooManyHolds):
        place(model.deps(), account, "over", 1)


def test_nothing_is_held_for_an_inactive_plan(model: Database, account: str) -> None:
    model.open(account, standing="none", granted=10)

    with pytest.raises(Standing):
        place(model.deps(), account, credits=5)


def test_nothing_is_held_while_more_members_are_active_than_seats_are_bought(model: Database, account: str) -> None:
    model.open(account, granted=10, seats_bought=1, seats_active=2)

    with pytest.raises(SeatsOver):
        place(model.deps(), account, credits=5)


def test_nobody_knows_an_account_that_is_not_there(model: Database) -> None:
    with pytest.raises(UnknownAccount):
        place(model.deps(), "nobody")
