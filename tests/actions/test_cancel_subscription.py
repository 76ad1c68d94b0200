"""Cancel, undo, cancel: the plan stays until the paid period ends, then Free, and nothing is lost."""

from typing import Any

import pytest

from chalicelib.actions.cancel_subscription import cancel_subscription, resume_subscription
from chalicelib.domain.subscriptions import Wish
from chalicelib.errors import NoSubscription, NotCancelling
from tests.actions.life import subscribed
from tests.actions.world import FAILS_LATER, Died, World, dying_after, insisting


def cancel(world: World, reason: str | None = None, comment: str | None = None) -> Any:
    return cancel_subscription(world.deps, "acme", reason, comment, "key:test")


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

    resumed = resume_subscription(world.deps, "acme", "key:test")
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

    assert resume_subscription(world.deps, "acme", "key:test").ends_at is None


def test_the_journal_says_who_cancelled_and_who_undid_it(world: World) -> None:
    subscribed(world)

    cancel(world)
    resume_subscription(world.deps, "acme", "member:ada")
    world.deliver()

    entries = world.deps.store.entries("acme", before=None, limit=2)
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

    cancel_subscription(world.with_stripe(cancel_at_period_end=told_and_overtaken), "acme", None, None, "member:ada")

    assert world.deps.store.entries("acme", before=None, limit=1)[0].actor == "member:ada"


def test_dying_after_stripe_was_told_is_made_good_by_its_event(world: World) -> None:
    subscribed(world)
    broken = world.with_stripe(cancel_at_period_end=dying_after(world.deps.stripe.cancel_at_period_end))
    with pytest.raises(Died):
        cancel_subscription(broken, "acme", None, None, "key:test")

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
        resume_subscription(world.deps, "acme", "key:test")


def test_there_is_nothing_to_undo_where_nothing_was_cancelled(world: World) -> None:
    subscribed(world, Wish("personal"))

    with pytest.raises(NotCancelling):
        resume_subscription(world.deps, "acme", "key:test")
