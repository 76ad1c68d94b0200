"""Held against the same accounts kept in simpler ways: the same answers, counts and balances on the same streams."""

from collections.abc import Iterator
from random import Random

import pytest

from chalicelib.actions.change_account import Commit, change_account
from chalicelib.actions.read_usage import read_usage
from chalicelib.actions.record_usage import record_usage
from chalicelib.deps import Deps
from chalicelib.domain import journal
from chalicelib.domain.accounts import Member, Profile, State
from chalicelib.domain.opening import first_entry, first_profile, opened
from chalicelib.domain.periods import DAY, period_at
from chalicelib.domain.usage import UsageEvent
from tests.simulation.offers import offers
from tests.simulation.simple import Marked, Plain
from tests.stores import Database, FixedClock, model_database
from tests.usage_builders import granting

ACCOUNT, CREATED = "acme", 1_769_853_600


def stream(rng: Random) -> Iterator[tuple[int, list[UsageEvent]]]:
    """Messages of some months: new events and known ones, late, too late, ahead, doubled within a message."""
    sent, now = list[tuple[int, UsageEvent]](), CREATED
    for k in range(24):
        now += rng.choice((0, 60, DAY, 6 * DAY))
        events = [an_event(rng, f"e{k}-{j}", now) for j in range(rng.choice((1, 1, 4, 30)))]
        fresh = [(now, event) for event in events]
        known = [event for at, event in sent if at > now - 20 * DAY]
        events += rng.sample(known, min(len(known), rng.choice((0, 1, 5))))
        rng.shuffle(events)
        sent += fresh
        yield now, events


def an_event(rng: Random, name: str, now: int) -> UsageEvent:
    late = rng.choice((0, 0, 0, 60, 5 * DAY, 35 * DAY, 35 * DAY + 1, -300, -301))
    if rng.random() < 0.2:
        return UsageEvent(name, "disk", now - late, value=rng.randrange(60))
    meter = rng.choice(("runs", "events", "calls"))
    own = rng.choice((None, None, 0, 1, 5)) if meter != "events" else None
    return UsageEvent(name, meter, now - late, quantity=rng.choice((1, 2, 7)), credits=own)


def grant(deps: Deps, cause: str, credits: int) -> None:
    def decide(state: State, _: Profile) -> Commit:
        lots = deps.store.lots(state)
        assert lots is not None
        return Commit(granting(journal.begin(state, deps.clock.now(), deps.catalogue), cause, credits, lots))

    change_account(deps, ACCOUNT, decide)


def opened_account(rng: Random, clock: FixedClock) -> tuple[Database, Deps]:
    model = model_database()
    database = Database(model.wire, model.core, model.ephemeral, offers())
    state, owner = (
        opened(ACCOUNT, rng.randbytes(16), CREATED, offers()),
        Member("ada", "ada@example.com", "Ada", "owner"),
    )
    profile = first_profile(ACCOUNT, "Acme", "acme@example.com", owner, CREATED)
    database.store().open_account(state, profile, first_entry(state, "service"), owner)
    return database, database.deps(clock=clock)


@pytest.mark.parametrize("seed", range(30))
def test_answers_counts_and_balance_are_those_of_the_simple_designs(seed: int) -> None:
    rng, clock = Random(seed), FixedClock(CREATED)
    database, deps = opened_account(rng, clock)
    plain, marked = Plain(offers(), CREATED), Marked(offers(), CREATED)

    for clock.at, events in stream(rng):
        if rng.random() < 0.2:
            grant(deps, f"p{clock.at}-{rng.random()}", 40)
            plain.balance += 40
            marked.grant(40)
        answers = [result.result for result in record_usage(deps, [(ACCOUNT, event) for event in events])]
        assert answers == plain.record(events, clock.at) == marked.record(events, clock.at)

    kept, state = marked.read(), database.state(ACCOUNT)
    assert state.balance == plain.balance == kept.balance
    assert {m: (state.used[m], at) for m, at in state.gauged_at.items()} == plain.gauges
    assert plain.gauges == {meter: tuple(both) for meter, both in kept.gauges.items()}
    assert plain.used == kept.used
    for start in {period_at(CREATED, CREATED + k * DAY).start for k in range((clock.at - CREATED) // DAY + 1)}:
        _, bars = read_usage(deps, ACCOUNT, start)
        assert {bar.meter: bar.used for bar in bars if bar.meter != "disk"} == {
            meter: plain.used[start, meter] for meter in ("runs", "events", "calls")
        }
