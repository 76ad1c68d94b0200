"""Consume decides and records in one write; what it refuses leaves no trace."""

import pytest

from chalicelib.actions.consume import consume
from chalicelib.actions.count_usage import count_usage
from chalicelib.domain import journal
from chalicelib.domain.entitlements import Credits
from chalicelib.domain.periods import DAY
from chalicelib.domain.usage import WINDOW
from chalicelib.errors import AtOutOfRange, Invalid, UnknownAccount
from tests.adapters.dynamo.wires import Recorded, Stale
from tests.invariants import assert_sound
from tests.offers import OFFERS
from tests.stores import Database, FixedClock
from tests.usage_builders import CREATED, NOW, a_state, an_event, granting

APRIL = CREATED + 31 * DAY


def grant(database: Database, account: str, credits: int) -> None:
    change = granting(journal.begin(database.state(account), NOW, OFFERS), "p", credits)
    database.store().commit(change)


def test_what_is_allowed_is_recorded_and_shown_as_stored(database: Database, account: str) -> None:
    database.open(account)

    decision = consume(database.deps(), account, an_event("e1", quantity=8), dry_run=False)

    assert (decision.allowed, decision.recorded, decision.duplicate) == (True, True, False)
    assert (decision.reason, decision.used, decision.left, decision.level) == ("included", 8, 2, "warning")
    assert assert_sound(database, account).used["runs"] == 8


def test_credits_are_taken_and_shown_as_they_stand_afterwards(database: Database, account: str) -> None:
    database.open(account)
    grant(database, account, 50)
    deps = database.deps()

    decision = consume(deps, account, an_event("e1", quantity=12), dry_run=False)
    refused = consume(deps, account, an_event("e2", quantity=4), dry_run=False)

    assert (decision.reason, decision.credits) == ("credits", Credits(needed=20, balance=30, available=30))
    assert (refused.reason, refused.credits) == ("not_enough_credits", Credits(needed=40, balance=30, available=30))
    assert assert_sound(database, account).balance == 30


def test_what_is_refused_leaves_no_trace_and_its_id_stays_free(database: Database, account: str) -> None:
    database.open(account)
    deps, event = database.deps(), an_event("e1", "sessions", 6)
    before = database.items(account)

    refused = consume(deps, account, event, dry_run=False)
    after = database.items(account)
    smaller = consume(deps, account, an_event("e1", "sessions", 5), dry_run=False)

    assert (refused.allowed, refused.recorded, refused.reason) == (False, False, "limit_reached")
    assert after == before
    assert (smaller.recorded, smaller.used) == (True, 5)


def test_the_same_id_again_is_allowed_and_changes_nothing_even_when_nothing_is_left(
    database: Database, account: str
) -> None:
    database.open(account)
    deps, event = database.deps(), an_event("e1", "sessions", 5)
    consume(deps, account, event, dry_run=False)

    again = consume(deps, account, event, dry_run=False)
    other = consume(database.deps(), account, an_event("e1", "sessions", 1), dry_run=False)

    assert (again.allowed, again.duplicate, again.recorded, again.reason) == (True, True, False, "duplicate")
    assert (again.used, again.left) == (5, 0)
    assert other.duplicate
    assert assert_sound(database, account).used["sessions"] == 5


def test_consume_and_recorded_usage_share_their_ids(database: Database, account: str) -> None:
    database.open(account)
    deps = database.deps()
    consume(deps, account, an_event("e1"), dry_run=False)
    count_usage(deps, account, [an_event("e2")])

    outcomes = count_usage(deps, account, [an_event("e1")]).outcomes

    assert outcomes == ["duplicate"]
    assert consume(deps, account, an_event("e2"), dry_run=False).duplicate


def test_a_dry_run_decides_on_a_consistent_read_and_writes_nothing(database: Database, account: str) -> None:
    database.open(account)
    wire = Recorded(database.wire)

    decision = consume(database.deps(database.store(wire)), account, an_event("e1"), dry_run=True)

    assert (decision.allowed, decision.recorded) == (True, False)
    assert [op for op, _ in wire.calls] == ["GetItem", "Query"]
    assert wire.calls[0][1]["ConsistentRead"]


def test_a_dry_run_says_what_the_real_one_would(database: Database, account: str) -> None:
    database.open(account)
    deps = database.deps(clock=FixedClock(APRIL + DAY))
    consume(deps, account, an_event("known", quantity=7, at=APRIL - 1), dry_run=False)

    late = consume(deps, account, an_event("late", quantity=4, at=APRIL - 1), dry_run=True)
    known = consume(deps, account, an_event("known", quantity=7, at=APRIL - 1), dry_run=True)

    assert (late.allowed, late.reason, late.used, late.period.end) == (False, "not_enough_credits", 7, APRIL)
    assert (known.allowed, known.duplicate, known.recorded) == (True, True, False)
    with pytest.raises(AtOutOfRange):
        consume(deps, account, an_event("old", at=APRIL + DAY - WINDOW - 1), dry_run=True)


def test_a_late_event_is_answered_with_the_numbers_of_its_own_period(database: Database, account: str) -> None:
    database.open(account)
    deps = database.deps(clock=FixedClock(APRIL + DAY))

    decision = consume(deps, account, an_event("late", quantity=3, at=APRIL - 1), dry_run=False)

    assert (decision.recorded, decision.used, decision.left, decision.period.end) == (True, 3, 7, APRIL)


