"""That an account agrees with Stripe: what its owner sees, and that it is paid for or in grace."""

from chalicelib.domain.overview import Overview
from tests.journeys.lives.truth import ENDING, Ahead, Raw, Sold, Truth
from tests.journeys.lives.walk import Walk


def check_settled(walk: Walk) -> None:
    """Nothing is left half done, and the overview is Stripe's own word."""
    state, profile = walk.rig.stored()
    assert profile.order is None
    assert state.wish is None
    assert walk.rig.emulator.state.problems == []
    check_agrees(walk)


def check_agrees(walk: Walk) -> None:
    """With every event delivered."""
    seen, live = walk.rig.seen(), walk.truth.live()
    if live is None:
        assert (seen.plan, seen.status, seen.interval, seen.standing) == ("free", "free", None, "good")
        assert (seen.ends_at, seen.scheduled_change, seen.next_charge, seen.payment_required) == (None,) * 4
        return
    _check_in_force(walk, seen, live)
    _check_money(walk.truth, seen, live)
    assert seen.status == live["status"]
    assert seen.ends_at == live["cancel_at"]
    assert _ahead(seen) == walk.truth.ahead(live)


def _check_in_force(walk: Walk, seen: Overview, live: Raw) -> None:
    plan, interval, seats = walk.truth.sold(live)
    if plan is None or walk.truth.is_given_later(live) or _is_billed_over(walk, live):
        return
    assert (seen.period.start, seen.period.end) == _period(live)
    assert (seen.plan, seen.interval, seen.seats.bought) == (plan, interval, seats)
    assert seen.standing == walk.truth.standing(live, walk.rig.deps.catalogue.grace_days)
    assert seen.drift is None
    if seen.standing == "good" and live["id"] not in walk.forgiven:
        assert _is_paid(walk.truth, live), "in force, and not paid for"


def _is_billed_over(walk: Walk, live: Raw) -> bool:
    """Whether a dashboard billed anew what was never paid: what is in force is then as it was heard of."""
    return live["id"] in walk.forgiven and bool(walk.truth.invoices(live, "open"))


def _is_paid(truth: Truth, live: Raw) -> bool:
    """Whether nothing is owed but what waits and is not in force, and what a bank is about to pay."""
    waits = live["latest_invoice"] if live["pending_update"] else None
    owed = [each for each in truth.invoices(live, "open") if each["id"] != waits]
    return all(truth.is_on_its_way(each) for each in owed)


def _check_money(truth: Truth, seen: Overview, live: Raw) -> None:
    owed = truth.owed(live)
    assert (seen.payment_required and seen.payment_required.amount.amount) == (owed and owed["amount_due"])
    assert (seen.payment_required and seen.payment_required.url) == (owed and owed["hosted_invoice_url"])
    if not truth.unpaid_changes(live):
        assert (seen.next_charge and seen.next_charge.money.amount) == truth.next_charge(live)


def _ahead(seen: Overview) -> Ahead | None:
    if seen.ends_at is not None:
        return Ahead(ENDING, seen.ends_at)
    change = seen.scheduled_change
    if change is None:
        return None
    sold: Sold = (change.plan, change.interval or "", change.seats)
    return Ahead(sold, change.at)


def _period(live: Raw) -> tuple[int, int]:
    item = live["items"]["data"][0]
    return item["current_period_start"], item["current_period_end"]
