"""Keys claimed in the tables: one request works at a time, whatever happens to the writes."""

import pytest

from chalicelib.actions.claim_key import claim_key, give_up, keep_answer, let_go
from chalicelib.domain.claims import HELD_SECONDS, KEPT_SECONDS, Claim, Kept
from chalicelib.errors import Unavailable
from chalicelib.request_errors import IdempotencyKeyReused, InProgress
from tests.adapters.dynamo.wires import Recorded, Struck, answer_lost, meanwhile, sent_again
from tests.stores import Database, FixedClock

ANSWER = Kept(201, {"outcome": "applied", "lines": [1, "a", None]})


def left(database: Database, clock: FixedClock) -> Claim:
    """A claim whose process died."""
    claim = claim_key(database.deps(clock=clock), "k", "r")
    clock.at += HELD_SECONDS
    return claim


def test_an_answer_is_kept_as_it_was(database: Database) -> None:
    deps, key = database.deps(), database.deps().token()
    keep_answer(deps, claim_key(deps, key, "r"), ANSWER)

    assert claim_key(deps, key, "r").answer == ANSWER
    with pytest.raises(IdempotencyKeyReused):
        claim_key(deps, key, "other")


def test_with_a_key_two_writes_more_and_no_read(model: Database) -> None:
    wire = Recorded(model.wire)
    deps = model.deps(model.store(wire))

    keep_answer(deps, claim_key(deps, "k", "r"), ANSWER)

    assert wire.operations == ["PutItem", "PutItem"]


def test_a_write_that_was_sent_twice_finds_itself(model: Database) -> None:
    clock = FixedClock()
    deps = model.deps(model.store(Struck(model.wire, sent_again)), clock)
    claim = claim_key(deps, "k", "r")
    clock.at += HELD_SECONDS
    again = claim_key(model.deps(model.store(Struck(model.wire, None, sent_again)), clock), "k", "r")

    assert (again.operation, again.run == claim.run) == (claim.operation, False)


def test_a_claim_whose_answer_was_lost_ends_with_its_lease(model: Database) -> None:
    clock = FixedClock()
    with pytest.raises(Unavailable):
        claim_key(model.deps(model.store(Struck(model.wire, answer_lost)), clock), "k", "r")

    with pytest.raises(InProgress):
        claim_key(model.deps(clock=clock), "k", "r")
    clock.at += HELD_SECONDS
    assert claim_key(model.deps(clock=clock), "k", "r").answer is None


def test_of_two_who_go_on_at_once_one_does(model: Database) -> None:
    clock, faster = FixedClock(), list[Claim]()
    first = left(model, clock)
    blow = meanwhile(lambda: faster.append(claim_key(model.deps(clock=clock), "k", "r")))

    with pytest.raises(InProgress):
        claim_key(model.deps(model.store(Struck(model.wire, None, blow)), clock), "k", "r")

    assert [each.operation for each in faster] == [first.operation]


def test_who_comes_late_takes_nothing_from_who_went_on(model: Database) -> None:
    clock = FixedClock()
    late = left(model, clock)
    on = claim_key(model.deps(clock=clock), "k", "r")

    for ends in (let_go, give_up, lambda deps, claim: keep_answer(deps, claim, ANSWER)):
        ends(model.deps(clock=clock), late)
        with pytest.raises(InProgress):
            claim_key(model.deps(clock=clock), "k", "r")
    keep_answer(model.deps(clock=clock), on, ANSWER)

    assert claim_key(model.deps(clock=clock), "k", "r").answer == ANSWER


def test_after_a_day_it_is_another_operation_though_nothing_was_deleted(model: Database) -> None:
    clock = FixedClock()
    first = claim_key(model.deps(clock=clock), "k", "r")
    keep_answer(model.deps(clock=clock), first, ANSWER)
    clock.at += KEPT_SECONDS

    other = claim_key(model.deps(clock=clock), "k", "another")

    assert (other.answer, other.operation == first.operation) == (None, False)
    assert other.expires == clock.at + KEPT_SECONDS


def test_what_is_deleted_by_its_age_had_expired(model: Database) -> None:
    claim = claim_key(model.deps(), "k", "r")
    stored = {"TableName": model.ephemeral, "Key": {"pk": {"S": "I#k"}}}

    given_up = claim.given_up(claim.expires - KEPT_SECONDS)
    for each in (claim, claim.answered(ANSWER), claim.let_go(), given_up):
        model.store().claims.write(each, model.store().claims.write(claim, None))
        item = model.wire("GetItem", stored)["Item"]
        assert int(item["ttl"]["N"]) > int(item["ex"]["N"]) == each.expires
