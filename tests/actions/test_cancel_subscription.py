"""Cancel, undo, cancel: the plan stays until the paid period ends, then Free, and nothing is lost."""

from typing import Any

import pytest

from chalicelib.actions.asking import Asker
from chalicelib.actions.cancel_subscription import cancel_subscription, resume_subscription
from chalicelib.actions.carry_out import HELD_SECONDS
from chalicelib.actions.change_subscription import Request, change_subscription
from chalicelib.actions.sync_subscription import sync_subscription
from chalicelib.domain.wishes import Wish
from chalicelib.errors import Conflict, NoSubscription, NotCancelling, StillChanging, StripeGone, StripeRefused
from tests.actions.life import subscribed, subscription_of
from tests.actions.world import FAILS_LATER, KEY, VISA, Died, World, dying_after, insisting


def cancel(world: World, reason: str | None = None, comment: str | None = None) -> Any:
    return cancel_subscription(world.deps, "acme", reason, comment, KEY)


def test_a_cancelled_plan_lasts_until_its_period_ends(world: World) -> None:
    subscribed(world)

    overview = cancel(world, "too_expensive", "see you")

    assert (overview.plan, overview.status) == ("team", "active")
    assert overview.ends_at == overview.period.end
    assert overview.renews_at is None
    world.pass_time(overview.period.end + 1)
    after = world.seen()
    assert (after.plan, after.status, after.standing, after.seats.bought) == ("free", "free", "good", 1)


def test_cancelling_again_changes_nothing(world: World) -> None:
    subscribed(world)
    cancel(world)
    before = world.stored()

    cancel(world, "other")

    assert world.stored() == before


def test_undone_it_goes_on_and_can_be_cancelled_again(world: World) -> None:
    subscribed(world)
    cancel(world)

    resumed = resume_subscription(world.deps, "acme", KEY)
    again = cancel(world)

    assert (resumed.ends_at, resumed.renews_at) == (None, resumed.period.end)
    assert again.ends_at == again.period.end


def test_the_portals_form_of_a_cancellation_is_undone_too(world: World) -> None:
    subscribed(world)
    subscription = world.stored()[1].subscription
    assert subscription
    world.operator.v1.subscriptions.update(subscription.stripe_subscription_id, {"cancel_at": subscription.period.end})
    world.deliver()
    assert world.seen().ends_at == subscription.period.end

    assert resume_subscription(world.deps, "acme", KEY).ends_at is None


def test_the_journal_says_who_cancelled_and_who_undid_it(world: World) -> None:
    subscribed(world)

    cancel(world)
    resume_subscription(world.deps, "acme", Asker("member:ada"))
    world.deliver()

    entries = [each for each in world.deps.store.entries("acme", before=None, limit=4) if each.notices]
    assert [(entry.actor, entry.notices[0].kind) for entry in entries] == [
        ("member:ada", "cancellation_undone"),
        ("key:test", "cancellation_scheduled"),
    ]


def test_the_journal_says_so_even_if_an_event_was_faster(world: World) -> None:
    subscribed(world)
    told = world.deps.stripe.cancel_at_period_end

    def told_and_overtaken(*args: Any, **named: Any) -> None:
        told(*args, **named)
        world.deliver()

    cancel_subscription(
        world.with_stripe(cancel_at_period_end=told_and_overtaken), "acme", None, None, Asker("member:ada")
    )

    assert world.deps.store.entries("acme", before=None, limit=1)[0].actor == "member:ada"


def test_dying_after_stripe_was_told_is_made_good_by_its_event(world: World) -> None:
    subscribed(world)
    broken = world.with_stripe(cancel_at_period_end=dying_after(world.deps.stripe.cancel_at_period_end))
    with pytest.raises(Died):
        cancel_subscription(broken, "acme", None, None, KEY)

    world.deliver()

    assert world.seen().ends_at == world.seen().period.end


@pytest.mark.parametrize("faults", [5])
def test_stripes_failures_do_not_stand_in_the_way(world: World, faults: int) -> None:
    subscribed(world)
    world.act("webhooks", fail_api=faults)

    overview = insisting(lambda: cancel(world))

    assert overview.ends_at == overview.period.end


def test_an_unpaid_subscription_ends_at_once_and_its_invoice_is_void(world: World) -> None:
    customer = subscribed(world)
    world.act(f"customers/{customer}/card", card=FAILS_LATER)
    world.pass_time(world.seen().period.end + 7200)
    assert world.seen().status == "past_due"

    overview = cancel(world)

    assert (overview.plan, overview.standing, overview.payment_required) == ("free", "good", None)
    invoices = world.operator.v1.invoices.list({"customer": customer, "limit": 10}).data
    assert [each.status for each in invoices] == ["void", "paid"]


def test_there_is_nothing_to_cancel_or_resume_on_free(world: World) -> None:
    world.account()

    with pytest.raises(NoSubscription):
        cancel(world)
    with pytest.raises(NoSubscription):
        resume_subscription(world.deps, "acme", KEY)


def test_there_is_nothing_to_undo_where_nothing_was_cancelled(world: World) -> None:
    subscribed(world, Wish("personal"))

    with pytest.raises(NotCancelling):
        resume_subscription(world.deps, "acme", KEY)


def unpaid(world: World) -> str:
    """A subscriber whose renewal fails; returns its customer."""
    customer = subscribed(world)
    world.act(f"customers/{customer}/card", card=FAILS_LATER)
    world.pass_time(world.seen().period.end + 7200)
    return customer


def statuses(world: World, customer: str) -> list[str]:
    return [each.status or "" for each in world.operator.v1.invoices.list({"customer": customer, "limit": 10}).data]