def test_a_refusal_from_memory_is_confirmed_before_it_is_given(database: Database, account: str) -> None:
    database.open(account)
    deps = database.deps()
    assert consume(deps, account, an_event("e1", quantity=10), dry_run=False).allowed
    assert not consume(deps, account, an_event("e2"), dry_run=False).allowed
    grant(database, account, 10)

    decision = consume(deps, account, an_event("e2"), dry_run=False)

    assert (decision.allowed, decision.reason) == (True, "credits")


def test_a_cold_process_does_not_refuse_by_a_stale_read(model: Database, account: str) -> None:
    model.open(account)
    count_usage(model.deps(), account, [an_event("e1", quantity=10)])
    stale = Stale(model, account)
    grant(model, account, 10)

    decision = consume(model.deps(model.store(stale)), account, an_event("e2"), dry_run=False)

    assert decision.recorded


def test_a_warm_process_gives_a_refusal_after_one_read(database: Database, account: str) -> None:
    database.open(account)
    wire = Recorded(database.wire)
    deps = database.deps(database.store(wire))
    consume(deps, account, an_event("e1", "sessions", 5), dry_run=False)
    wire.calls.clear()

    consume(deps, account, an_event("e2", "sessions"), dry_run=False)

    assert [(op, request["ConsistentRead"]) for op, request in wire.calls] == [("GetItem", True)]


@pytest.mark.parametrize("rolled", [False, True])
@pytest.mark.parametrize("dry_run", [False, True])
def test_a_late_request_sent_again_shows_the_period_that_it_belongs_to(
    database: Database, account: str, dry_run: bool, rolled: bool
) -> None:
    database.open(account)
    late = an_event("late", quantity=2, at=APRIL - 1)
    if rolled:
        count_usage(database.deps(clock=FixedClock(APRIL)), account, [an_event("e1", quantity=5, at=APRIL)])
    deps = database.deps(clock=FixedClock(APRIL + 60))
    first = consume(deps, account, late, dry_run=False)

    again = consume(deps, account, late, dry_run=dry_run)

    assert (first.recorded, again.duplicate) == (True, True)
    told = [(each.used, each.left, each.level, each.period) for each in (first, again)]
    assert told[0] == told[1]
    assert told[0][0] == 2


def test_a_request_sent_again_reads_no_closed_period_unless_it_is_late(database: Database, account: str) -> None:
    database.open(account)
    wire = Recorded(database.wire)
    deps = database.deps(database.store(wire), FixedClock(APRIL + 60))
    late, fresh = an_event("late", at=APRIL - 1), an_event("fresh", at=APRIL)
    for event in (late, fresh):
        consume(deps, account, event, dry_run=False)
    wire.calls.clear()

    consume(deps, account, fresh, dry_run=False)
    asked = [operation for operation, _ in wire.calls]
    count_usage(deps, account, [late, fresh])

    assert asked == ["GetItem"]
    assert len(wire.calls) == 1


def test_a_request_sent_again_is_told_what_others_have_used_since(model: Database, account: str) -> None:
    model.open(account)
    deps = model.deps(model.store())
    event = an_event("mine", "sessions")
    first = consume(deps, account, event, dry_run=False)
    consume(model.deps(model.store()), account, an_event("theirs", "sessions", 4), dry_run=False)

    again = consume(deps, account, event, dry_run=False)

    assert (first.used, first.left) == (1, 4)
    assert (again.duplicate, again.used, again.left) == (True, 5, 0)


@pytest.mark.parametrize(
    ("reason", "at", "quantity", "allowed", "spent"),
    [
        ("late, within what that period had left", APRIL - 1, 3, True, 0),
        ("late, beyond it", APRIL - 1, 4, False, 0),
        ("on time, with a whole new allowance", APRIL, 10, True, 0),
    ],
)
def test_a_late_request_is_judged_by_the_period_that_it_belongs_to(
    database: Database, account: str, reason: str, at: int, quantity: int, spent: int, *, allowed: bool
) -> None:
    database.open(account)
    count_usage(database.deps(), account, [an_event("e1", quantity=7)])
    deps = database.deps(clock=FixedClock(APRIL + 60))

    decision = consume(deps, account, an_event("late", quantity=quantity, at=at), dry_run=False)

    assert (decision.allowed, decision.recorded) == (allowed, allowed), reason
    assert assert_sound(database, account).spent == spent


def test_an_instant_that_cannot_be_counted_is_refused_by_name(database: Database, account: str) -> None:
    database.open(account, at=NOW - 40 * DAY)
    deps = database.deps()

    for at in (NOW - WINDOW - 1, NOW + 301):
        with pytest.raises(Invalid) as refused:
            consume(deps, account, an_event("e1", at=at), dry_run=False)
        assert [problem.field for problem in refused.value.problems] == ["at"]

    assert consume(deps, account, an_event("e1", at=NOW - WINDOW), dry_run=False).recorded
    assert consume(deps, account, an_event("e2", at=NOW + 300), dry_run=False).recorded


def test_a_request_from_before_the_account_is_refused(database: Database, account: str) -> None:
    database.open(account)

    with pytest.raises(Invalid):
        consume(database.deps(), account, an_event("e1", at=CREATED - 1), dry_run=False)


def test_an_account_that_is_not_there_is_unknown(model: Database) -> None:
    for dry_run in (False, True):
        with pytest.raises(UnknownAccount):
            consume(model.deps(), "nobody", an_event(), dry_run=dry_run)


def test_standing_refuses_before_anything_is_counted(database: Database, account: str) -> None:
    opened = database.open(account)
    database.store().commit(journal.begin(opened, NOW, OFFERS).setting(standing="none"))

    decision = consume(database.deps(), account, an_event("e1"), dry_run=False)

    assert (decision.allowed, decision.reason) == (False, "standing")
    assert database.state(account).used == a_state().used
