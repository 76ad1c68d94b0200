"""Check, a dry run and consume: asked the same of the same account at the same instant, they answer alike."""

from dataclasses import replace
from random import Random
from typing import Any

from chalicelib.actions.check import check
from chalicelib.actions.consume import consume
from chalicelib.domain.periods import DAY, Instant
from chalicelib.domain.usage import UsageEvent
from tests.stores import Database, FixedClock
from tests.usage_builders import CREATED, NOW, an_event

CASES = 300
REASONS = {
    "standing", "not_in_plan", "seats_over", "included", "credits", "not_enough_credits", "allowed_over",
    "limit_reached",
}  # fmt: skip
LIMITS = {"runs": 10, "calls": 30, "sessions": 5, "events": 10**9}
INSTANTS = (NOW, CREATED + 31 * DAY, CREATED + 32 * DAY)
"""In the period that is stored, and in the next one, which nobody has written down yet."""


def an_account(random: Random, now: Instant) -> dict[str, Any]:
    """Fields of a state that is near every boundary at once."""
    return {
        "plan": random.choice(["free"] * 5 + ["team"]),
        "standing": random.choice(["good", "good", "good", "grace", "none"]),
        "grace_until": now + random.choice([0, 1]),
        "seats_active": random.choice([3, 3, 3, 4]),
        "used": {meter: limit - random.randrange(5) for meter, limit in LIMITS.items()},
        "granted": random.randrange(60),
        "spent": random.randrange(20),
        "held": random.randrange(10),
    }


def a_question(random: Random, number: int, now: Instant) -> UsageEvent:
    meter = random.choice(["runs", "runs", *LIMITS])
    own = random.randrange(50) if meter == "runs" and random.random() < 0.5 else None
    return an_event(f"e{number}", meter, random.randint(1, 6), at=now, credits=own)


def test_check_dry_run_and_consume_answer_alike_and_only_what_consume_allows_is_written(model: Database) -> None:
    random, seen = Random(1), set[str]()

    for number in range(CASES):
        account, now = f"acme-{number}", random.choice(INSTANTS)
        fields, event = an_account(random, now), a_question(random, number, now)
        model.open(account, **fields)
        deps, before = model.deps(clock=FixedClock(now)), model.items(account)

        checked = check(deps, account, replace(event, id=""))
        dry = consume(deps, account, event, dry_run=True)
        untouched = model.items(account)
        done = consume(deps, account, event, dry_run=False)

        case = (number, fields, event)
        assert dry == checked, case
        assert untouched == before, case
        assert (done.allowed, done.reason, done.credits.needed) == (
            checked.allowed, checked.reason, checked.credits.needed,
        ), case  # fmt: skip
        assert done.recorded == done.allowed == (model.items(account) != before), case
        assert done.used == (checked.used or 0) + (event.quantity if done.allowed else 0), case
        assert done.credits.balance == checked.credits.balance - (done.credits.needed if done.allowed else 0), case
        seen.add(done.reason)

    assert seen == REASONS