@pytest.mark.parametrize("asked", ["subscription", "DELETE"])
def test_an_end_whose_answer_was_lost_is_an_end_with_its_invoice_void(world: World, asked: str) -> None:
    customer = unpaid(world)
    told = world.deps.stripe.end_now

    def end_now(*args: Any, **named: Any) -> None:
        world.emulator.state.faults.failures_so_far = 2
        world.act("webhooks", fail_api=1)
        told(*args, **named)

    deps = world.with_stripe(end_now=end_now) if asked == "DELETE" else world.deps
    if asked == "subscription":
        world.emulator.state.faults.failures_so_far = 2
        world.act("webhooks", fail_api=1)
    overview = cancel_subscription(deps, "acme", None, None, KEY)

    assert (overview.plan, overview.status, overview.payment_required) == ("free", "free", None)
    assert statuses(world, customer) == ["void", "paid"]


def test_dying_between_the_end_and_the_void_is_made_good_by_its_event(world: World) -> None:
    customer = unpaid(world)
    world.operator.v1.subscriptions.cancel(subscription_of(world).stripe_subscription_id)
    assert statuses(world, customer) == ["open", "paid"]

    world.deliver()

    assert world.seen().plan == "free"
    assert statuses(world, customer) == ["void", "paid"]


def test_a_renewal_that_was_paid_a_moment_ago_is_not_taken_away(world: World) -> None:
    customer = unpaid(world)
    invoice = world.operator.v1.invoices.list({"customer": customer, "status": "open"}).data[0]
    world.act(f"customers/{customer}/card", card=VISA)
    world.operator.v1.invoices.pay(str(invoice.id))

    overview = cancel(world)

    assert (overview.plan, overview.status) == ("team", "active")
    assert overview.ends_at == overview.period.end


@pytest.mark.parametrize("act", ["cancel", "resume"])
def test_what_has_ended_at_stripe_unseen_is_no_subscription(world: World, act: str) -> None:
    subscribed(world)
    if act == "resume":
        cancel(world)
    world.operator.v1.subscriptions.cancel(subscription_of(world).stripe_subscription_id)

    with pytest.raises(NoSubscription):
        cancel(world) if act == "cancel" else resume_subscription(world.deps, "acme", KEY)

    assert world.seen().plan == "free"


def test_free_is_what_it_is_where_the_subscription_has_ended_unseen(world: World) -> None:
    subscribed(world)
    world.operator.v1.subscriptions.cancel(subscription_of(world).stripe_subscription_id)

    outcome = change_subscription(world.deps, "acme", Request(Wish("free")), KEY)

    assert (outcome.outcome, outcome.overview.plan) == ("unchanged", "free")


@pytest.mark.parametrize("error", [StripeGone("gone"), StripeRefused("no")])
def test_what_ends_while_it_is_cancelled_is_looked_at_once_more(world: World, error: Exception) -> None:
    subscribed(world)

    def ended_meanwhile(stripe_subscription_id: str, **_: Any) -> None:
        world.operator.v1.subscriptions.cancel(stripe_subscription_id)
        raise error

    deps = world.with_stripe(cancel_at_period_end=ended_meanwhile)

    assert cancel_subscription(deps, "acme", None, None, KEY).plan == "free"
    assert world.stored()[1].order is None


def test_what_stays_gone_is_never_told_as_our_fault(world: World) -> None:
    subscribed(world)

    def gone(*_: Any, **__: Any) -> Any:
        raise StripeGone

    with pytest.raises(StillChanging):
        cancel_subscription(world.with_stripe(cancel_at_period_end=gone), "acme", None, None, KEY)
    with pytest.raises(Conflict):
        cancel_subscription(world.with_stripe(subscription=gone), "acme", None, None, KEY)


def test_a_cancellation_whose_process_died_is_said_again_where_somebody_undid_it(world: World) -> None:
    subscribed(world)
    own = subscription_of(world).stripe_subscription_id
    broken = world.with_stripe(cancel_at_period_end=dying_after(world.deps.stripe.cancel_at_period_end))
    with pytest.raises(Died):
        cancel_subscription(broken, "acme", None, None, KEY)
    world.operator.v1.subscriptions.update(own, {"cancel_at_period_end": False})
    sync_subscription(world.deps, own)
    world.pass_time(world.clock.now() + HELD_SECONDS)

    assert world.seen().ends_at == world.seen().period.end
    assert world.stored()[1].order is None


def test_a_cancellation_that_did_not_hold_is_not_told_as_done(world: World) -> None:
    subscribed(world)

    with pytest.raises(StillChanging):
        cancel_subscription(world.with_stripe(cancel_at_period_end=lambda *_, **__: None), "acme", None, None, KEY)


@pytest.mark.parametrize(
    ("status", "later", "open_now"),
    [("unpaid", 60, 1), ("unpaid", 7200, 1), ("past_due", 60, 1), ("past_due", 7200, 2)],
)
def test_who_owes_is_shown_the_oldest_invoice_and_owes_nothing_after_the_end(
    world: World, status: str, later: int, open_now: int
) -> None:
    world.emulator.state.settings.dunning_end = status
    customer = unpaid(world)
    listed: Any = {"customer": customer, "status": "open"}
    oldest = world.operator.v1.invoices.list(listed).data[0]
    world.pass_time(world.seen().period.end + later)

    required = world.seen().payment_required
    assert (world.seen().status, len(world.operator.v1.invoices.list(listed).data)) == (status, open_now)
    assert required is not None
    assert required.url == oldest.hosted_invoice_url

    assert cancel(world).plan == "free"
    assert world.operator.v1.invoices.list(listed).data == []
