"""Previews and payments: of a change that waits already it is the bill that waits, and without a card there is none."""

import pytest

from chalicelib.errors import NoPaymentMethod, PreviewStale
from tests.actions.changing import AUTHENTICATES, invoices, is_settled, previewing, subscriber, use_card, wishing
from tests.actions.life import subscription_of
from tests.actions.world import World

DAY = 86_400


def later(world: World, seconds: int) -> None:
    world.clock.move_to(world.clock.now() + seconds)


def test_it_is_the_bill_that_waits_however_late_it_is_asked_for(world: World) -> None:
    use_card(world, subscriber(world), AUTHENTICATES)
    later(world, DAY)
    url = wishing(world, "business").url
    later(world, 6 * 3_600)

    shown = previewing(world, "business")
    came = wishing(world, "business", preview=shown.preview_id)

    assert (came.outcome, came.url) == ("payment_required", url)
    assert invoices(world) == [("subscription_update", "open", shown.bill.due.amount)]


def test_one_from_before_that_bill_is_stale(world: World) -> None:
    use_card(world, subscriber(world), AUTHENTICATES)
    later(world, DAY)
    shown = previewing(world, "business")
    later(world, 600)
    wishing(world, "business")

    with pytest.raises(PreviewStale):
        wishing(world, "business", preview=shown.preview_id)
    invoice = subscription_of(world).latest_invoice
    assert invoice
    world.act(f"invoices/{invoice.stripe_invoice_id}", outcome="authenticate")
    world.deliver()
    assert [status for _, status, _ in invoices(world)] == ["paid"]
    assert is_settled(world)


def test_without_a_card_a_preview_refuses_what_the_change_would(world: World) -> None:
    subscriber(world)
    card = world.stored()[1].payment_method
    assert card
    world.operator.v1.payment_methods.detach(card.stripe_payment_method_id)
    world.deliver()

    with pytest.raises(NoPaymentMethod):
        previewing(world, seats=5)
    assert previewing(world, seats=2).outcome == "scheduled"
