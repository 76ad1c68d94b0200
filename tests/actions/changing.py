"""Changes on the world: an account that pays already, what it wishes, and what came of that at Stripe."""

from dataclasses import replace
from typing import Any

from chalicelib.actions.change_subscription import Outcome, Request, change_subscription
from chalicelib.actions.preview_change import Preview, preview_change
from chalicelib.actions.sync_subscription import sync_subscription
from chalicelib.deps import Deps
from chalicelib.domain.subscriptions import Subscription
from chalicelib.domain.wishes import Wish
from tests.actions.life import subscription_of
from tests.actions.world import KEY, URLS, VISA, World

AUTHENTICATES = "4000002760003184"
FIFTHS = 5


def subscriber(world: World, price: str = "team_month", seats: int = 3) -> str:
    """A new account that pays by card, as if Checkout had been long ago; returns its Stripe customer."""
    world.account()
    stripe = world.operator.v1
    made: Any = {"email": "billing@example.com", "metadata": {"account": "acme"}, "address": {"country": "DE"}}
    customer = stripe.customers.create(made).id
    world.act(f"customers/{customer}/card", card=VISA)
    sold: Any = {
        "customer": customer,
        "items": [{"price": stripe.prices.list({"lookup_keys": [price]}).data[0].id, "quantity": seats}],
        "metadata": {"account": "acme", "kind": "subscription"},
        "automatic_tax": {"enabled": True},
        "billing_mode": {"type": "flexible"},
    }
    sync_subscription(world.deps, stripe.subscriptions.create(sold).id)
    return customer


def use_card(world: World, customer: str, card: str) -> None:
    world.act(f"customers/{customer}/card", card=card)
    sync(world)


def sync(world: World) -> None:
    sync_subscription(world.deps, subscription_of(world).stripe_subscription_id)


def wishing(world: World, *wish: Any, preview: str | None = None, deps: Deps | None = None, **more: Any) -> Outcome:
    request = Request(Wish(*wish, **more), *URLS, preview_id=preview)
    return change_subscription(deps or world.deps, "acme", request, KEY)


def previewing(world: World, *wish: Any, **more: Any) -> Preview:
    return preview_change(world.deps, "acme", Wish(*wish, **more))


def three_fifths(world: World) -> None:
    """The clock where two fifths of the period are left: of every price a whole number of cents, and of its tax."""
    period = subscription_of(world).period
    world.clock.move_to(period.start + (period.end - period.start) * 3 // FIFTHS)


def at_renewal(world: World) -> None:
    """The clock an hour and a half into the next period, its invoice paid."""
    world.pass_time(subscription_of(world).period.end + 5_400)


# -- what came of it


def at_stripe(world: World) -> Subscription:
    """The subscription as Stripe has it now."""
    own = subscription_of(world).stripe_subscription_id
    found = world.deps.stripe.subscription(own, as_of=world.clock.now())
    return replace(found, next_charge=world.deps.stripe.next_charge(found))


def invoices(world: World) -> list[tuple[str | None, str | None, int]]:
    """Reason, status and amount of every invoice since the first, oldest first."""
    params: Any = {"subscription": subscription_of(world).stripe_subscription_id, "limit": 100}
    listed = world.operator.v1.invoices.list(params).data
    return [(each.billing_reason, each.status, each.total) for each in reversed(listed)][1:]


def lines(world: World) -> list[tuple[int, bool]]:
    """Amount of each line of the newest invoice, and whether it is a proration."""
    invoice = subscription_of(world).latest_invoice
    assert invoice
    found = world.deps.stripe.invoice_lines(invoice.stripe_invoice_id)
    return [(each.amount, each.proration) for each in found]


def notices(world: World) -> list[str]:
    """What the account was told since it has paid, oldest first."""
    entries = world.deps.store.entries("acme", before=None, limit=50)
    told = [notice.kind for entry in reversed(entries) for notice in entry.notices]
    return told[told.index("plan_changed") + 1 :]


def terms(world: World) -> tuple[str, str | None, int]:
    """What is in force."""
    seen = world.seen()
    return seen.plan, seen.interval, seen.seats.bought


def scheduled(world: World) -> tuple[str, str | None, int] | None:
    ahead = world.seen().scheduled_change
    return (ahead.plan, ahead.interval, ahead.seats) if ahead else None


def is_settled(world: World) -> bool:
    """Whether nothing is left to do, the account says what Stripe says, and Stripe was never asked wrongly."""
    state, profile = world.stored()
    assert (state.wish, profile.order) == (None, None)
    agrees(world)
    return True


def agrees(world: World) -> None:
    assert replace(subscription_of(world), as_of=0) == replace(at_stripe(world), as_of=0)
    assert world.emulator.state.problems == []
