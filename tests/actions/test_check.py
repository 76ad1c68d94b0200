"""A check is one read, writes nothing, and answers for the instant at which it is asked."""

import pytest

from chalicelib.actions.check import check, check_feature
from chalicelib.actions.count_usage import count_usage
from chalicelib.domain import journal
from chalicelib.domain.periods import DAY
from chalicelib.errors import UnknownAccount
from tests.adapters.dynamo.wires import Recorded, Stale
from tests.offers import OFFERS
from tests.stores import Database, FixedClock
from tests.usage_builders import CREATED, NOW, an_event

APRIL = CREATED + 31 * DAY


@pytest.mark.parametrize("consistent", [False, True])
def test_a_check_is_one_read_and_leaves_no_trace(database: Database, account: str, *, consistent: bool) -> None:
    database.open(account)
    wire = Recorded(database.wire)
    deps = database.deps(database.store(wire))
    before = database.items(account)

    decision = check(deps, account, an_event("", "sessions", 5), consistent=consistent)
    feature = check_feature(deps, account, "sso", consistent=consistent)

    assert (decision.allowed, decision.reason, decision.recorded) == (True, "included", False)
    assert (feature.allowed, feature.reason) == (False, "not_in_plan")
    assert [(op, request["ConsistentRead"]) for op, request in wire.calls] == [("GetItem", consistent)] * 2
    assert database.items(account) == before


def test_a_check_reads_the_account_as_it_is_now_and_not_as_it_was_written(database: Database, account: str) -> None:
    database.open(account)
    count_usage(database.deps(), account, [an_event("e", "sessions", 5)])

    refused = check(database.deps(clock=FixedClock(APRIL - 1)), account, an_event("", "sessions"))
    allowed = check(database.deps(clock=FixedClock(APRIL)), account, an_event("", "sessions"))

    assert (refused.allowed, refused.reason, refused.used) == (False, "limit_reached", 5)
    assert (allowed.allowed, allowed.used, allowed.period.start) == (True, 0, APRIL)


def test_grace_ends_a_check_by_the_clock_alone(database: Database, account: str) -> None:
    opened = database.open(account)
    change = journal.begin(opened, NOW, OFFERS).setting(standing="grace", grace_until=NOW + 10)
    database.store().commit(change)

    reasons = [
        check_feature(database.deps(clock=FixedClock(now)), account, "create").reason for now in (NOW + 9, NOW + 10)
    ]

    assert reasons == ["included", "standing"]


def test_a_check_may_be_answered_from_the_past_and_a_consistent_one_is_not(model: Database, account: str) -> None:
    model.open(account)
    stale = Stale(model, account)
    count_usage(model.deps(), account, [an_event("e", "sessions", 5)])

    past = check(model.deps(model.store(stale)), account, an_event("", "sessions"))
    present = check(model.deps(model.store(stale)), account, an_event("", "sessions"), consistent=True)

    assert (past.allowed, present.allowed) == (True, False)


def test_an_account_that_was_opened_just_now_is_known(model: Database, account: str) -> None:
    stale = Stale(model, account)
    model.open(account)

    assert check_feature(model.deps(model.store(stale)), account, "login").allowed


def test_nobody_is_told_of_an_account_that_is_not_there(model: Database) -> None:
    with pytest.raises(UnknownAccount):
        check(model.deps(), "nobody", an_event())
    with pytest.raises(UnknownAccount):
        check_feature(model.deps(), "nobody", "login")
